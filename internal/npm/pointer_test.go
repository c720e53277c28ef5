package npm

import (
	"fmt"
	"strings"
	"testing"
)

func TestPointers(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "",
		`{"main":"./a.js","module":"","types":7,"typings":"t.d.ts"}`: "main a.js; typings t.d.ts",
		`{"bin":"cli.js"}`:                "bin cli.js",
		`{"bin":{"a":"./a.js","b":null}}`: "bin a a.js",
		`{"bin":["./bin/a.js",7,"b"]}`:    "bin bin/a.js; bin b",
		`{"browser":{"./x.js":"./y.js","z":false,"w":"w-browser"},"man":["./a.1","b.1"]}`: "browser y.js; man a.1; man b.1",
		`{"directories":{"bin":"./bin","lib":"lib"}}`:                                     "directories.bin bin",
		`{"exports":"./a.js"}`: "exports a.js",
		`{"exports":{"import":"./a.mjs","default":{"node":"./b.js"}}}`: "" +
			"exports [import] a.mjs; exports [default node] b.js",
		`{"exports":{".":["./a.js",{"require":"./b.js"}],"./c/*":"./c/*.js","./d":null,"./e":"outside"}}`: "" +
			"exports . a.js?; exports . [require] b.js?; exports ./c/* c/*.js; exports ./e outside!",
		`{"exports":` + strings.Repeat(`{"a":`, 60) + `"./x"` + strings.Repeat(`}`, 60) + `,"main":"m.js"}`: "main m.js",
	} {
		m, err := ParseManifest([]byte(text), "package.json")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range m.Pointers() {
			s := p.Field
			if p.Conditions != nil {
				s += fmt.Sprint(" ", p.Conditions)
			}
			s += " " + p.Path
			if p.Choice {
				s += "?"
			}
			if p.Refused {
				s += "!"
			}
			if p.Line != 1 {
				t.Errorf("%s: line %d", text, p.Line)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%.100s: %q, expected %q", text, s, want)
		}
	}
}

func TestSteering(t *testing.T) {
	m, err := ParseManifest([]byte("{\"name\":\"a\",\n\"tag\":1,\n"+
		" \"dist\":{},\"_id\":\"x\",\"tags\":{\"tag\":1}, \"gypfile\": false, "+
		"\"repository\":{\"url\":\"u\",\"directory\":\"d\"}}"), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.Steering()); got != "[{tag  2 1} {dist  3 2} {_id  3 12}]" {
		t.Error(got)
	}
	for text, want := range map[string]string{
		`{"packageExtensions":null}`: "[{packageExtensions  1 2}]", `{"packageExtensions":{},"private":true}`: "[]",
		`{"patchedDependencies":{}}`: "[]",
	} {
		if m, err := ParseManifest([]byte(text), "package.json"); err != nil || fmt.Sprint(m.Steering()) != want {
			t.Errorf("%s: %v, %v", text, m.Steering(), err)
		}
	}
	if !m.NoGyp || m.RepositoryDirectory != "d" || m.Repository != "u" || m.RepositoryLine != 3 {
		t.Errorf("%+v", m)
	}
	if InertPublishKey("browser") || InertPublishKey("https-proxy") || !InertPublishKey("directory") {
		t.Error("publishConfig")
	}
}
