package gitignore

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		patterns string
		path     string // a folder when it ends in a slash
		want     bool
	}{
		{".env*", ".env", true},
		{".env*", "config/.env.local", true},
		{".env*", "env", false},
		{"*.config.js", "next.config.js", true},
		{"*.config.js", "a/b/vite.config.js", true},
		{"*.config.js", "config.js", false},
		{"secrets/", "secrets", false},
		{"secrets/", "secrets/", true},
		{"secrets/", "lib/secrets/key.txt", true},
		{"/secrets/", "lib/secrets/key.txt", false},
		{"tests/__fixtures__/", "tests/__fixtures__/a.json", true},
		{"tests/__fixtures__/", "lib/tests/__fixtures__/a.json", false},
		{"src/*.secret.*", "src/a.secret.ts", true},
		{"src/*.secret.*", "src/deep/a.secret.ts", false},
		{"src/*.secret.*", "lib/src/a.secret.ts", false},
		{"**/src/*.secret.*", "lib/src/a.secret.ts", true},
		{"**/src/*.secret.*", "src/a.secret.ts", true},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/xb", false},
		{"a/**", "a/b/c", true},
		{"a/**", "a/", false},
		{"a**b", "a/b", false},
		{"/a**", "a/b", true}, // git's own way, see readStars
		{"*.log\n!keep.log", "keep.log", false},
		{"!keep.log\n*.log", "keep.log", true},
		{"logs/\n!logs/keep.log", "logs/keep.log", true},
		{"logs/*\n!logs/keep.log", "logs/keep.log", false},
		{"# a comment\n\n  \n", "# a comment", false},
		{`\#name`, "#name", true},
		{`\!name`, "!name", true},
		{"name   ", "name", true},
		{`name\ `, "name ", true},
		{"name\r\n", "name", true},
		{"\ufeffname", "name", true},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[^a-c]x", "dx", true},
		{"[]]x", "]x", true},
		{"[a-]x", "-x", true},
		{"[[:digit:]]x", "7x", true},
		{"[a-c-e]x", "dx", false}, // no range begins at the end of a range
		{"[[:digit:]-~]x", "ax", false},
		{"[[:nope:]]x", "7x", false},
		{"[ab", "a", false},
		{"a[/]b/", "a/b/", false},
		{"/", "a", false},
		{"!", "a", false},
		{`a\`, `a\`, false},
		{"?", "é", false}, // bytes, as in git
	}
	for _, tt := range tests {
		t.Run(tt.patterns+" "+tt.path, func(t *testing.T) {
			path, dir := strings.CutSuffix(tt.path, "/")
			if got := Parse([]byte(tt.patterns)).Match(path, dir).Ignored; got != tt.want {
				t.Errorf("Match(%q) of %q = %v, want %v", tt.path, tt.patterns, got, tt.want)
			}
		})
	}
}

func TestMatchSaysWhatDecided(t *testing.T) {
	l := Compile("*.log", "secrets/", "!a/keep.log")
	tests := []struct {
		path string
		want Match
	}{
		{"lib/secrets/deep/key.txt", Match{true, "secrets/", "lib/secrets"}},
		{"a/x.log", Match{true, "*.log", "a/x.log"}},
		{"a/keep.log", Match{false, "!a/keep.log", "a/keep.log"}},
		{"index.js", Match{}},
	}
	for _, tt := range tests {
		if got := l.Match(tt.path, false); got != tt.want {
			t.Errorf("Match(%q) = %+v, want %+v", tt.path, got, tt.want)
		}
	}
	var none *List
	if got := none.Match("a", false); got != (Match{}) {
		t.Errorf("a nil list matched: %+v", got)
	}
}

// A pattern of many stars must not take exponential time.
func TestHostilePattern(t *testing.T) {
	l := Compile(strings.Repeat("*a", 2000)+"b", strings.Repeat("**/a/", 500)+"b")
	if l.Match(strings.Repeat("a", 4000), false).Ignored || l.Match(strings.Repeat("a/", 500)+"c", false).Ignored {
		t.Error("matched")
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"*.log", "a/**/b", "[a-z]/!", `\`, "[[:alpha:]-x]", "!**/", "***/\\/"} {
		f.Add(s, "a/b/c.log")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		l := Parse([]byte(text))
		m := l.Match(path, false)
		if m.Ignored && m.Pattern == "" {
			t.Errorf("ignored without a pattern")
		}
		if m.Ignored && !l.Match(path+"/x", false).Ignored {
			// Only a folder ignores what is in it; as a file the path may
			// have matched, as a folder it matches all the more.
			t.Errorf("%q ignores %q but not what is in it", text, path)
		}
		// What a later pattern says wins over all before it.
		if got := Parse([]byte(text+"\n*\n")).Match("a", false); !got.Ignored {
			t.Errorf("a last * does not ignore: %+v", got)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	l := Compile(".env*", "*.pem", "id_rsa", "*.config.js", "*.config.ts", "secrets/", "credentials/",
		"tests/__fixtures__/", "src/*.secret.*", ".git/", "!next.config.js", "*.log", "coverage/", "/src/")
	for b.Loop() {
		if l.Match("dist/server/lib/router/index.js", false).Ignored {
			b.Fatal("ignored")
		}
	}
}

func TestFits(t *testing.T) {
	for line, want := range map[string]bool{
		"a": true, "/a/": true, "**/a": true, "!a": true, `\#a`: true, "[]a]": true, "**": true, "/**/": true,
		"": false, " ": false, "#a": false, "/": false, "!": false, "[a": false, `a\`: false, "./a": false, "a/../b": false,
		"a//b": false, "a/.": false,
	} {
		if got := Fits(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
