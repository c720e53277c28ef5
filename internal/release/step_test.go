package release

import (
	"fmt"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

func TestNarrows(t *testing.T) {
	for _, c := range []struct {
		was, is string
		want    bool
	}{
		{">=18", ">=22", true}, {">=22", ">=18", false}, {"", ">=18", true}, {">=18", "", false}, {"^1.2.0 || ^2.0.0", "^2.0.0", true},
		{"^2.0.0", "^1.2.0 || ^2.0.0", false}, {"^1.2.0", "^1.2.4", true}, {"~1.2.0", "^1.2.0", false}, {"^1.2.0", "~1.2.0", true},
		{"*", ">=0.0.0", false}, {">=18 <23", ">=18", false}, {">=18", ">=18 <23", true}, {"not a range", ">=1", false}, {">=1",
			"not a range", false},
		{"1.x", "1", false}, {">=14.17", ">=14.17.0", false}, {">=14.17", ">=14.18", true},
	} {
		if got := narrows(c.was, c.is); got != c.want {
			t.Errorf("%q to %q: %v", c.was, c.is, got)
		}
	}
}

func TestStep(t *testing.T) {
	of := func(manifest string, files ...string) *tarball.Tarball {
		m, err := npm.ParseManifest([]byte(manifest), "package.json")
		if err != nil {
			t.Fatal(err)
		}
		out := &tarball.Tarball{Manifest: m}
		for _, f := range append(files, "package.json") {
			out.Entries = append(out.Entries, tarball.Entry{Path: "package/" + f})
		}
		return out
	}
	for name, c := range map[string]struct {
		from, to *tarball.Tarball
		want     string
	}{
		"equal": {of(`{"name":"a"}`, "a.js"), of(`{"name":"a"}`, "a.js"), "[] []"},
		"export gone": {of(`{"exports":{".":"./a.js","./b":"./b.js"}}`), of(`{"exports":{".":"./a.js"}}`),
			`[exports has no "./b" any more] []`},
		"export added": {of(`{"exports":{".":"./a.js"}}`), of(`{"exports":{".":"./a.js","./b":"./b.js"}}`), `[] [exports has "./b" now]`},
		"sealed": {of(`{}`, "a.js"), of(`{"exports":"./a.js"}`, "a.js"),
			"[exports is new: files that it does not name cannot be imported any more] []"},
		"command gone": {of(`{"name":"a","bin":{"x":"a.js"}}`), of(`{"name":"a","bin":{"y":"a.js"}}`),
			`[the command "x" is gone] [the command "y" is new]`},
		"file gone":      {of(`{}`, "a.js", "README.md", "a.test.js"), of(`{}`), "[the file a.js is gone] []"},
		"hidden by both": {of(`{"exports":"./a.js"}`, "a.js", "b.js"), of(`{"exports":"./a.js"}`, "a.js"), "[] []"},
		"engines raised": {of(`{"engines":{"node":">=18"}}`), of(`{"engines":{"node":">=22"}}`), `[engines.node is ">=22", it was ">=18"] []`},
		"engines odd":    {of(`{"engines":["node"]}`), of(`{"engines":"x"}`), "[] []"},
		"peer narrowed": {of(`{"peerDependencies":{"react":"^17 || ^18"}}`), of(`{"peerDependencies":{"react":"^18"}}`),
			`[the peer react is asked for as "^18", it was "^17 || ^18"] []`},
		"peer widened":      {of(`{"peerDependencies":{"react":"^18"}}`), of(`{"peerDependencies":{"react":"^17 || ^18"}}`), "[] []"},
		"peer new":          {of(`{}`), of(`{"peerDependencies":{"react":"^18"}}`), "[the peer react is new] []"},
		"optional peer new": {of(`{}`), of(`{"peerDependencies":{"react":"^18"},"peerDependenciesMeta":{"react":{"optional":true}}}`), "[] []"},
		"peer dropped":      {of(`{"peerDependencies":{"react":"^18"}}`), of(`{}`), "[] []"},
	} {
		s := Compare(c.from, c.to).Step
		if got := fmt.Sprint(s.Breaks, s.Adds); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
