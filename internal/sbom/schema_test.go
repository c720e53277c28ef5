package sbom

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// data is the folder of real data, or a skip that says so.
func data(t testing.TB) string {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the published schemas and real lockfiles are not at hand")
	}
	return dir
}

// schema compiles the published schema of one CycloneDX version.
func schema(t testing.TB, version string) *jsonschema.Schema {
	const base = "http://cyclonedx.org/schema/"
	files, err := filepath.Glob(filepath.Join(data(t), "cyclonedx/schema/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no CycloneDX schemas: %v", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, f := range files {
		doc := load(t, f)
		if err := c.AddResource(base+filepath.Base(f), doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(base + "bom-" + version + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func load(t testing.TB, file string) any {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b)
}

func parse(t testing.TB, b []byte) any {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The schemas must tell good from bad, or what follows shows nothing.
func TestSchemasTell(t *testing.T) {
	for _, v := range Versions {
		s := schema(t, v)
		files, _ := filepath.Glob(filepath.Join(data(t), "cyclonedx", v, "*.json"))
		valid, invalid := 0, 0
		for _, f := range files {
			switch err := s.Validate(load(t, f)); {
			case strings.HasPrefix(filepath.Base(f), "valid"):
				if valid++; err != nil {
					t.Errorf("%s: %v", f, err)
				}
			case err == nil:
				t.Logf("%s is let through", f)
			default:
				invalid++
			}
		}
		if valid < 10 || invalid < 5 {
			t.Errorf("CycloneDX %s: %d valid and %d invalid files told", v, valid, invalid)
		}
	}
}
