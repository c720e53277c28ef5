package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/policy"
)

// schemaOf returns the JSON Schema of what encoding/json writes for a type. It
// allows other fields, because fields may be added to the documents.
func schemaOf(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return map[string]any{"oneOf": []any{schemaOf(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		fields, required := map[string]any{}, []string{}
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			of := schemaOf(f.Type)
			if words, closed := f.Tag.Lookup("enum"); closed {
				of["enum"] = strings.Split(words, ",")
			}
			if name == "schema" {
				of["const"] = schema
			}
			fields[name] = of
			if options != "omitempty" {
				required = append(required, name)
			}
		}
		return map[string]any{"type": "object", "properties": fields, "required": required}
	}
	panic("no schema for " + t.String())
}

// The schemas in docs match the structs, and the documents are valid by them.
func TestSchemas(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	for _, c := range []struct {
		name, title string
		of          any
		written     [][]byte
	}{
		{"verdict", "The judgement of publishgate: verdict.json", jsonDocument{}, [][]byte{
			[]byte(render(t, JSON, blocked())), []byte(render(t, JSON, passed())), []byte(render(t, JSON, undecided())),
			[]byte(render(t, JSON, &Document{})), []byte(render(t, JSON, grouped())),
		}},
		{"run", "What publishgate did: run.json", jsonRun{}, [][]byte{runBytes(t, &Run{}),
			runBytes(t, &Run{Reason: NotPublished, Verdict: File{"verdict.json", "aa"}, Acts: []Act{{What: "sign", State: Done}}})}},
		{"merged", "The judgement of publishgate on several packages: verdict.json", jsonMerged{}, [][]byte{
			merged(t, whole(Fine, *passed(), *blocked(), *undecided())), merged(t, &Whole{Problems: []string{"evidence: no run.json"}})}},
		{"monitor", "What publishgate monitor saw", watchedJSON{}, [][]byte{[]byte(renderWatched(t, WatchedJSON, watched())),
			[]byte(renderWatched(t, WatchedJSON, &Watched{}))}},
	} {
		made := schemaOf(reflect.TypeOf(c.of))
		made["$schema"], made["title"] = "https://json-schema.org/draft/2020-12/schema", c.title
		text, err := json.MarshalIndent(made, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		path := filepath.Join(docs, c.name+".schema.json")
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		old, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(old, text) {
			t.Errorf("%s is not what the structs say, %v: rewrite it with -update and read the difference", path, err)
		}
		compiler := jsonschema.NewCompiler()
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = compiler.AddResource(c.name, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		compiled, err := compiler.Compile(c.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range c.written {
			if doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(w)); err != nil || compiled.Validate(doc) != nil {
				t.Errorf("%v %v of %s", err, compiled.Validate(doc), w)
			}
		}
		if doc, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"schema": 1}`)); err != nil || compiled.Validate(doc) == nil {
			t.Errorf("%s: an empty document is one: %v", c.name, err)
		}
	}
	for _, r := range []policy.Result{policy.Pass, policy.Block, policy.Unknown} {
		if f, _ := reflect.TypeOf(jsonRun{}).FieldByName("Result"); !strings.Contains(","+f.Tag.Get("enum")+",", ","+r.String()+",") {
			t.Errorf("the schema lacks the result %s", r)
		}
	}
	for _, e := range endings {
		if f, _ := reflect.TypeOf(jsonRun{}).FieldByName("Reason"); !strings.Contains(f.Tag.Get("enum")+",", ","+string(e.reason)+",") {
			t.Errorf("the schema lacks the reason %s", e.reason)
		}
	}
}

func merged(t *testing.T, w *Whole) []byte {
	t.Helper()
	var b bytes.Buffer
	w.Sort()
	if err := MergedJSON(&b, w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func runBytes(t *testing.T, r *Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := RunJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
