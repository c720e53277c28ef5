package strict

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// lockfiles are all lockfiles of pnpm and yarn berry in the public test data.
func lockfiles(t testing.TB) map[string][]byte {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "pnpm-lock.yaml" && d.Name() != "yarn.lock" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.Contains(string(text[:min(len(text), 200)]), "yarn lockfile v1") {
			name, _ := filepath.Rel(dir, path)
			all[name] = text
		}
		return nil
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d lockfiles, %v", len(all), err)
	}
	return all
}

// Both readers see the same tree in every real lockfile: kinds, texts, order.
func TestAgreesWithYAML(t *testing.T) {
	for name, text := range lockfiles(t) {
		all, err := ParseYAMLs(text, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs := yaml.NewDecoder(bytes.NewReader(text))
		for i, v := range all {
			var n yaml.Node
			if err := theirs.Decode(&n); err != nil {
				t.Errorf("%s: document %d: %v", name, i, err)
				break
			}
			if d := differ(v, n.Content[0]); d != "" {
				t.Errorf("%s: document %d: %s", name, i, d)
			}
		}
		if err := theirs.Decode(new(yaml.Node)); err != io.EOF {
			t.Errorf("%s: %d documents, and more: %v", name, len(all), err)
		}
	}
}

// differ names the first difference between two readings of one text.
func differ(v Value, n *yaml.Node) string {
	line, column := v.Position()
	at := fmt.Sprintf("%d:%d: ", line, column)
	flow := n.Style&yaml.FlowStyle != 0
	switch n.Kind {
	case yaml.MappingNode:
		if v.Kind() != Object || v.Len() != len(n.Content)/2 {
			return at + "not that mapping"
		}
		i := 0
		for k, e := range v.Members() {
			if d := differ(k, n.Content[i]); d != "" {
				return d
			}
			if d := differ(e, n.Content[i+1]); d != "" {
				return d
			}
			i += 2
		}
	case yaml.SequenceNode:
		if v.Kind() != Array || v.Len() != len(n.Content) {
			return at + "not that list"
		}
		i := 0
		for e := range v.Elements() {
			if d := differ(e, n.Content[i]); d != "" {
				return d
			}
			i++
		}
	case yaml.ScalarNode:
		if v.Text() != n.Value || v.Shared() != n.Value {
			return fmt.Sprintf("%stext %q, want %q", at, v.Text(), n.Value)
		}
		if want := kindOf(n); v.Kind() != want && n.ShortTag() != "!!timestamp" && !old(n) {
			return fmt.Sprintf("%s%q is %s, want %s", at, n.Value, v.Kind(), want)
		}
		block := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		if v.Kind() != Null && !block && (line != n.Line || v.ascii() && column != n.Column) {
			return fmt.Sprintf("%sposition, want %d:%d", at, n.Line, n.Column)
		}
	default:
		return at + "an alias"
	}
	if n.Kind != yaml.ScalarNode && (line != n.Line || flow && v.ascii() && column != n.Column) {
		return fmt.Sprintf("%sposition, want line %d", at, n.Line)
	}
	return ""
}

// ascii says whether columns in bytes and in characters are the same.
func (v Value) ascii() bool {
	n := v.doc.nodes[v.at]
	for i := int(n.start) - 1; i >= 0 && v.doc.data[i] != '\n'; i-- {
		if v.doc.data[i] >= 0x80 {
			return false
		}
	}
	return true
}

// old holds for numbers as only YAML 1.1 and that library write them: 0b1,
// 1_000, -0x1; and for those too large for it.
func old(n *yaml.Node) bool {
	return n.Style == 0 && (huge(n.Value) || strings.ContainsAny(n.Value, "_bBoOxX") ||
		strings.HasPrefix(strings.TrimLeft(n.Value, "+-"), "0"))
}

// huge holds for what an exponent may make larger than any float.
func huge(s string) bool { return len(s) > 0 && s[0] <= '9' && strings.ContainsAny(s, "eE") }

func kindOf(n *yaml.Node) Kind {
	switch n.ShortTag() {
	case "!!null":
		return Null
	case "!!bool":
		if strings.EqualFold(n.Value, "true") {
			return True
		}
		return False
	case "!!int", "!!float":
		return Number
	}
	return String
}

// FuzzParse: no panic; what we read, the YAML library reads the same way; the
// same input gives the same answer.
func FuzzParseYAML(f *testing.F) {
	for _, text := range good {
		f.Add([]byte(text))
	}
	for text := range bad {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParseYAML(text)
		_, again := ParseYAML(text)
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("%v, then %v", err, again)
		}
		if err != nil {
			return
		}
		var n yaml.Node
		if err := yaml.Unmarshal(text, &n); err != nil {
			if strings.Contains(err.Error(), "exceeded") || bytes.ContainsAny(text, "?") {
				return // limits of that library's own; it takes a ? in a collection for a key's mark
			}
			t.Fatalf("accepted, but: %v", err)
		}
		if d := differ(v, n.Content[0]); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkParseYAML(b *testing.B) {
	for name, text := range lockfiles(b) {
		if len(text) < 100_000 {
			continue
		}
		b.Run(filepath.Base(filepath.Dir(name)), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseYAML(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
