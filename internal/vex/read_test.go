package vex

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// show is a statement in one line.
func show(s Statement) string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.DateOnly)
	}
	var about []string
	for _, p := range s.Products {
		text := strings.Join(p.PURLs, "=")
		for _, c := range p.Parts {
			text += ">" + strings.Join(c.PURLs, "=")
		}
		about = append(about, text)
	}
	return fmt.Sprintf("%s %s %q %q by %q %s %s %s: %s", strings.Join(s.IDs, ","),
		[...]string{"affected", "unknown", "not_affected", "fixed"}[s.Status],
		s.Justification, s.Reason, s.Author, day(s.Said), day(s.Confirmed), day(s.Until), strings.Join(about, " "))
}

func shown(t *testing.T, text string) []string {
	t.Helper()
	d, err := Read([]byte(text), "a.json")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range d.Statements {
		lines = append(lines, show(s))
	}
	return lines
}

// open is a document of OpenVEX with one statement.
func open(statement string) string {
	return `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "Acme", "timestamp": ` +
		`"2026-01-02T03:04:05Z", "version": 1, "statements": [` + statement + `]}`
}

func TestOpenVEX(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"all", open(
			`{"vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-1", "name": "CVE-1", "aliases": ["GHSA-a"]}, "status": "not_affected",
			"justification": "component_not_present", "impact_statement": "gone", 
			"timestamp": "2026-02-01T00:00:00+02:00", "last_updated": "2026-03-01T00:00:00Z",
			"products": [{"@id": "pkg:npm/a@1", "identifiers": {"purl": "pkg:npm/b@1", "cpe23": "cpe:x"},
			"subcomponents": [{"@id": "pkg:npm/c@1"}, {"identifiers": {"purl": "pkg:npm/d@1"}}]}, {"@id": "urn:x"}]}`),
			`CVE-1,GHSA-a,CVE-1 not_affected "component_not_present" "gone" by "Acme" 2026-01-31 2026-03-01 -: ` +
				`pkg:npm/a@1=pkg:npm/b@1>pkg:npm/c@1>pkg:npm/d@1 `},
		{"times of the document", open(`{"vulnerability": {"name": "CVE-1"}, "status": "affected", "action_statement": "x"}`),
			`CVE-1 affected "" "" by "Acme" 2026-01-02 2026-01-02 -: `},
		{"confirmed with the document", strings.Replace(open(`{"vulnerability": "CVE-1", "status": "affected"}`),
			`"version"`, `"last_updated": "2026-05-01T00:00:00Z", "version"`, 1), `CVE-1 affected "" "" by "Acme" 2026-01-02 2026-05-01 -: `},
		{"a date of its own, not confirmed with the document",
			strings.Replace(open(`{"vulnerability": "CVE-1", "status": "affected", "timestamp": "2026-03-01T00:00:00Z"}`),
				`"version"`, `"last_updated": "2026-05-01T00:00:00Z", "version"`, 1), `CVE-1 affected "" "" by "Acme" 2026-03-01 2026-03-01 -: `},
		{"a justification is a reason",
			open(`{"vulnerability": {"name": "CVE-1"}, "status": "not_affected", "justification": "vulnerable_code_not_present"}`),
			`CVE-1 not_affected "vulnerable_code_not_present" "vulnerable code not present" by "Acme" 2026-01-02 2026-01-02 -: `},
		{"one that nobody knows is none",
			open(`{"vulnerability": {"name": "CVE-1"}, "status": "not_affected", "justification": "blah"}`),
			`CVE-1 not_affected "" "" by "Acme" 2026-01-02 2026-01-02 -: `},
		{"fixed", open(`{"vulnerability": {"name": "CVE-1"}, "status": "fixed", "status_notes": "patched by hand"}`),
			`CVE-1 fixed "" "fixed: patched by hand" by "Acme" 2026-01-02 2026-01-02 -: `},
		{"under investigation", open(`{"vulnerability": {"name": "CVE-1"}, "status": "under_investigation"}`),
			`CVE-1 unknown "" "" by "Acme" 2026-01-02 2026-01-02 -: `},
		{"0.0.1", `{"@context": "https://openvex.dev/ns", "author": "Acme", "timestamp": "2026-01-02T00:00:00Z", "version": "1", "statements": [
			{"vulnerability": "CVE-1", "products": ["pkg:npm/a@1", "pkg:npm/b@1"], "subcomponents": ["pkg:npm/c@1"], "status": "fixed"}]}`,
			`CVE-1 fixed "" "fixed" by "Acme" 2026-01-02 2026-01-02 -: pkg:npm/a@1>pkg:npm/c@1 pkg:npm/b@1>pkg:npm/c@1`},
		{"none", open(""), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(shown(t, tt.text), "\n"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// cdx is a CycloneDX document about widget, which has left as its component,
// with one vulnerability.
func cdx(vulnerability string) string {
	return `{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {
		"timestamp": "2026-01-02T03:04:05Z", "authors": [{"name": "Ann"}, {"name": "Bob"}],
		"component": {"bom-ref": "root", "purl": "pkg:npm/widget@1.0.0", "components": [{"bom-ref": "in", "purl": "pkg:npm/in@1.0.0"}]}},
		"components": [{"bom-ref": "l", "purl": "pkg:npm/left@1.0.0"}, {"bom-ref": "nothing"}, {"bom-ref": "any", "purl": "pkg:npm/any"}],
		"vulnerabilities": [` +
		vulnerability + `]}`
}

func TestCycloneDX(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a part", cdx(`{"id": "CVE-1", "references": [{"id": "GHSA-a"}], "analysis": {"state": "not_affected", ` +
			`"justification": "code_not_reachable", "detail": "never called", "lastUpdated": "2026-02-01T00:00:00Z"}, "affects": [{"ref": "l"}]}`),
			`CVE-1,GHSA-a not_affected "vulnerable_code_not_in_execute_path" "never called" by "Ann, Bob" 2026-02-01 ` +
				`2026-02-01 -: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"the product", cdx(`{"id": "CVE-1", "analysis": {"state": "false_positive"}, "affects": [{"ref": "root"}]}`),
			`CVE-1 not_affected "" "false positive" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0`},
		{"a part of the product's", cdx(`{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": [{"ref": "in"}]}`),
			`CVE-1 fixed "" "resolved" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/in@1.0.0`},
		{"not affected, without a reason",
			cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected"}, "affects": [{"ref": "l"}]}`),
			`CVE-1 not_affected "" "" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"a justification without an equal",
			cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "justification": "requires_configuration"}, "affects": ` +
				`[{"ref": "l"}]}`), `CVE-1 not_affected "" "requires configuration" by "Ann, Bob" 2026-01-02 2026-01-02 -: ` +
				`pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"exploitable", cdx(`{"id": "CVE-1", "analysis": {"state": "exploitable"}, "affects": [{"ref": "l"}]}`),
			`CVE-1 affected "" "exploitable" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"no analysis", cdx(`{"id": "CVE-1", "affects": [{"ref": "l"}]}`), ""},
		{"nothing affected", cdx(`{"id": "CVE-1", "analysis": {"state": "resolved"}}`), ""},
		{"no package URL", cdx(`{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": [{"ref": "nothing"}]}`),
			`CVE-1 fixed "" "resolved" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>`},
		{"versions with the hole",
			cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "detail": "x"}, "affects": [{"ref": "l", "versions": ` +
				`[{"version": "1.0.0"}, {"range": "vers:npm/<2", "status": "affected"}]}]}`),
			`CVE-1 not_affected "" "x" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"versions without it, said to be exploitable",
			cdx(`{"id": "CVE-1", "analysis": {"state": "exploitable", "detail": "x"}, "affects": [{"ref": "l", "versions": ` +
				`[{"version": "1.0.0", "status": "unaffected"}]}]}`), ""},
		{"versions of others",
			cdx(`{"id": "CVE-1", "analysis": {"state": "exploitable", "detail": "x"}, "affects": [{"ref": "l", "versions": ` +
				`[{"version": "2.0.0", "status": "unaffected"}]}]}`),
			`CVE-1 affected "" "x" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"versions of what names none",
			cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "detail": "x"}, "affects": [{"ref": "any", "versions": ` +
				`[{"version": "1.0.0"}, {"version": "1.1.0", "status": "unaffected"}, {"range": "vers:npm/>2"}]}]}`),
			`CVE-1 not_affected "" "x" by "Ann, Bob" 2026-01-02 2026-01-02 -: pkg:npm/widget@1.0.0>pkg:npm/any@1.0.0=pkg:npm/any@1.1.0`},
		{"ranges of what names none",
			cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "detail": "x"}, "affects": [{"ref": "any", "versions": ` +
				`[{"range": "vers:npm/>2"}]}]}`), ""},
		{"ours", cdx(
			`{"id": "CVE-1", "analysis": {"state": "not_affected", "detail": "x"}, "affects": [{"ref": "l"}],
			"properties": [{"name": "publishgate:owner", "value": "@lead"}, {"name": "publishgate:expires", "value": "2026-05-01T00:00:00Z"},
			{"name": "publishgate:justification", "value": "vulnerable_code_cannot_be_controlled_by_adversary"},
			{"name": "publishgate:issued", "value": "2020-01-01T00:00:00Z"}]}`),
			`CVE-1 not_affected "vulnerable_code_cannot_be_controlled_by_adversary" "x" by "@lead" 2026-01-02 2026-01-02 ` +
				`2026-05-01: pkg:npm/widget@1.0.0>pkg:npm/left@1.0.0`},
		{"a document of its own, by BOM-Link",
			`{"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": [
			{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/%40acme/a@1.0.0"},
			{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Anpm%2Fleft%401.0.0"},
			{"ref": "pkg:npm/left@1.0.0|node_modules/left"}, {"ref": "urn:cdx:x/1#ref"}]}]}`,
			`CVE-1 fixed "" "resolved" by "" - - -: pkg:npm/%40acme/a@1.0.0
