package normal

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/strict"
)

func manifest(t testing.TB, text string, p Package) (map[string]json.RawMessage, *Manifest, error) {
	t.Helper()
	v, err := strict.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p.Manifest = v
	m, err := New(p)
	if err != nil {
		return nil, nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(m.JSON, &all); err != nil {
		t.Fatalf("%v: %s", err, m.JSON)
	}
	return all, m, nil
}

// Without a source in the package, nothing is added but the identifier and
// npm's words for no README; what is not normalised is not touched.
func TestNothingOfItsOwn(t *testing.T) {
	const text = `{"name":"a","version":"1.0.0", "x":{ "y" : [1.50 , "\u00e9"] },"repository":{"type":"git" ,"url":"https://git.example/a"},
		"scripts":{ "a":"b" },"dependencies":{ "a" : "1" },"bin":{ "a" : "b" },"files":[ "a" ],"keywords":[ "b" ]}`
	_, m, err := manifest(t, text, Package{Files: []string{"package.json", "index.js"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"a","version":"1.0.0","x":{ "y" : [1.50 , "\u00e9"] },"repository":{"type":"git" ,"url":"https://git.example/a"},` +
		`"scripts":{ "a":"b" },"dependencies":{ "a" : "1" },"bin":{ "a" : "b" },"files":[ "a" ],"keywords":[ "b" ],` +
		`"readme":"ERROR: No README data found!","_id":"a@1.0.0"}`
	if string(m.JSON) != want || m.Description != nil || m.Repository != "https://git.example/a" {
		t.Errorf("%s\nexpected %s\n%s %s", m.JSON, want, m.Description, m.Repository)
	}
}

// What is added for a source is gone without it.
func TestEachSource(t *testing.T) {
	const plain = `{"name":"a","version":"1.0.0"}`
	tests := []struct {
		field, text string
		pkg         Package
		want        string
	}{
		{"gypfile", plain, Package{Files: []string{"binding.gyp"}}, `true`},
		{"scripts", plain, Package{Files: []string{"binding.gyp"}}, `{"install":"node-gyp rebuild"}`},
		{"contributors", plain, Package{Files: []string{"AUTHORS"}, Authors: "Jo <j@x.example>\n"}, `[{"name":"Jo","email":"j@x.example"}]`},
		{"readmeFilename", plain, Package{Files: []string{"README.md"}, Readme: "# x"}, `"README.md"`},
		{"description", plain, Package{Files: []string{"README.md"}, Readme: "# x\n\ny"}, `"y"`},
		{"types", plain, Package{Files: []string{"index.d.ts"}}, `"./index.d.ts"`},
		{"gitHead", plain, Package{GitHead: "0123"}, `"0123"`},
		{"bugs", `{"name":"a","version":"1.0.0","repository":"a/b"}`, Package{}, `{"url":"https://github.com/a/b/issues"}`},
		{"homepage", `{"name":"a","version":"1.0.0","repository":"a/b"}`, Package{}, `"https://github.com/a/b#readme"`},
		{"dependencies", `{"name":"a","version":"1.0.0","bundleDependencies":["c"]}`, Package{}, `{"c":"*"}`},
	}
	for _, test := range tests {
		all, m, err := manifest(t, test.text, test.pkg)
		if err != nil || string(all[test.field]) != test.want {
			t.Errorf("%s: %s, %v", test.field, all[test.field], err)
		}
		if test.field == "description" && string(m.Description) != test.want {
			t.Errorf("the document's description is %s", m.Description)
		}
		if without, _, err := manifest(t, plain, Package{}); err != nil || without[test.field] != nil {
			t.Errorf("%s without a source: %s, %v", test.field, without[test.field], err)
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", "\xef\xbb\xbfa": "\uFEFFa", "a\xffb": "a\uFFFDb", "\xe2\x82c": "\uFFFDc", "\xf0\x9f\x98": "\uFFFD",
		"\xed\xa0\x80": "\uFFFD\uFFFD\uFFFD", "\xc0\xaf": "\uFFFD\uFFFD", "\xc3": "\uFFFD", "\xf4\x90\x80\x80": "\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xe2\x82\xac\xe2": "\u20ac\uFFFD",
	} {
		if got := Text([]byte(text)); got != want {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	}
}

// FuzzNew: it never panics, what it makes is JSON, and is made of the same input
// again. Once normalised, a manifest stays, but for the fields that `without` names.
func FuzzNew(f *testing.F) {
	f.Add(`{"name":"a","version":"1.0.0","repository":"a/b#c","author":"a <b> (c)","bin":{"../x":"y"}}`, "README.md\nx.gyp", "# a\n\nb", "c")
	f.Add(`{"repositories":[{"url":"git@github.com:a/b"}],"bugs":{"web":"x:y"},"keywords":"a, b"}`, "index.d.ts\nAUTHORS", "", "#\nJo")
	f.Add(`{"dependencies":["a@b"],"bundledDependencies":true,"directories":{"man":".","bin":"x"}}`, "a.1\nx/y", "x", "")
	f.Add(`{"homepage":"http://[::1]:8/%zz","scripts":["a",1],"man":"../x","funding":1e5}`, "", "", "")
	f.Fuzz(func(t *testing.T, text, files, readme, authors string) {
		v, err := strict.Parse([]byte(text))
		if err != nil {
			return
		}
		p := Package{Manifest: v, Readme: Text([]byte(readme)), Authors: Text([]byte(authors))}
		for file := range strings.SplitSeq(files, "\n") {
			if file != "" {
				p.Files = append(p.Files, file)
			}
		}
		first, err := New(p)
		if err != nil {
			return
		}
		if again, err := New(p); err != nil || !bytes.Equal(first.JSON, again.JSON) {
			t.Fatalf("%s, then %s, %v", first.JSON, again.JSON, err)
		}
		if p.Manifest, err = strict.Parse(first.JSON); err != nil {
			t.Fatalf("%v: %s", err, first.JSON)
		}
		second, err := New(p)
		if err != nil {
			t.Fatalf("%v of %s", err, first.JSON)
		}
		stays, changed := without(t, first.JSON), without(t, second.JSON)
		if !reflect.DeepEqual(stays, changed) {
			t.Fatalf("%v\n%v", stays, changed)
		}
	})
}

// without returns a manifest without the fields that npm does not settle in one
// pass: a homepage that is no URL gets "http://" in front each time, a script
// loses one node_modules/.bin each time, and bugs, bin and man that are dropped
// are filled in from elsewhere the next time.
func without(t *testing.T, text []byte) map[string]any {
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"homepage", "scripts", "bugs", "bin", "man"} {
		delete(all, field)
	}
	return all
}
