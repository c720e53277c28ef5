package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/support"
)

// TestSBOMParts: what an install brings is read, and what only builds it is not; a
// document that is none, or has no end, is an error and never an empty list.
func TestSBOMParts(t *testing.T) {
	parts, err := sbomParts([]byte(`{"bomFormat":"CycloneDX","metadata":{"component":{"components":[{"purl":"pkg:npm/bundled@1.0.0"}]}},
"components":[{"purl":"pkg:npm/%40a/b@1.0.0?vcs_url=git","licenses":[{"expression":"MIT OR ISC"},{"license":{"id":"MIT"}},
{"license":{"name":"x"}}]},
{"purl":"pkg:npm/dev@1.0.0","scope":"excluded"},{"purl":"pkg:npm/opt@1.0.0","scope":"optional","components":[{"purl":"pkg:npm/in@2.0.0"}]},
{"purl":"pkg:generic/node@22.0.0"},{"purl":"pkg:npm/none"},{"name":"a file"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parts {
		got = append(got, p.name+"@"+p.version+" "+strings.Join(p.licenses, ","))
	}
	want := []string{"@a/b@1.0.0 MIT OR ISC,MIT,x", "in@2.0.0 ", "opt@1.0.0 ", "bundled@1.0.0 "}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	deep := strings.Repeat(`{"components":[`, maxNesting+2) + strings.Repeat(`]}`, maxNesting+2)
	for name, bad := range map[string]string{"html": "<html>", "cut": `{"bomFormat":"CycloneDX","components":[`,
		"other": `{"spdxVersion":"2.3"}`,
		"deep":  `{"bomFormat":"CycloneDX","components":[` + deep + `]}`,
		"many": `{"bomFormat":"CycloneDX","components":[` + strings.Repeat(`{"purl":"pkg:npm/a@1.0.0"},`, maxParts) +
			`{"purl":"pkg:npm/a@1.0.0"}]}`} {
		if parts, err := sbomParts([]byte(bad)); err == nil {
			t.Errorf("%s: %d parts", name, len(parts))
		}
	}
}

// TestManifestRanges: an alias is what it stands for, an optional dependency counts as
// such, and what is no range is told.
func TestManifestRanges(t *testing.T) {
	ranges, left, err := manifestRanges([]byte(`{"dependencies":{"a":"^1.0.0","b":"npm:@c/d@2.x",
"e":"git+https://x.example/y.git","f":"9.9.9"},
"optionalDependencies":{"f":"~1.2.0"},"devDependencies":{"z":"1.0.0"},"peerDependencies":{"p":"1.0.0"}}`))
	var got []string
	for _, r := range ranges {
		got = append(got, r.name+" "+r.text)
	}
	if err != nil || !slices.Equal(got, []string{"f ~1.2.0", "a ^1.0.0", "@c/d 2.x"}) || !slices.Equal(left, []string{"e"}) {
		t.Errorf("%q %q %v", got, left, err)
	}
	if _, _, err := manifestRanges([]byte("<html>")); err == nil {
		t.Error("a page is a manifest")
	}
}

// TestBillLicenses: what the policy states of a package counts in place of what it says.
func TestBillLicenses(t *testing.T) {
	e := policy.Default().For("x", policy.Flags{})
	e.Licenses.Deny = []string{"GPL-*"}
	e.Licenses.Overrides = []policy.LicenseOverride{{Package: "dual", License: "MIT", Reason: "read"}}
	b := &bill{name: "x", version: "1.0.0", license: "ISC", parts: []part{{"dual", "2.0.0", []string{"GPL-3.0-only"}},
		{"free", "3.0.0", []string{"GPL-2.0-only"}}}}
	all, denied := b.licenses(e)
	if !slices.Equal(all, []string{"GPL-2.0-only", "ISC", "MIT"}) || !slices.Equal(denied, []string{"free@3.0.0: GPL-2.0-only"}) {
		t.Errorf("%q, denied %q", all, denied)
	}
}

// No document makes the readers panic, and what they return is bounded and has names.
func FuzzBill(f *testing.F) {
	f.Add([]byte(`{"bomFormat":"CycloneDX","components":[{"purl":"pkg:npm/a@1.0.0"}],"dependencies":{"a":"npm:b@1"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parts, _ := sbomParts(data)
		ranges, _, _ := manifestRanges(data)
		b := &bill{name: "x", version: "1.0.0", parts: parts, ranges: ranges}
		for _, a := range askedOf([]*bill{b}) {
			if npm.ValidName(a.Name) != nil || len(a.Versions) == 0 {
				t.Errorf("%+v is asked for", a)
			}
		}
	})
}

// TestSupported: of each line that is supported the highest release is audited, and
// what latest names.
func TestSupported(t *testing.T) {
	h := &registry.History{Tags: map[string]string{"latest": "2.1.0"}}
	for _, text := range []string{"1.0.0", "1.9.0", "2.0.0", "2.1.0", "2.2.0", "3.0.0-rc.1", "0.9.0", "odd"} {
		v, _ := npm.ParseVersion(text)
		r := registry.Publication{Version: text, Number: v}
		if text == "2.2.0" {
			r.Deprecated = "broken"
		}
		h.Releases = append(h.Releases, r)
	}
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	versions := func(table *support.Table) (all []string) {
		for _, r := range supported(h, table, now) {
			all = append(all, r.Version)
		}
		return all
	}
	if got := versions(nil); !slices.Equal(got, []string{"2.1.0"}) {
		t.Errorf("without a table: %q", got)
	}
	table := support.Read("| Version | Supported |\n| --- | --- |\n| 2.x | yes |\n| 1.x | yes |\n| < 1.0 | no |\n", "demo")
	if got := versions(table); !slices.Equal(got, []string{"2.1.0", "1.9.0"}) {
		t.Errorf("%q", got)
	}
	many := support.Read("| Version | Supported |\n| --- | --- |\n| >= 1.0 | yes |\n", "demo")
	for i := range 60 {
		v, _ := npm.ParseVersion(fmt.Sprintf("%d.0.0", i+10))
		h.Releases = append(h.Releases, registry.Publication{Version: v.Canonical(), Number: v})
	}
	if got := versions(many); len(got) != MaxAudited || got[0] != "69.0.0" {
		t.Errorf("%q", got)
	}
}

// TestReadEvidence finds verdicts in folders and below, and takes nothing that cannot
// be read for nothing there.
func TestReadEvidence(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := strings.Repeat("ab", 64)
	good := `{"result":"pass","package":{"name":"a","version":"1.0.0"},"tarball":{"sha512":"` + sum + `"}}`
	write("good/verdict.json", good)
	write("good/more/deep/verdict.json", strings.Replace(good, "1.0.0", "1.1.0", 1))
	write("good/other.txt", "x")
	write("good/more/verdict.json", `{"result":"pass","members":[{"name":"a","version":"1.1.0","evidence":"deep"}]}`) // each has its own
	all, err := ReadEvidence([]string{filepath.Join(dir, "good")})
	if err != nil || len(all) != 2 || len(of(all, "a", "1.1.0")) != 1 || all[0].SHA512 != sum || !all[0].Passed {
		t.Errorf("%+v, %v", all, err)
	}
	for name, text := range map[string]string{"cut": `{"result":`, "html": "<html>", "nothing": `{"result":"pass"}`,
		"short": strings.Replace(good, sum, "abcd", 1)} {
		write(name+"/verdict.json", text)
		if all, err := ReadEvidence([]string{filepath.Join(dir, "good"), filepath.Join(dir, name)}); err == nil {
			t.Errorf("%s: %+v", name, all)
		}
	}
	write("empty/x.txt", "x")
	if _, err := ReadEvidence([]string{filepath.Join(dir, "empty")}); err == nil {
		t.Error("a folder without evidence is evidence")
	}
	if err := os.MkdirAll(filepath.Join(dir, "link"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "good", "verdict.json"), filepath.Join(dir, "link", "verdict.json")); err != nil {
		t.Fatal(err)
	}
	if all, err := ReadEvidence([]string{filepath.Join(dir, "link")}); err == nil {
		t.Errorf("a link leads out of the folder: %+v", all)
	}
}
