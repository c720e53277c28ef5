package publish_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/publish"
)

const stageID = "8a5ac2b1-2a5b-4f0c-9a53-77cf3d4f5b1e"

// receipt returns a plan, its receipt and the text of that.
func receipt(t *testing.T) (*publish.Plan, publish.Receipt, string) {
	t.Helper()
	p, err := publish.New(demo(t), publish.Options{Registry: "https://registry.example/npm", Access: "public"})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Receipt()
	r.Road, r.StageID, r.State, r.Published, r.Run, r.Attempt = "stage", stageID, publish.Done, "staged", "1234567", 2
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return p, r, string(text)
}

// What is written is read, is valid by the schema, and is about this plan.
func TestReceipt(t *testing.T) {
	p, r, text := receipt(t)
	back, err := publish.ParseReceipt([]byte(text))
	if err != nil || back != r || !back.Matches(p) {
		t.Errorf("%v %+v of %s", err, back, text)
	}
	again, err := back.JSON()
	if err != nil || string(again) != text {
		t.Errorf("%v: other bytes for the same receipt: %s", err, again)
	}
	if first := p.Receipt(); !first.Matches(p) || first.State != publish.Intent || first.Published != "false" {
		t.Errorf("before sending: %+v", first)
	}
	if r.Run = "a\nb"; r.Matches(p) {
		if _, err := r.JSON(); err == nil {
			t.Error("a receipt is written that would not be read")
		}
	}
	if (publish.Receipt{}).Matches(p) || back.Matches(nil) {
		t.Error("nothing matches something")
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "receipt.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil || schema.Validate(doc) != nil {
		t.Errorf("%v %v of %s", err, schema.Validate(doc), text)
	}
	for i := range reflect.TypeFor[publish.Receipt]().NumField() { // the schema asks for every field
		var fields map[string]any
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatal(err)
		}
		name := reflect.TypeFor[publish.Receipt]().Field(i).Tag.Get("json")
		delete(fields, name)
		if schema.Validate(fields) == nil {
			t.Errorf("the schema is content without %s", name)
		}
	}
}

// A receipt of anything else is not believed.
func TestReceiptOfAnother(t *testing.T) {
	p, r, _ := receipt(t)
	for name, other := range map[string]func(*publish.Receipt){
		"another name":     func(r *publish.Receipt) { r.Name = "@acme/demo2" },
		"another version":  func(r *publish.Receipt) { r.Version = "1.0.1" },
		"another registry": func(r *publish.Receipt) { r.Registry = "https://registry.example/" },
		"another digest":   func(r *publish.Receipt) { r.Integrity = "sha512-" + strings.Repeat("A", 86) + "==" },
		"another schema":   func(r *publish.Receipt) { r.Schema = 2 },
	} {
		r := r
		if other(&r); r.Matches(p) {
			t.Errorf("%s: believed", name)
		}
	}
}

