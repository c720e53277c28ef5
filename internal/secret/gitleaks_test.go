package secret

import (
	"archive/tar"
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// data returns a directory of the data archive, or skips the test.
func data(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("PUBLISHGATE_DATA")
	if root == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the data archive is not unpacked")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

func mustScanner(t testing.TB) *Scanner {
	t.Helper()
	s, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A gitleaks is gitleaks' own detector in a process of its own (.ci/gitleaks).
type gitleaks struct {
	t    testing.TB
	out  *json.Decoder
	send *json.Encoder
}

// gitleaksProgram returns the path of the program, or skips the test.
func gitleaksProgram(t testing.TB) string {
	t.Helper()
	path := os.Getenv("PUBLISHGATE_GITLEAKS")
	if path == "" {
		t.Skip("PUBLISHGATE_GITLEAKS is not set: .ci/gitleaks is not built")
	}
	return path
}

func startGitleaks(t testing.TB) *gitleaks {
	t.Helper()
	c := exec.Command(gitleaksProgram(t))
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &gitleaks{t, json.NewDecoder(out), json.NewEncoder(in)}
}

// sees returns what gitleaks finds in a text.
func (g *gitleaks) sees(path, text string) []seen {
	g.t.Helper()
	if err := g.send.Encode(struct{ Path, Text []byte }{[]byte(path), []byte(text)}); err != nil {
		g.t.Fatal(err)
	}
	var found []struct {
		Rule  string
		Value []byte
		Line  int
	}
	if err := g.out.Decode(&found); err != nil {
		g.t.Fatal(err)
	}
	var out []seen
	for _, f := range found {
		out = append(out, seen{f.Rule, string(f.Value), f.Line})
	}
	slices.SortFunc(out, bySeen)
	return out
}

// TestRulesAreGitleaks makes sure that the rule file is the module's.
func TestRulesAreGitleaks(t *testing.T) {
	theirs, err := exec.Command(gitleaksProgram(t), "-rules").Output()
	if err != nil || string(theirs) != gitleaksConfig {
		t.Errorf("gitleaks.toml is not the module's, %v: go generate ./internal/secret", err)
	}
}

// A seen is one finding, as far as the two engines are compared.
type seen struct {
	rule, value string
	line        int
}

func (s seen) String() string { return fmt.Sprintf("%d:%s %q", s.line, s.rule, s.value) }

func bySeen(a, b seen) int {
	return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.rule, b.rule), cmp.Compare(a.value, b.value))
}

// weSee returns what our engine finds with gitleaks' rules.
func weSee(s *Scanner, path, text string) []seen {
	f := s.File(path)
	f.Write([]byte(text))
	var out []seen
	theirs := slices.DeleteFunc(f.allHits(), func(h placedHit) bool { return h.rule.own || h.candidate.Within != "" })
	for _, h := range onePerSecret(theirs) {
		out = append(out, seen{h.rule.id, h.valueText, h.matchLine})
	}
	slices.SortFunc(out, bySeen)
	return out
}

// unexplained returns what only one of the two engines finds, unless one of these
// rules explains it:
//
//   - A token with a distinctive beginning ends in front of any delimiter. For gitleaks
//     it ends in front of a quote, a space or a semicolon only.
//   - An allow-list for the line sees what is near the match, not the whole line.
//   - A generic finding is left out where a better rule of ours has the value.
//
// gitleaks' allow-list of paths does not apply to what is shipped. The caller gives
// such a file another name.
func unexplained(s *Scanner, text string, theirs, ours []seen) (missed, added []seen) {
	lines := strings.Split(text, "\n")
	for _, f := range theirs {
		better := func(o seen) bool {
			return strings.Contains(f.rule, "generic") && o.line == f.line && o.rule != f.rule && strings.Contains(o.value, f.value)
		}
		if !slices.Contains(ours, f) && !slices.ContainsFunc(ours, better) {
			missed = append(missed, f)
		}
	}
	for _, f := range ours {
		r := s.rules[slices.IndexFunc(s.rules, func(r *rule) bool { return r.id == f.rule })]
		byLine := slices.ContainsFunc(r.allow, func(a allowlist) bool {
			return a.target == "line" && !a.all &&
				a.exprs().MatchString(lines[f.line-1])
		})
		if !slices.Contains(theirs, f) && !r.widened && !byLine {
			added = append(added, f)
		}
	}
	return missed, added
}

// shippedAs returns the name of a file for both engines: one that no allow-list of
// paths contains.
func shippedAs(s *Scanner, path string) string {
	if path != "" && s.globalAllow.paths().MatchString(path) {
		return "shipped.txt"
	}
	return path
}

func TestFindsWhatGitleaksFinds(t *testing.T) {
	s, d := mustScanner(t), startGitleaks(t)
	texts, total, differ := 0, 0, 0
	compare := func(path, text string) {
		texts++
		path = shippedAs(s, path)
		theirs, ours := d.sees(path, text), weSee(s, path, text)
		total += len(theirs)
		if missed, added := unexplained(s, text, theirs, ours); len(missed)+len(added) > 0 {
			if differ++; differ <= 12 {
				t.Errorf("%s %.300q\n missed %v\n added  %v", path, text, missed, added)
			}
		}
	}
	var all strings.Builder
	for i, row := range corpus(t) { // not all in all shapes: gitleaks takes its time
		compare(row.Path, row.Text)
		if i%8 == 0 {
			compare(row.Path, "first line\n\tlet a = 1;\n"+row.Text+"\nlast line")
		}
		if row.Path == "" && i%10 == 0 && len(row.Text) < 2000 {
			all.WriteString(row.Text + "\n\n")
		}
	}
	for _, name := range []string{"express-3.0.0", "left-pad-1.3.0", "request-2.88.2"} {
		eachFile(t, data(t, "tarballs", name+".tgz"), compare)
	}
	compare("all.txt", all.String())
	compare("all.min.js", strings.ReplaceAll(all.String(), "\n", " "))
	t.Logf("%d texts, %d findings, %d differ", texts, total, differ)
	if total < 1000 {
		t.Errorf("only %d findings: the corpus was not read", total)
	}
}

// TestFindsWhatGitleaksFindsInPackages compares the engines on whole packages,
// those of the directory PUBLISHGATE_PACKAGES. In .ci/run that is the data
// archive's. For typescript and next, gitleaks needs two minutes of processor time.
// The findings are logged, for a person to judge.
func TestFindsWhatGitleaksFindsInPackages(t *testing.T) {
	first := tarballs(t, "*.tgz")
	s, d := mustScanner(t), startGitleaks(t)
	all, _ := filepath.Glob(filepath.Join(filepath.Dir(first), "*.tgz"))
	for _, file := range all {
		t.Run(filepath.Base(file), func(t *testing.T) {
			files, total := 0, 0
			eachFile(t, file, func(path, text string) {
				files++
				path = shippedAs(s, path)
				theirs, ours := d.sees(path, text), weSee(s, path, text)
				total += len(theirs)
				if missed, added := unexplained(s, text, theirs, ours); len(missed)+len(added) > 0 {
					t.Errorf("%s\n missed %v\n added  %v", path, missed, added)
				}
				for _, c := range s.Scan(path, []byte(text)) {
					t.Logf("%s:%d:%d %s", path, c.Line, c.Column, c.Rule)
				}
			})
			t.Logf("%d files, %d findings of gitleaks", files, total)
		})
	}
}

// eachFile calls f for each file of a real package.
func eachFile(t testing.TB, tgz string, f func(path, text string)) {
	t.Helper()
	file, err := os.Open(tgz)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(unpacked); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		f(h.Name, string(text))
	}
}

