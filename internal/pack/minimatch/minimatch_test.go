package minimatch

import (
	"strings"
	"testing"
)

func path(s string) []Name {
	var names []Name
	for _, p := range splitSlashes(s) {
		names = append(names, Part(p))
	}
	return names
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.log", "a/b.LOG", true}, // the name alone, in any case
		{"/*.log", "/a.log", true},
		{"/*.log", "/a/b.log", false},
		{"lib/**", "lib/a/b", true},
		{"lib/**", "lib", false},
		{"**/.git/**", "a/.git/b", true}, // dots are nothing special
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b/**/c", "a/b/x/b/c", true},
		{"a/**/b/**/c", "a/c/b", false},
		{"a/**/*", "a/b/", true},
		{"a/*", "a/b/", true},
		{"a/*", "a/b/c", false},
		{"{a,b}.js", "b.js", true},
		{"f{1..3}", "f2", true},
		{"f{03..1}", "f02", true},
		{"{a..e..2}", "c", true},
		{"{a..e..2}", "d", false},
		{"{{a,b}}", "{a}", true},
		{"{a},b}", "{a}", false},
		{"{a},b}", "a}", true},
		{"${a,b}", "${a,b}", true},
		{`\{a,b}`, "{a,b}", true},
		{"{a,b", "{a,b", true},
		{"readme{,.*[^~$]}", "README.md", true},
		{"readme{,.*[^~$]}", "readme.md~", false},
		{"[a-c]x", "Bx", true},
		{"[!a-c]x", "bx", false},
		{"[[:digit:]]", "7", true},
		{"[z-a]", "z", false},
		{"[a", "[a", true},
		{`\[id\].js`, "[id].js", true},
		{`*\.js`, "a.js", false}, // as npm: no escapes after a leading star
		{"??.js", "ab.js", true},
		{"??.js", "abc.js", false},
		{"+(a|b)c", "abac", true},
		{"@(a|b)c", "abc", false},
		{"?(a)c", "c", true},
		{"*(a|b)c", "c", true},
		{"!(a).js", "b.js", false}, // the first "!" only marks the pattern
		{"x!(a|b).js", "xc.js", true},
		{"x!(a|b).js", "xa.js", false},
		{"@(a", "@(a", true},
		{"a/../b", "b", true},
		{"É*", "éa", true},
		{"#a", "#a", false},
		{`\#a`, "#a", true},
		{"!!a", "a", true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if got := p.Match(path(c.path), false); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.path, got, c.want)
		}
	}
}

func TestPartial(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a/b/c", "a/b", true},
		{"a/b/c", "a/c", false},
		{"a/**/c", "a/x/y", true},
		{"/a/b", "/a", true},
		{"/a/b", "a", false},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match(path(c.path), true); got != c.want {
			t.Errorf("%q matches the beginning %q: %v, want %v", c.pattern, c.path, got, c.want)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		pattern           string
		negated, relative bool
	}{
		{"a", false, true},
		{"!a", true, true},
		{"!!a", false, true},
		{"!!!a/", true, true},
		{"/a", false, false},
		{"a/b", false, false},
		{"{a/b,c}", false, true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if p.Negated != c.negated || p.Relative != c.relative {
			t.Errorf("%q: negated %v, relative %v", c.pattern, p.Negated, p.Relative)
		}
	}
}

// TestLimits shows that a short pattern neither makes a large answer nor takes
// long.
func TestLimits(t *testing.T) {
	for _, bad := range []string{
		strings.Repeat("a", MaxPattern+1),
		strings.Repeat("{a,b}", 30),
		"{1..100000}",
		"{" + strings.Repeat("{1..100},", 200) + "}",
	} {
		if _, err := Compile(bad); err == nil {
			t.Errorf("%.40q… is accepted", bad)
		}
	}
	long := strings.Repeat("a", 250)
	for _, slow := range []string{
		strings.Repeat("*a", 100) + "b",
		strings.Repeat("+(a|aa)", 20) + "b",
		"+(+(+(a)))b",
		"!(!(*(a)b)c)d",
		strings.Repeat("**/a/", 50) + "b",
	} {
		p, err := Compile(slow)
		if err != nil {
			t.Fatal(err)
		}
		p.Match([]Name{Part(long)}, false)
		p.Match(path(strings.Repeat("a/", 60)+"a"), false)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"*.js", "a/**/b", "{a,b}{1..3}", "!(a|b)*", "[[:alpha:]-z]", `\{\}`, "@(a|+(b|?(c)))",
		"{{a},b}", "${a}", "[!]]", "\xff"} {
		f.Add(s, "lib/a.js")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 200 || len(name) > 200 {
			return
		}
		p, err := Compile(pattern)
		if err != nil {
			return
		}
		full := p.Match(path(name), false)
		if full && !p.Match(path(name), true) {
			t.Errorf("%q matches %q whole, but not as a beginning", pattern, name)
		}
		again, err := Compile("!" + pattern)
		if err == nil && !strings.HasPrefix(pattern, "#") && pattern != "" {
			if again.Negated == p.Negated || again.Match(path(name), false) != full {
				t.Errorf("a mark before %q changes what it matches", pattern)
			}
		}
	})
}

// TestBounded compares long names with patterns that an automaton without
// memory takes for ever on.
func TestBounded(t *testing.T) {
	long := strings.Repeat("a", 250)
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{strings.Repeat("*a", 700) + "b", long, false},
		{strings.Repeat("*a", 200) + "*", long, true},
		{strings.Repeat("[ab]*", 200), long, true},
		{"a" + strings.Repeat("!(b)", 60), long, true},
		{"a" + strings.Repeat("!(a)", 60), long, false},
		{"a" + strings.Repeat("!(a*)", 60) + "b", long, false},
		{"+(+(+(a|aa)|aaa)|aaaa)b", long, false},
		{"*(*(*(a|aa)|aaa)|aaaa)", long, true},
		{strings.Repeat("*(!(b)|a)", 40) + "c", long, false},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match([]Name{Part(c.name)}, false); got != c.want {
			t.Errorf("%.40q: %t, expected %t", c.pattern, got, c.want)
		}
	}
}

// TestOthers: a name that begins or ends otherwise than a pattern does is told
// apart without memory; nearly all names of a folder are.
func TestOthers(t *testing.T) {
	for _, pattern := range []string{".*.swp", "._*", "readme{,.*[^~$]}", "x*(a|b)", "[a-c]*z"} {
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names := []Name{Part("index.js")}
		if n := testing.AllocsPerRun(10, func() { _ = p.Match(names, false) }); n != 0 {
			t.Errorf("%q: %v allocations", pattern, n)
		}
	}
}

// TestLiteral: of a line that is all characters, as in a package.json that npm reads
// as an ignore file, only the text is kept.
func TestLiteral(t *testing.T) {
	line := `"description": "` + strings.Repeat("plain words ", 20) + `",`
	if n := testing.AllocsPerRun(10, func() { _, _ = Compile(line) }); n > 12 {
		t.Errorf("%v allocations", n)
	}
}
