package minimatch

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// npmModule is the folder of a module that the real npm ships.
// "": there is no npm here.
func npmModule(t *testing.T, name string) string {
	t.Helper()
	if managers := os.Getenv(oracle.Managers); managers != "" {
		dir := filepath.Join(managers, "npm11", "node_modules", "npm", "node_modules", name)
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return ""
	}
	if npm, err = filepath.EvalSymlinks(npm); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(filepath.Dir(npm)), "node_modules", name)
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

const ask = `
const {Minimatch} = require(process.argv[1])
const cases = JSON.parse(require('fs').readFileSync(0))
process.stdout.write(JSON.stringify(cases.map(([pattern, names]) => {
  const m = new Minimatch(pattern, {matchBase: true, dot: true, flipNegate: true, nocase: true})
  const relative = m.globParts.some(p => p.length <= (p.slice(-1)[0] ? 1 : 2))
  return [m.negate, relative, ...names.flatMap(n => [m.match(n), m.match(n, true)])].map(Number).join('')
})))`

var update = flag.Bool("update", false, "write anew what npm's matcher is on record with")

// toldCases is how many cases, the first, have their answer on record.
const toldCases = 200

// A toldCase is what npm's matcher says of a pattern: whether it is negated,
// whether it is relative, and of each name whether it matches, and whether the
// start of it does; 0 or 1 each.
type toldCase string

func (c toldCase) yes(i int) bool { return c[i] == '1' }

// askNPM asks npm's own matcher, or returns nil where there is none.
func askNPM(t *testing.T, cases [][2]any) []toldCase {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		return nil
	}
	module := npmModule(t, "minimatch")
	if module == "" {
		return nil
	}
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", ask, module)
	cmd.Stdin = bytes.NewReader(text)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []toldCase
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// TestNPM compares with npm's own matcher on random patterns and names.
func TestNPM(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	cases := make([][2]any, 4000)
	for i := range cases {
		names := make([]string, 25)
		pattern := random(r, "aAbc01.é-_", []string{"*", "**", "?", "/", "{", "}", ",", "..", "[", "]", "!", "^", "(", ")",
			"|", "+(", "@(", "!(", "*(", "?(", `\`, "{a,b}", "[a-c]", "**/", "/**", "*.a", "~", "$", "#", "[:alpha:]", "1..3"})
		for j := range names {
			names[j] = random(r, "aAbc01.é-_", []string{"/", "/", "{", "}", "[", "]", "!", "(", "|", ",", `\`, "$", "@", "+"})
			if j < 5 { // alike, so that some match
				names[j] = strings.NewReplacer("*", "a", "?", "b", `\`, "", "{", "", "}", "", "[", "", "]", "", "(", "", ")", "",
					"@", "", "+", "", "!", "").Replace(pattern)
			}
			names[j] = clean(names[j])
		}
		cases[i] = [2]any{pattern, names}
	}
	answers := askNPM(t, cases)
	var ask func() []toldCase
	if answers != nil {
		ask = func() []toldCase { return answers[:toldCases] }
	}
	told := oracle.JSON(t, oracle.Record{Name: "minimatch.json", Update: *update}, ask)
	if answers == nil {
		answers = told
	}
	matched := 0
	for i, a := range answers {
		pattern := cases[i][0].(string)
		p, err := Compile(pattern)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		if pattern == "" || pattern[0] == '#' || strings.Contains(pattern, `\|`) {
			continue // an escaped bar splits npm's regular expression in two
		}
		if p.Negated != a.yes(0) || p.Relative != a.yes(1) {
			t.Errorf("%q: negated %v, relative %v; npm: %v, %v", pattern, p.Negated, p.Relative, a.yes(0), a.yes(1))
		}
		for j, name := range cases[i][1].([]string) {
			for k, partial := range []bool{false, true} {
				want := a.yes(2 + 2*j + k)
				if want {
					matched++
				}
				if got := p.Match(path(name), partial); got != want {
					t.Errorf("%q matches %q (partial %v): %v, npm %v", pattern, name, partial, got, want)
				}
			}
		}
	}
	t.Logf("%d answers of npm's matcher, %d of them yes", 2*25*len(answers), matched)
	if len(answers) < toldCases || matched < len(answers)/4 {
		t.Error("too few of them are yes for the comparison to mean anything")
	}
}

// clean makes a name that a folder can hold: no ".", no "..".
func clean(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if p == "." || p == ".." {
			parts[i] = "x"
		}
	}
	if name = strings.Join(parts, "/"); name == "" || name == "/" {
		return "x"
	}
	return name
}

func random(r *rand.Rand, letters string, more []string) string {
	runes := []rune(letters)
	var b strings.Builder
	for range 1 + r.IntN(8) {
		if r.IntN(2) == 0 {
			b.WriteRune(runes[r.IntN(len(runes))])
		} else {
			b.WriteString(more[r.IntN(len(more))])
		}
	}
	return b.String()
}