type labelled struct {
	Rule, Kind, Path, Text string
}

func corpus(t testing.TB) []labelled {
	t.Helper()
	f, err := os.Open(data(t, "secrets", "gitleaks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []labelled
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row labelled
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows
}

// TestPlans names the rules whose expression must run over whole files that contain
// a keyword. If an upgrade of gitleaks adds one, it works, but slowly.
func TestPlans(t *testing.T) {
	var loose []string
	for _, r := range mustScanner(t).rules {
		p := r.plan()
		if r.source != "" && !p.anchored && p.prefixes == nil {
			loose = append(loose, r.id)
		}
	}
	if len(loose) > 0 {
		t.Errorf("neither a keyword nor a prefix: %v", loose)
	}
}

// TestLabelledSecretsAreKept makes sure that nothing that the corpus labels as a
// secret is dropped as harmless.
func TestLabelledSecretsAreKept(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s, labelled := mustScanner(t), 0
	for _, row := range corpus(t) {
		if row.Kind != "tp" {
			continue
		}
		labelled++
		before, after := weSee(s, row.Path, row.Text), s.Scan(row.Path, []byte(row.Text))
		if len(before) > 0 && len(after) == 0 {
			t.Errorf("%s: %q is found and left out", row.Rule, row.Text)
		}
	}
	if labelled < 1000 {
		t.Errorf("only %d labelled: the corpus was not read", labelled)
	}
}
