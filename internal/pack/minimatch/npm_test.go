package minimatch

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// npmModule is the folder of a module that the real npm ships.
func npmModule(t *testing.T, name string) string {
	t.Helper()
	if managers := os.Getenv("PUBLISHGATE_MANAGERS"); managers != "" {
		dir := filepath.Join(managers, "npm11", "node_modules", "npm", "node_modules", name)
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("no npm on this machine")
	}
	if npm, err = filepath.EvalSymlinks(npm); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(filepath.Dir(npm)), "node_modules", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("npm stands here without its modules")
	}
	return dir
}

const ask = `
const {Minimatch} = require(process.argv[1])
const cases = JSON.parse(require('fs').readFileSync(0))
process.stdout.write(JSON.stringify(cases.map(([pattern, names]) => {
  const m = new Minimatch(pattern, {matchBase: true, dot: true, flipNegate: true, nocase: true})
  const relative = m.globParts.some(p => p.length <= (p.slice(-1)[0] ? 1 : 2))
  return [m.negate, relative, names.map(n => [m.match(n), m.match(n, true)])]
})))`

// TestNPM asks npm's own matcher about random patterns and names.
func TestNPM(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on this machine")
	}
	module := npmModule(t, "minimatch")
	r := rand.New(rand.NewPCG(3, 4))
	cases := make([][2]any, 4000)
	for i := range cases {
		names := make([]string, 25)
		pattern := random(r, "aAbc01.é-_", []string{"*", "**", "?", "/", "{", "}", ",", "..", "[", "]", "!", "^", "(", ")", "|", "+(", "@(", "!(", "*(", "?(", `\`, "{a,b}", "[a-c]", "**/", "/**", "*.a", "~", "$", "#", "[:alpha:]", "1..3"})
		for j := range names {
			names[j] = random(r, "aAbc01.é-_", []string{"/", "/", "{", "}", "[", "]", "!", "(", "|", ",", `\`, "$", "@", "+"})
			if j < 5 { // alike, so that some match
				names[j] = strings.NewReplacer("*", "a", "?", "b", `\`, "", "{", "", "}", "", "[", "", "]", "", "(", "", ")", "", "@", "", "+", "", "!", "").Replace(pattern)
			}
			names[j] = clean(names[j])
		}
		cases[i] = [2]any{pattern, names}
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
	var answers [][3]any
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
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
		if p.Negated != a[0].(bool) || p.Relative != a[1].(bool) {
			t.Errorf("%q: negated %v, relative %v; npm: %v, %v", pattern, p.Negated, p.Relative, a[0], a[1])
		}
		for j, want := range a[2].([]any) {
			name := cases[i][1].([]string)[j]
			for k, partial := range []bool{false, true} {
				want := want.([]any)[k].(bool)
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
	if matched < 1000 {
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
