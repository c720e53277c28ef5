package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestInputsPage: docs/inputs.md names each input and each output of the action, as
// action.yml has them; -update writes the two tables.
func TestInputsPage(t *testing.T) {
	const file = "docs/inputs.md"
	action, err := os.ReadFile("action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(action, &doc); err != nil {
		t.Fatal(err)
	}
	tables := []string{
		"| input | meaning | default |\n| --- | --- | --- |\n" + rows(doc.Content[0], "inputs", true),
		"| output | |\n| --- | --- |\n" + rows(doc.Content[0], "outputs", false),
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	table := regexp.MustCompile(`(?s)(<!-- from action.yml: [^\n]*-->\n\n)(.*?)(\n?<!-- end -->)`)
	want := table.ReplaceAllStringFunc(string(page), func(old string) string {
		m := table.FindStringSubmatch(old)
		n++
		return m[1] + tables[n-1] + "\n<!-- end -->"
	})
	switch {
	case n != len(tables):
		t.Fatalf("%d tables", n)
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	case want != string(page):
		t.Errorf("%s does not say what action.yml says: go test . -run TestInputsPage -update", file)
	}
}

// rows returns the rows of a table: name, description and, if asked for, default.
func rows(action *yaml.Node, part string, defaults bool) string {
	var b strings.Builder
	of := value(action, part)
	for i := 0; i+1 < len(of.Content); i += 2 {
		cell := func(key string) string {
			if v := value(of.Content[i+1], key); v != nil {
				return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(v.Value)
			}
			return ""
		}
		fmt.Fprintf(&b, "| `%s` | %s |", of.Content[i].Value, cell("description"))
		if d := cell("default"); defaults && d != "" {
			fmt.Fprintf(&b, " `%s` |", d)
		} else if defaults {
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// value returns what a mapping has under a key.
func value(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
