package sarif

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shape is what SARIF 2.1.0 says of the objects and members that we write, in
// our words (sections 3.13 run log, 3.14 run, 3.19 tool component, 3.27 result,
// 3.29 physical location, 3.30 region, 3.35 suppression, 3.49 reporting
// descriptor, 3.20 invocation): what must be there, what kind it is, which words
// there are. The published schema, which TestValid holds documents against, is
// not in the repository.
const shape = `{
"$schema": "http://json-schema.org/draft-07/schema#",
"type": "object", "required": ["$schema", "version", "runs"], "additionalProperties": false,
"properties": {
  "$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"},
  "runs": {"type": "array", "minItems": 1, "items": {
    "type": "object", "required": ["tool", "results"],
    "properties": {
      "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1}, "rules": {"type": "array", "uniqueItems": true, "items": {
          "type": "object", "required": ["id"],
          "properties": {
            "id": {"type": "string", "minLength": 1}, "helpUri": {"type": "string", "format": "uri"},
            "shortDescription": {"$ref": "#/definitions/text"}, "fullDescription": {"$ref": "#/definitions/text"},
            "help": {"$ref": "#/definitions/text"}, "properties": {"type": "object"}}}}}}}},
      "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"],
        "properties": {"executionSuccessful": {"type": "boolean"}}}},
      "results": {"type": "array", "items": {
        "type": "object", "required": ["message"],
        "properties": {
          "ruleId": {"type": "string", "minLength": 1}, "ruleIndex": {"type": "integer", "minimum": 0},
          "level": {"enum": ["none", "note", "warning", "error"]}, "message": {"$ref": "#/definitions/text"},
          "locations": {"type": "array", "items": {"$ref": "#/definitions/location"}},
          "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
          "suppressions": {"type": "array", "items": {"type": "object", "required": ["kind"], "properties": {
            "kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted", "underReview", "rejected"]},
            "justification": {"type": "string"}, "location": {"$ref": "#/definitions/location"}}}}}}}}}}},
"definitions": {
  "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}}},
  "location": {"type": "object", "properties": {"physicalLocation": {"type": "object", "required": ["artifactLocation"],
    "properties": {
      "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "format": "uri-reference"}}},
      "region": {"type": "object", "properties": {
        "startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1},
        "endLine": {"type": "integer", "minimum": 1}, "endColumn": {"type": "integer", "minimum": 1}}}}}}}}}`

func compiledShape(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(shape))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("shape.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("shape.json")
}

func TestShape(t *testing.T) {
	s := compiledShape(t)
	for _, in := range []Input{example(), {}, grouped(25), many(300)} {
		_, doc := run(t, in)
		validate(t, s, doc)
	}
}

// The shape refuses a document of ours in which one thing is wrong.
func TestShapeRefuses(t *testing.T) {
	s := compiledShape(t)
	_, doc := run(t, example())
	for _, c := range []struct{ from, to string }{
		{`"version": "2.1.0"`, `"version": "2.2.0"`},
		{`"level": "error"`, `"level": "high"`},
		{`"startLine": 12`, `"startLine": 0`},
		{`"status": "accepted"`, `"status": "fine"`},
		{`"kind": "external"`, `"sort": "external"`},
		{`"driver": {`, `"motor": {`},
		{`"uri": "packages/app/package-lock.json"`, `"uri": "a b:%zz"`},
	} {
		bad := strings.Replace(string(doc), c.from, c.to, 1)
		if bad == string(doc) {
			t.Errorf("no %s in the document", c.from)
			continue
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is let through", c.to)
		}
	}
}