// Hostile receipts: the error names the field, and shows nothing that a
// terminal obeys.
func TestReceiptRefuses(t *testing.T) {
	_, _, good := receipt(t)
	swap := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct{ text, says string }{
		"empty":                 {"", "1:1"},
		"no object":             {"[]", "expected an object"},
		"nothing in it":         {"{}", "schema"},
		"more behind it":        {good + "{}", "after the end"},
		"duplicate key":         {swap(`"stageId"`, `"name": "x", "stageId"`), "name"},
		"duplicate by escape":   {swap(`"stageId"`, `"st\u0061geId": "", "stageId"`), "stageId"},
		"a megabyte":            {swap(`"run": "`, `"run": "`+strings.Repeat("1", 1<<20)), "larger than"},
		"a long run":            {swap(`"run": "`, `"run": "`+strings.Repeat("1", 300)), "run is"},
		"deep":                  {swap(`"attempt": 2`, `"attempt": 2, "x": `+strings.Repeat("[", 9)+strings.Repeat("]", 9)), "nest"},
		"NUL":                   {swap("@acme/demo", "@acme/demo\x00"), "control"},
		"escaped NUL":           {swap("@acme/demo", `@acme/demo\u0000`), `"@acme/demo\x00", expected a package name`},
		"line break":            {swap(`"run": "`, `"run": "1\n::set-output::`), `run is "1\n`},
		"bidi":                  {swap(`"tag": "latest`, `"tag": "lat\u202eest`), `\u202e`},
		"no UTF-8":              {swap("@acme/demo", "@acme/demo\xff"), "UTF-8"},
		"UTF-16":                {"\xff\xfe{\x00}\x00", "UTF-16"},
		"schema 2":              {swap(`"schema": 1`, `"schema": 2`), "schema is"},
		"schema 1.0":            {swap(`"schema": 1`, `"schema": 1.0`), "schema is"},
		"schema as text":        {swap(`"schema": 1`, `"schema": "1"`), "schema is"},
		"name missing":          {swap(`"name"`, `"nome"`), "name is nothing"},
		"name null":             {swap(`"name": "@acme/demo"`, `"name": null`), "name is null"},
		"name a path":           {swap("@acme/demo", "../demo"), "name is"},
		"version a range":       {swap(`"1.0.0"`, `"^1.0.0"`), "version is"},
		"version not canonical": {swap(`"1.0.0"`, `"v1.0.0"`), "version is"},
		"registry not one":      {swap("https://registry.example/npm/", "file:///etc"), "registry is"},
		"registry with a user":  {swap("https://registry", "https://u:p@registry"), "registry is"},
		"registry unfinished":   {swap("example/npm/", "example/npm"), "registry is"},
		"integrity SHA-1":       {swap(`"sha512-`, `"sha1-`), "integrity is"},
		"two digests":           {swap(`"sha512-`, `"sha512-AAAA sha512-`), "integrity is"},
		"shasum short":          {swap(`"shasum": "`, `"shasum": "0`), "shasum is"},
		"tag a range":           {swap(`"latest"`, `"1.x"`), "tag is"},
		"road unknown":          {swap(`"road": "stage"`, `"road": "npm"`), "one of direct, stage"},
		"id no UUID":            {swap(stageID, "latest"), "stageId is"},
		"id a path":             {swap(stageID, stageID+"/../x"), "stageId is"},
		"id without hyphens":    {swap(stageID, strings.ReplaceAll(stageID, "-", "")), "stageId is"},
		"id a number":           {swap(`"`+stageID+`"`, "7"), "stageId is a number"},
		"state unknown":         {swap(`"done"`, `"Done"`), "state is"},
		"published unknown":     {swap(`"staged"`, `"yes"`), "published is"},
		"attempt negative":      {swap(`"attempt": 2`, `"attempt": -1`), "attempt is"},
		"attempt huge":          {swap(`"attempt": 2`, `"attempt": 99999999999999999999`), "attempt is"},
	} {
		got, err := publish.ParseReceipt([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %+v, %v; expected %q", name, got, err, c.says)
			continue
		}
		if text := err.Error(); len(text) > 400 || bytes.ContainsAny([]byte(text), "\x00\n\x1b") {
			t.Errorf("%s: says %q", name, text)
		}
	}
}

// FuzzReceipt: what is read is written as it was read.
func FuzzReceipt(f *testing.F) {
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`{"schema":1,"name":"a","version":"1.0.0","registry":"https://r/","integrity":"sha512-` + strings.Repeat("A", 86) +
		`==","shasum":"` + strings.Repeat("0", 40) + `","tag":"latest","road":"direct","stageId":"","state":"intent","published":"false",` +
		`"run":"","attempt":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := publish.ParseReceipt(data)
		if err != nil {
			return
		}
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := publish.ParseReceipt(text); err != nil || back != r {
			t.Errorf("%v: %+v became %+v", err, r, back)
		}
	})
}
