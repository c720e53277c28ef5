package starter

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/policy"
)

var update = flag.Bool("update", false, "rewrite testdata")

// worlds are checkouts of each kind. The workflows of testdata are looked at by
// actionlint in .ci/run.
var worlds = map[string]Facts{
	"npm": {Folder: ".", Packages: []Package{{"@acme/widget", ".", ""}}, Manager: Manager{Name: "npm", Locked: true}, Build: "npm run build",
		NodeFile: ".nvmrc", Branch: "main", Documents: []string{"README", "LICENSE"}},
	"pnpm": {Folder: "packages/a", Packages: []Package{{"widget", "packages/a", "public"}}, Manager: Manager{Name: "pnpm", Locked: true},
		Branch: "trunk", NodeFile: "packages/a/package.json", HasBaseline: true, Supported: "SECURITY.md"},
	"classic": {Folder: ".", Packages: []Package{{"widget", ".", "public"}}, Manager: Manager{Name: "yarn", Locked: true}, Branch: "main"},
	"berry": {Folder: ".", Packages: []Package{{"widget", ".", "public"}}, Manager: Manager{Name: "yarn", Berry: true, Locked: true,
		Version: "4.1.0"}, Branch: "main", Candidates: 2},
	"mono": {Folder: ".", Monorepo: true, Packages: []Package{{"@acme/a", "packages/a", "public"}, {"@acme/b", "packages/b", ""},
		{"@acme/c", "@acme/c", "restricted"}}, Manager: Manager{Name: "bun", Version: "1.4.5; rm -rf /"}, Build: "bun run --filter '*' build",
		Branch: "release/1.x"},
	"private": {Folder: "app", Manager: Manager{Name: "npm"}, Branch: "main"},
	"imported": {Folder: ".", Packages: []Package{{"widget", ".", "public"}}, Manager: Manager{Name: "npm"}, Branch: "main",
		Imported: []Ignored{
			{"audit-ci.json", []byte("# From audit-ci.json\naudit-level: moderate\nlicenses:\n  deny:\n    - GPL-3.0\nexceptions:\n  - " +
				"id: GHSA-a # line 2\n" +
				"    package: left\n    reason: \"it: is # fine\"\n    owner: o\n    expires: 2027-01-01 # no end\n  # not converted: x\n")},
			{"pnpm-workspace.yaml", []byte("audit-level: low\nscopes:\n  dev: none\nexceptions:\n  # every advisory\n  - id: GHSA-a # line 9\n" +
				"    package: left\n    reason: r\n    owner: o\n    expires: 2027-01-01\n  - id: GHSA-b # line 3\n    reason: r\n    owner: o\n" +
				"    expires: 2027-01-01\n")},
		}},
}

// TestFiles holds what is written against testdata, and each of its lines against
// what was promised: one comment.
func TestFiles(t *testing.T) {
	for name, f := range worlds {
		f.Today, f.Baseline = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), []byte("{}\n")
		files, err := Files(f, Minimal)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		paths := []string{}
		for _, file := range files {
			paths = append(paths, file.Path)
			golden := filepath.Join("testdata", name, filepath.Base(file.Path))
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, file.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(want, file.Data) {
				t.Errorf("%s: %s differs from %s, %v", name, file.Path, golden, err)
			}
			if strings.HasSuffix(file.Path, ".yml") {
				commented(t, name+": "+file.Path, file.Data)
			}
		}
		want := []string{filepath.Join(f.Folder, ".publishgate.yml")}
		if f.Candidates > 0 {
			want = append(want, filepath.Join(f.Folder, baselineFile))
		}
		if want = append(want, ".github/workflows/publishgate.yml"); !slices.Equal(paths, want) {
			t.Errorf("%s: wrote %q, want %q", name, paths, want)
		}
	}
}

// commented checks that text is YAML, and that each line has one comment.
func commented(t *testing.T, what string, text []byte) {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(regexp.MustCompile(`"(\\.|[^"\\])*"`).ReplaceAllString(line, `""`))
		if n := strings.Count(" "+line, " # "); line != "" && n != 1 && !strings.HasPrefix(line, "# ") {
			t.Errorf("%s: %d comments: %s", what, n, line)
		}
	}
}

// TestBases: each policy that one can begin with is one, and brings what it names.
func TestBases(t *testing.T) {
	if got := Bases(); !slices.Equal(got, []string{"minimal", "bizai", "integration-gateway"}) {
		t.Errorf("%q", got)
	}
	for _, base := range Bases() {
		f := worlds["imported"]
		f.Baseline = []byte("{\"results\": {}}\n")
		files, err := Files(f, base)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		p, err := policy.Parse(files[0].Data, "")
		if err != nil || files[0].Path != ".publishgate.yml" {
			t.Fatalf("%s: %s, %v", base, files[0].Path, err)
		}
		e := p.For("", policy.Flags{})
		if len(e.Exceptions) != 2 {
			t.Errorf("%s: %d exceptions, want the 2 that are imported", base, len(e.Exceptions))
		}
		for _, named := range []string{e.Document.File, e.Document.Lines, e.Secrets.Baseline} {
			if named != "" && !slices.ContainsFunc(files, func(f File) bool { return f.Path == named }) {
				t.Errorf("%s names %s, which is not written", base, named)
			}
		}
	}
	if _, err := Files(worlds["npm"], ".."); err == nil {
		t.Error("a policy that is none is taken")
	}
}

// TestPins: the actions are those of the README, at its commits, and nothing else
// is used.
func TestPins(t *testing.T) {
	var known []byte
	for _, file := range []string{"../../README.md", "../../.github/workflows/release.yml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, data...)
	}
	used := 0
	for name, f := range worlds {
		for _, m := range regexp.MustCompile(`(?m)uses: (\S+)(?: # (v\S+))?`).FindAllStringSubmatch(f.workflow(), -1) {
			used++
			if pin := strings.TrimSpace(m[1] + " # " + m[2]); m[2] != "" && !bytes.Contains(known, []byte("uses: "+pin)) {
				t.Errorf("%s: %s is pinned nowhere else", name, pin)
			} else if !bytes.Contains(known, []byte(m[1])) {
				t.Errorf("%s: %s is no action of the README", name, m[1])
			}
		}
	}
	if used < 30 {
		t.Errorf("%d actions", used)
	}
}
