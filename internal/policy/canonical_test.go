package policy

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var update = flag.Bool("update", false, "rewrite testdata/every-key.canonical.json")

// undecided are the keys that decide nothing.
var undecided = []string{"version", "about.owner", "about.version", "about.supersedes", "about.approved-by", "about.contacts",
	"about.escalation", "risk"}

// entries are the least that an entry with free names has beside the key that
// is tried.
var entries = map[string]string{
	"reviews.*":  "{every: 9d, by: anybody, KEY: VALUE}",
	"controls.*": "{by: anybody, stated: 2026-01-01, until: 2026-12-31, KEY: VALUE}",
	"document":   "{file: a.md, lines: a.lines, KEY: VALUE}",
	"about":      "{review-every: 90d, effective: 2026-01-01, KEY: VALUE}",
}

// samples are values that no key has by itself.
var samples = map[kind][]string{
	kindVersions: {`["@acme/*", a@1]`},
	kindSources:  {`["@acme/*=github.com/acme/*"]`},
	kindScripts:  {`["@acme/*", a@1, "pkg:npm/b@1.0.0"]`},
	kindText:     {"said"}, kindLevel: {"low"}, kindFlag: {"true"}, kindList: {"[sample]"}, kindSpan: {"5d"},
	kindLength: {"5d"}, kindSize: {"7MB"}, kindDate: {"2026-01-02"}, kindDeadline: {"5d", "next-minor"},
	kindFile: {"sample.json"}, kindFallback: {"snapshot"}, kindRange: {"^1.0.0"},
	kindAddresses: {`["https://npm.example.com/"]`}, kindLicenses: {"[{package: a, license: MIT, reason: said}]"},
	kindLicenseNames: {"[MIT]"}, kindRefs: {`["refs/tags/x*"]`}, kindPatterns: {`["sample/"]`},
	kindSecrets: {"[sample]", "[{rule: a, path: b}]"}, kindNumber: {"2.0"}, kindPeople: {"[ann, bob]", "ann"},
	kindNames: {`["@acme/*"]`}, kindListOrNone: {"[A]", "none"},
	kindScans:    {"[sample]", "{sample: 5d}"},
	kindVSA:      {"{file: a, level: SLSA_SOURCE_LEVEL_3, identity: b, issuer: 'https://c.example'}"},
	kindEvidence: {"a/b.json"}, kindChanges: {"[{date: 2026-05-05, what: sample}]"},
	kindHosts: {"[a.example]", "none"}, kindCadence: {"3d"}, kindBuilders: {"[acme/widget]"},
}

// TestCanonicalHoldsEveryKey sets each key alone and expects other bytes.
func TestCanonicalHoldsEveryKey(t *testing.T) {
	plain := Default().For("widget", Flags{}).Canonical()
	tried := 0
	for _, k := range keys() {
		if slices.Contains(undecided, k.path) {
			continue
		}
		values := samples[k.kind]
		switch k.kind {
		case kindWord:
			values = k.words
		case kindWords:
			values = []string{"[" + k.words[0] + "]"}
		}
		differs := false
		for _, v := range values {
			text, path := v, strings.Split(strings.ReplaceAll(k.path, "*", "jose"), ".")
			last := len(path) - 1
			if entry, ok := entries[strings.TrimSuffix(k.path, "."+path[last])]; ok {
				entry = strings.Replace(entry, path[last]+": ", "was: ", 1)
				text = strings.NewReplacer("KEY", path[last], "VALUE", v).Replace(entry)
				if i := strings.Index(text, "was: "); i >= 0 { // each key stands once
					end := i + strings.Index(text[i:], ", ") + 2
					text = text[:i] + text[end:]
				}
				path = path[:last]
			}
			for _, name := range slices.Backward(path) {
				text = fmt.Sprintf("{%s: %s}", name, text)
			}
			p, err := Parse([]byte("version: 1\n"+strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")+"\n"), "p.yml")
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			differs = differs || !bytes.Equal(plain, p.For("widget", Flags{}).Canonical())
		}
		if !differs {
			t.Errorf("%s changes nothing", k.path)
		}
		tried++
	}
	if tried < 60 {
		t.Errorf("%d keys tried, that cannot be all", tried)
	}
	high := Threshold{Severity: finding.Low}
	for what, flags := range map[string]Flags{"-audit-level": {AuditLevel: &high}, "-omit": {Omit: []npm.Scope{npm.Dev}}} {
		if bytes.Equal(plain, Default().For("widget", flags).Canonical()) {
			t.Errorf("%s changes nothing", what)
		}
	}
}

// TestCanonicalIsOfTheMeaning shows that spelling, comments, order and the
// file's name are not in it.
func TestCanonicalIsOfTheMeaning(t *testing.T) {
	of := func(file, text string) string {
		t.Helper()
		p, err := Parse([]byte(text), file)
		if err != nil {
			t.Fatal(err)
		}
		return string(p.For("@acme/widget", Flags{}).Canonical())
	}
	one := of(".publishgate.yml", "# ours\nversion: 1\nsla: {critical: 24h}\ndocs: {require: [README]}\n")
	other := of("../p.yml", "docs:\n  require:\n    - README\nsla:\n  critical: 1d\nversion: 1\n"+
		"packages:\n  other: {sla: {critical: 9d}}\n")
	if one != other {
		t.Errorf("%s\n%s", one, other)
	}
	own := of("p.yml", "version: 1\nsla: {critical: 24h}\ndocs: {require: [README]}\npackages:\n  '@acme/*': {sla: {critical: 2d}}\n")
	if one == own {
		t.Error("the package's own entry is not in it")
	}
	if of("p.yml", "version: 1\n") != string(Default().For("@acme/widget", Flags{}).Canonical()) {
		t.Error("an empty file is not the built-in policy")
	}
}

// TestCanonicalStays holds the bytes of a policy with every key: a digest that a
// consumer expects must not change with this program's own names.
func TestCanonicalStays(t *testing.T) {
	data, err := os.ReadFile("testdata/every-key.yml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(data, "every-key.yml")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, p.For("@acme/low", Flags{}).Canonical(), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "every-key.canonical.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s", got.Bytes())
	}
}
