package sbom

import (
	"bytes"
	"os"
	"os/exec"
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

// schemaFiles are the published schemas, by name: those of the data where it is
// here, else those that the library is tested with, which lie beside its code.
func schemaFiles(t testing.TB) map[string]string {
	t.Helper()
	dir := filepath.Join(os.Getenv("PUBLISHGATE_DATA"), "cyclonedx", "schema")
	if os.Getenv("PUBLISHGATE_DATA") == "" {
		dir = filepath.Join(libraryDir(t), "schema")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d CycloneDX schemas in %s: %v", len(files), dir, err)
	}
	named := map[string]string{}
	for _, f := range files {
		named[strings.Replace(filepath.Base(f), ".schemax.", ".schema.", 1)] = f
	}
	return named
}

// libraryDir is where go keeps the source of cyclonedx-go.
func libraryDir(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// schema compiles the published schema of one CycloneDX version.
func schema(t testing.TB, version string) *jsonschema.Schema {
	return compile(t, version, schemaFiles(t))
}

func compile(t testing.TB, version string, files map[string]string) *jsonschema.Schema {
	const base = "http://cyclonedx.org/schema/"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const algorithms = "cryptography-defs.schema.json" // the library has none, and we write nothing that it is about
	if files[algorithms] == "" {
		anything := map[string]any{"type": "string"}
		if err := c.AddResource(base+algorithms,
			map[string]any{"definitions": map[string]any{"algorithmFamiliesEnum": anything, "ellipticCurvesEnum": anything}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range files {
		if err := c.AddResource(base+name, load(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(base + "bom-" + version + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schemas refuse a document of ours in which one thing is wrong.
func TestSchemasRefuse(t *testing.T) {
	for _, v := range Versions {
		s := schema(t, v)
		in := complete()
		in.Version = v
		good := string(write(t, in))
		for _, c := range []struct{ from, to string }{
			{`"bomFormat": "CycloneDX"`, `"bomFormat": "Cyclone"`},
			{`"type": "library"`, `"type": "lib"`},
			{`"alg": "SHA-256"`, `"alg": "SHA256"`},
			{`"name": "react"`, `"called": "react"`},
			{`"state": "not_affected"`, `"state": "fine"`},
			{`"id": "MIT"`, `"id": "MIT-License"`},
		} {
			bad := strings.Replace(good, c.from, c.to, 1)
			if bad == good {
				t.Errorf("CycloneDX %s: no %s in the document", v, c.from)
			} else if s.Validate(parse(t, []byte(bad))) == nil {
				t.Errorf("CycloneDX %s: %s is let through", v, c.to)
			}
		}
	}
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
