package npm

import "testing"

func TestAuthor(t *testing.T) {
	for _, c := range []struct{ in, name, url string }{
		{`"Ann Author <ann@acme.example> (https://acme.example)"`, "Ann Author", "https://acme.example"},
		{`"Ann Author (https://acme.example) <ann@acme.example>"`, "Ann Author", "https://acme.example"},
		{`"Ann Author"`, "Ann Author", ""},
		{`" Ann Author <ann@acme.example>"`, "Ann Author", ""},
		{`"<ann@acme.example>"`, "", ""},
		{`"(https://acme.example"`, "", "https://acme.example"},
		{`{"name": " Ann ", "email": "ann@acme.example", "url": "https://acme.example"}`, "Ann", "https://acme.example"},
		{`{"name": 1}`, "", ""},
		{`["Ann"]`, "", ""},
		{`null`, "", ""},
	} {
		m, err := ParseManifest([]byte(`{"author": `+c.in+`}`), "package.json")
		if err != nil {
			t.Fatal(err)
		}
		if m.Author != (Person{c.name, c.url}) {
			t.Errorf("%s: %q", c.in, m.Author)
		}
	}
}
