package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

type object = map[string]any

// TestSchemaKeys compares the schema with the parser, key by key and word by
// word.
func TestSchemaKeys(t *testing.T) {
	var schema object
	if err := json.Unmarshal([]byte(Schema), &schema); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	leaves(t, schema, schema, "", got)
	packages := schema["properties"].(object)["packages"].(object)["additionalProperties"].(object)
	inPackages := map[string]string{}
	leaves(t, schema, packages, "", inPackages)

	want, wantInPackages := map[string]string{}, map[string]string{}
	for _, k := range keys() {
		form := forms[k.kind]
		if k.kind == kindWord {
			form = "enum " + strings.Join(k.words, " ")
		}
		if k.where != packagesOnly {
			want[k.path] = form
		}
		if k.where != topOnly {
			wantInPackages[k.path] = form
		}
	}
	delete(got, "packages")
	delete(got, "exceptions")
	compareForms(t, "at the top", got, want)
	compareForms(t, "in packages", inPackages, wantInPackages)

	exception := schema["properties"].(object)["exceptions"].(object)["items"].(object)
	known := slices.Sorted(maps.Keys(exception["properties"].(object)))
	if w := slices.Sorted(slices.Values(exceptionKeys)); !slices.Equal(known, w) {
		t.Errorf("exceptions: %v, parser %v", known, w)
	}
	if r := fmt.Sprint(exception["required"]); r != fmt.Sprint(exceptionKeys[:4]) && r != "[id reason owner expires]" {
		t.Errorf("required of exceptions: %v", r)
	}
	if w := fmt.Sprint(exception["properties"].(object)["justification"].(object)["enum"]); w != fmt.Sprint(justifications) {
		t.Errorf("justifications: %s", w)
	}
	if w := fmt.Sprint(schema["$defs"].(object)["level"].(object)["enum"]); w != fmt.Sprint(levelWords) {
		t.Errorf("levels: %s", w)
	}
}

// forms says how the schema writes each kind.
var forms = map[kind]string{
	kindVersions: "list",
	kindScripts:  "list",
	kindSources:  "list",
	kindText:     "string", kindLevel: "level", kindFlag: "boolean", kindList: "list", kindSpan: "span", kindLength: "span", kindSize: "size",
	kindDate: "date", kindDeadline: "deadline", kindFile: "file", kindFallback: "fallback", kindRange: "range",
	kindAddresses: "list", kindLicenses: "records", kindLicenseNames: "list", kindRefs: "list", kindWords: "list",
	kindPatterns: "list", kindSecrets: "secrets", kindNumber: "number", kindPeople: "people", kindNames: "list", kindListOrNone: "listOrNone",
	kindEvidence: "evidence", kindChanges: "records", kindScans: "scans", kindVSA: "sourceVSA",
	kindHosts: "listOrNone", kindCadence: "cadence", kindBuilders: "list",
}

func compareForms(t *testing.T, where string, got, want map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] != want[path] {
			t.Errorf("%s: %s is %q in the schema, %q in the parser", where, path, got[path], want[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			t.Errorf("%s: %s is in the schema only", where, path)
		}
	}
}

// leaves collects the keys below a schema node, with "*" for free names.
func leaves(t *testing.T, root, node object, path string, out map[string]string) {
	t.Helper()
	if node["description"] == nil {
		t.Errorf("%s has no description", path)
	}
	props, _ := node["properties"].(object)
	free, _ := node["additionalProperties"].(object)
	switch {
	case path == "packages" || path == "exceptions":
		out[path] = ""
	case props != nil:
		if node["additionalProperties"] != false {
			t.Errorf("%s lets other keys in", path)
		}
		for name, p := range props {
			leaves(t, root, p.(object), join(path, name), out)
		}
	case free != nil && free["properties"] != nil:
		leaves(t, root, free, join(path, "*"), out)
	case free != nil:
		out[join(path, "*")] = "range"
	case node["$ref"] != nil:
		out[path] = strings.TrimPrefix(node["$ref"].(string), "#/$defs/")
	case node["enum"] != nil:
		var words []string
		for _, w := range node["enum"].([]any) {
			if s := fmt.Sprint(w); !slices.Contains(words, s) {
				words = append(words, s)
			}
		}
		out[path] = "enum " + strings.Join(words, " ")
	case node["type"] == "array" && node["items"].(object)["properties"] != nil:
		out[path] = "records"
	case node["type"] == "array" && node["items"].(object)["$ref"] == "#/$defs/allowedSecret":
		out[path] = "secrets"
	case node["type"] == "array":
		out[path] = "list"
	default:
		out[path] = fmt.Sprint(node["type"])
	}
}

// What the parser reads the schema must accept, or editors underline what is
// right; some mistakes both must refuse.
func TestSchemaAccepts(t *testing.T) {
	schema := compile(t)
	for _, glob := range []string{"testdata/*.yml", "../starter/policies/*/publishgate.yml"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: found nothing, %v", glob, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(plainYAML(t, string(data))); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	for _, text := range []string{exception(), "exceptions:\npackages:\n", "version: 1\n", "files: {max-size: 1GiB}\n",
		"secrets: {allow: [jwt, {rule: private-key, path: test/, reason: for tests}, {hash: 0123456789abcdef}]}\n"} {
		if _, err := Parse([]byte(text), "p"); err != nil && strings.Contains(text, "secrets") {
			t.Errorf("%s: %v", text, err)
		}
		if err := schema.Validate(plainYAML(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"audit-levle: high\n", "audit-level: HIGH\n", "sla: {high: 24m}\n", "licenses: {deny: GPL}\n", "publish: {require-2fa: 'yes'}\n",
		"risk: low\n", "packages: {a: {version: 1}}\n", "packages: {a: {risk: lo}}\n", "version: 2\n", "files: {max-size: '20'}\n",
		exception("reason: "), exception("expires: soon"), exception("id: '*'"), "secrets: {baseline: /etc/passwd}\n",
		"secrets: {allow: jwt}\n", "secrets: {allow: ['']}\n", "secrets: {allow: [{}]}\n",
		"secrets: {allow: [{reason: none}]}\n", "secrets: {allow: [{file: a}]}\n", "secrets: {allow: [{hash: ''}]}\n",
	} {
		if _, err := Parse([]byte(text), "p"); err == nil {
			t.Errorf("the parser reads %s", text)
		}
		if err := schema.Validate(plainYAML(t, text)); err == nil {
			t.Errorf("the schema accepts %s", text)
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("publishgate.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("publishgate.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainYAML is the document as JSON has it: editors read dates as strings.
func plainYAML(t *testing.T, text string) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return plainNode(t, n.Content[0])
}

func plainNode(t *testing.T, n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := object{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainNode(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		l := []any{}
		for _, c := range n.Content {
			l = append(l, plainNode(t, c))
		}
		return l
	}
	switch n.Tag {
	case "!!int", "!!float":
		return json.Number(n.Value)
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return n.Value
}