CVE-1 fixed "" "resolved" by "" - - -: pkg:npm/left@1.0.0
CVE-1 fixed "" "resolved" by "" - - -: pkg:npm/left@1.0.0
CVE-1 fixed "" "resolved" by "" - - -: `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(shown(t, tt.text), "\n"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "a.json"},
		{"a list", "[]", "expected an object"},
		{"another format", `{"document": {"category": "csaf_vex"}}`, "neither OpenVEX nor CycloneDX"},
		{"another context", `{"@context": "https://openvex.dev/nsx"}`, "neither OpenVEX nor CycloneDX"},
		{"a version of tomorrow", `{"@context": "https://openvex.dev/ns/v1.0.0", "statements": []}`,
			`1:14: OpenVEX "v1.0.0" is no version that is read`},
		{"no statements", `{"@context": "https://openvex.dev/ns"}`, "has a list of statements"},
		{"statements that are none", `{"@context": "https://openvex.dev/ns", "statements": {}}`, "has a list of statements"},
		{"a statement that is none", open(`"x"`), "statement: an object expected, found a string"},
		{"no status", open(`{"vulnerability": {"name": "CVE-1"}}`), "a statement has a status"},
		{"another status", open(`{"vulnerability": {"name": "CVE-1"}, "status": "fine"}`), `status "fine" is none that is known`},
		{"no vulnerability", open(`{"status": "fixed"}`), "names its vulnerability"},
		{"a nameless one", open(`{"vulnerability": {"description": "x"}, "status": "fixed"}`), "names its vulnerability"},
		{"no time", open(`{"vulnerability": "CVE-1", "status": "fixed", "timestamp": "yesterday"}`), "timestamp is no time in RFC 3339"},
		{"a number for a time", open(`{"vulnerability": "CVE-1", "status": "fixed", "timestamp": 1}`),
			"timestamp: a string expected, found a number"},
		{"a product that is none", open(`{"vulnerability": "CVE-1", "status": "fixed", "products": [1]}`),
			"a product or part is an object or a string, found a number"},
		{"a key twice", open(`{"vulnerability": "CVE-1", "status": "affected", "status": "fixed"}`), "a.json"},
		{"no specVersion", `{"bomFormat": "CycloneDX"}`, "is no version whose vulnerabilities are read"},
		{"CycloneDX 1.3", `{"bomFormat": "CycloneDX", "specVersion": "1.3"}`, `CycloneDX "1.3" is no version whose vulnerabilities are read`},
		{"another state", cdx(`{"id": "CVE-1", "analysis": {"state": "fine"}}`), `state "fine" is none that is known`},
		{"another justification", cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "justification": "fine"}}`),
			`justification "fine" is none that is known`},
		{"no id", cdx(`{"analysis": {"state": "resolved"}}`), "a vulnerability has an id"},
		{"affects that are none", cdx(`{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": {}}`),
			"affects: an array expected, found an object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Read([]byte(tt.text), "a.json")
			if err == nil || d != nil || !strings.HasPrefix(err.Error(), "read a.json: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// CycloneDX's own example of vulnerabilities is read.
func TestRealCycloneDX(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "cyclonedx/1.*/*.json"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	statements, read := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Read(data, filepath.Base(file))
		if err != nil {
			if !strings.Contains(file, "invalid-") {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		read++
		for _, s := range d.Statements {
			statements++
			t.Log(filepath.Base(file), show(s))
		}
	}
	if read < 10 || statements == 0 {
		t.Errorf("%d documents with %d statements: that cannot be all", read, statements)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(open(`{"vulnerability": {"name": "CVE-1", "aliases": ["GHSA-a"]}, "status": "fixed", "products": ` +
		`[{"@id": "pkg:npm/a@1", "subcomponents": [{"@id": "pkg:npm/c@1"}]}]}`)))
	f.Add([]byte(cdx(`{"id": "CVE-1", "analysis": {"state": "not_affected", "detail": "x"}, "affects": [{"ref": "l", ` +
		`"versions": [{"version": "1.0.0"}]}]}`)))
	f.Add([]byte(`{"@context": "https://openvex.dev/ns", "statements": [{"vulnerability": "CVE-1", "products": ` +
		`["pkg:npm/a@1"], "status": "affected"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read(data, "a.json")
		if (d == nil) != (err != nil) {
			t.Fatal("a document and an error")
		}
		if d == nil {
			return
		}
		for _, s := range d.Statements {
			if len(s.IDs) == 0 || s.Confirmed.Before(s.Said) {
				t.Errorf("%+v", s)
			}
		}
	})
}
