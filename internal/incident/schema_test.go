package incident

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaOf returns the JSON Schema of what encoding/json writes for a type.
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
			name := f.Tag.Get("json")
			if !f.IsExported() || name == "-" {
				continue
			}
			of := schemaOf(f.Type)
			if words, closed := f.Tag.Lookup("enum"); closed {
				of["enum"] = strings.Split(words, ",")
			}
			if name == "schema" {
				of["const"] = schema
			}
			fields[name], required = of, append(required, name)
		}
		return map[string]any{"type": "object", "properties": fields, "required": required}
	}
	panic("no schema for " + t.String())
}

// TestSchema: docs/incident.schema.json is what the structs say, and the records are
// valid by it.
func TestSchema(t *testing.T) {
	made := schemaOf(reflect.TypeFor[Record]())
	made["$schema"], made["title"] = "https://json-schema.org/draft/2020-12/schema", "What is known of an incident: incident.json"
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("..", "..", "docs", "incident.schema.json")
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, text) {
		t.Errorf("%s is not what the structs say, %v: rewrite it with -update and read the difference", path, err)
	}
	compiled, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []Kind{Package, Token, Exposure} {
		for _, l := range []Look{{At: began, Missed: []string{"it is down"}}, {At: began, History: compromised(), Downloads: &Downloads{},
			Found: map[string][]Place{"1.2.3": {{"a", "its path"}}}, Dependents: []Dependent{{Name: "a"}}}} {
			data, err := Assess(ask(k), l, nil).Encode()
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err != nil || compiled.Validate(doc) != nil {
				t.Errorf("%s: %v %v", k, err, compiled.Validate(doc))
			}
		}
	}
	if doc, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"schema": 1}`)); err != nil || compiled.Validate(doc) == nil {
		t.Errorf("an empty document is one: %v", err)
	}
}
