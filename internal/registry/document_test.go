package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	testregistry "github.com/publishgate/publishgate/internal/testserver/registry"
)

const packument = `{
  "_id": "@acme/widget", "_rev": "7-abc",  "name": "@acme/widget",
  "dist-tags" : {"latest":"1.2.0"},
  "versions": {
    "1.0.0": {"name":"@acme/widget","version":"1.0.0","dist":{"n":1.50}},
    "1.1.0": {"name":"@acme/widget", "deprecated" : "old \"one\"", "version":"1.1.0"},
    "1.1.1": { "deprecated":false, "version":"1.1.1" },
    "1.1.2": {"deprecated":true},
    "1.1.3": {},
    "not a version": {"deprecated": null},
    "1.2.0": {"dist": {"deprecated": "no"}}
  },
  "time": {"1.0.0": "2026-01-02T03:04:05.678Z", "1.2.0": "never"}
}
`

// TestDocument edits nothing but what is asked for.
func TestDocument(t *testing.T) {
	d, err := readDocument([]byte("\ufeff"+packument), "@acme/widget")
	if err != nil {
		t.Fatal(err)
	}
	one, found := d.Find("1.1.0")
	if d.Revision != "7-abc" || !d.Dated || len(d.Versions) != 7 || !found || one.Message != `old "one"` || !one.Deprecated || !one.Valid {
		t.Errorf("%+v", d)
	}
	if at, _ := d.Find("1.0.0"); !at.Published.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)) {
		t.Errorf("published %s", at.Published)
	}
	if at, _ := d.Find("1.1.2"); !at.Deprecated || at.Message != "" {
		t.Errorf("deprecated without a text: %+v", at)
	}
	if at, found := d.Find("not a version"); at.Valid || !found {
		t.Errorf("no version: %+v", at)
	}
	fixed := strings.NewReplacer(`"deprecated":false`, `"deprecated":""`, `"deprecated": null`, `"deprecated": ""`)
	for _, c := range []struct {
		versions []string
		message  string
		want     *strings.Replacer
	}{
		{nil, "x", strings.NewReplacer()},
		{[]string{"9.9.9"}, "x", strings.NewReplacer()},
		{[]string{"1.0.0"}, `a "b" <c> \ é`, strings.NewReplacer(`1.50}}`, `1.50},"deprecated":"a \"b\" <c> \\ é"}`)},
		{[]string{"1.1.0", "1.1.1"}, "new", strings.NewReplacer(`"old \"one\""`, `"new"`, `"deprecated":""`, `"deprecated":"new"`)},
		{[]string{"1.1.2", "1.1.3"}, "",
			strings.NewReplacer(`"deprecated":true`, `"deprecated":""`, `"1.1.3": {}`, `"1.1.3": {"deprecated":""}`)},
		{[]string{"1.2.0"}, "n", strings.NewReplacer(`"no"}}`, `"no"},"deprecated":"n"}`)},
	} {
		want := c.want.Replace(fixed.Replace(packument))
		if got := string(d.With(c.versions, c.message)); got != want {
			t.Errorf("%v %q:\n%s\nwant\n%s", c.versions, c.message, got, want)
		}
	}
	for _, bad := range []string{``, `[]`, `{}`, `<html>`, `{"name":"other","dist-tags":{},"versions":{}}`,
		`{"name":"@acme/widget","versions":{}}`, `{"name":"@acme/widget","dist-tags":{},"versions":[]}`,
		`{"name":"@acme/widget","dist-tags":{},"versions":{"1.0.0":7}}`} {
		if _, err := readDocument([]byte(bad), "@acme/widget"); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// FuzzDocument: what is written differs from what was read in deprecations alone.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(packument), "a message")
	f.Add([]byte(`{"name":"@acme/widget","dist-tags":{},"versions":{"1.0.0":{"deprecated":{"a":[1]}},"2.0.0":{"deprecated":[]}}}`), "\u2028<")
	f.Fuzz(func(t *testing.T, body []byte, message string) {
		d, err := readDocument(bytes.Clone(body), "@acme/widget")
		if err != nil {
			return
		}
		var all []string
		for _, v := range d.Versions {
			all = append(all, v.Version)
		}
		message = strings.ToValidUTF8(message, "?")
		out := d.With(all, message)
		again, err := readDocument(out, "@acme/widget")
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, v := range again.Versions {
			if v.Message != message {
				t.Errorf("%s says %q", v.Version, v.Message)
			}
		}
		if before, after := bare(t, body), bare(t, out); !reflect.DeepEqual(before, after) {
			t.Errorf("more than deprecations changed: %s", out)
		}
	})
}

// bare returns a document without deprecations.
func bare(t *testing.T, body []byte) (doc map[string]any) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for _, v := range doc["versions"].(map[string]any) {
		delete(v.(map[string]any), "deprecated")
	}
	return doc
}

// TestDeprecate writes a document to a registry, which takes one of its own
// revision alone.
func TestDeprecate(t *testing.T) {
	server := testregistry.Start()
	defer server.Close()
	for _, v := range []string{"1.0.0", "1.1.0"} {
		server.Seed("@acme/widget", v, "latest", []byte(v))
	}
	c, err := New(Options{Registry: server.URL, Token: credential.New("npm_x"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	d, found, err := c.Document(ctx, "@acme/widget")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if err := c.Deprecate(ctx, d.Name, d.With([]string{"1.0.0"}, "gone")); err != nil {
		t.Fatal(err)
	}
	if err := c.Deprecate(ctx, d.Name, d.With([]string{"1.1.0"}, "gone")); !isStatus(err, 409) {
		t.Errorf("an old document: %v", err)
	}
	if a, b := server.Deprecated("@acme/widget", "1.0.0"), server.Deprecated("@acme/widget", "1.1.0"); a != "gone" || b != "" {
		t.Errorf("%q and %q", a, b)
	}
	if tags := slices.Sorted(maps.Keys(server.Tags("@acme/widget"))); len(tags) != 1 || server.Tags("@acme/widget")["latest"] != "1.1.0" {
		t.Errorf("%v", server.Tags("@acme/widget"))
	}
	for _, r := range server.Puts() {
		if r.Path != "/@acme%2fwidget" || r.Header.Get("Npm-Command") != "deprecate" {
			t.Errorf("%s %v", r.Path, r.Header)
		}
	}
	if _, found, err := c.Document(ctx, "nobody"); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if err := c.Deprecate(ctx, "../x", nil); err == nil {
		t.Error("a name that leads elsewhere")
	}
}
