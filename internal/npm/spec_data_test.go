package npm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	packageurl "github.com/package-url/packageurl-go"
)

// dataFile reads a file of the public test data into v, or skips.
func dataFile(t testing.TB, v any, elem ...string) {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	text, err := os.ReadFile(filepath.Join(append([]string{dir}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// A call is a recorded call of one of npm's own libraries.
type call struct {
	Fn, Platform string
	Args         []any
	Result       any
	Throws       any
}

func TestValidNameAgainstNpm(t *testing.T) {
	var calls []call
	dataFile(t, &calls, "specs", "validate-npm-package-name.json")
	judged := 0
	for _, c := range calls {
		name, ok := c.Args[0].(string)
		if !ok || c.Fn != "main" {
			continue
		}
		judged++
		result, _ := c.Result.(map[string]any)
		if got, want := ValidName(name) == nil, result["validForNewPackages"] == true; got != want {
			t.Errorf("%q: valid %v, npm says %v (%v)", name, got, want, c.Result)
		}
	}
	if judged < 30 {
		t.Errorf("only %d names judged", judged)
	}
}

func TestValidName(t *testing.T) {
	for _, bad := range []string{"", "UPPER", " sp", "sp ", ".x", "_x", "-x", "a%2fb", "__proto__", "аpp", "a b", "a/b",
		"@/a", "@s/", "@s", "@S/a", "@s/.a", "a\nb", "http", "node_modules", strings.Repeat("a", 215)} {
		if ValidName(bad) == nil {
			t.Errorf("%q passes", bad)
		}
	}
	for _, good := range []string{"a", "@s/a", "a.b", "a-b_c", "0", "@s/-a", "@s/http", strings.Repeat("a", 214)} {
		if err := ValidName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestParseSpecAgainstNpm(t *testing.T) {
	var calls []call
	dataFile(t, &calls, "specs", "npm-package-arg.json")
	kinds := map[string]SpecKind{
		"range": SpecRegistry, "version": SpecRegistry, "tag": SpecRegistry, "alias": SpecAlias,
		"git": SpecGit, "remote": SpecURL, "file": SpecFile, "directory": SpecDirectory,
	}
	judged := 0
	for _, c := range calls {
		result, _ := c.Result.(map[string]any)
		typ, _ := result["type"].(string)
		raw, _ := result["rawSpec"].(string)
		if c.Platform != "linux" || typ == "" || raw == "" {
			continue
		}
		judged++
		got := ParseSpec(raw)
		if got.Kind != kinds[typ] {
			t.Errorf("%q: kind %d, npm says %s", raw, got.Kind, typ)
		}
		if typ == "range" || typ == "version" {
			if want := result["fetchSpec"]; strings.TrimSpace(got.Range) != want {
				t.Errorf("%q: range %q, npm says %q", raw, got.Range, want)
			}
		}
		if rng, ok := result["gitRange"].(string); ok && got.Range != rng && !strings.Contains(raw, "%") {
			t.Errorf("%q: git range %q, npm says %q", raw, got.Range, rng)
		}
	}
	if judged < 50 {
		t.Errorf("only %d specs judged", judged)
	}
}

func TestPURLSuite(t *testing.T) {
	var suite struct {
		Tests []struct {
			Type    string `json:"test_type"`
			Input   any
			Want    any  `json:"expected_output"`
			Failure bool `json:"expected_failure"`
		}
	}
	dataFile(t, &suite, "purl", "npm-test.json")
	parts := func(v any) (name, version string, plain bool) {
		m := v.(map[string]any)
		name, _ = m["name"].(string)
		version, _ = m["version"].(string)
		if ns, _ := m["namespace"].(string); ns != "" {
			name = ns + "/" + name
		}
		return name, version, m["qualifiers"] == nil && m["subpath"] == nil
	}
	judged := 0
	for _, c := range suite.Tests {
		switch c.Type {
		case "parse":
			name, version, err := ParsePURL(c.Input.(string))
			if (err != nil) != c.Failure {
				t.Errorf("parse %v: %v", c.Input, err)
			} else if err == nil {
				if n, v, _ := parts(c.Want); name != n || version != v {
					t.Errorf("parse %v: %s %s", c.Input, name, version)
				}
			}
		case "build":
			name, version, plain := parts(c.Input)
			if !plain || c.Failure {
				continue
			}
			if got := PURLOf(name, version); got != c.Want {
				t.Errorf("build %v: %s, want %v", c.Input, got, c.Want)
			}
		default:
			name, version, err := ParsePURL(c.Input.(string))
			if (err != nil) != c.Failure {
				t.Errorf("%s %v: %v", c.Type, c.Input, err)
			} else if got := PURLOf(name, version); err == nil && got != c.Want && !strings.ContainsAny(c.Want.(string), "?#") {
				t.Errorf("round trip %v: %s, want %v", c.Input, got, c.Want)
			}
		}
		judged++
	}
	if judged < 5 {
		t.Errorf("only %d of %d purl tests judged", judged, len(suite.Tests))
	}
}

// slowPURL is the library's answer.
func slowPURL(name, version string) string {
	namespace, bare := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		namespace, bare = name[:i], name[i+1:]
	}
	return packageurl.NewPackageURL(packageurl.TypeNPM, namespace, bare, version, nil, "").ToString()
}

func FuzzPURL(f *testing.F) {
	for _, name := range []string{"a", "@s/a", "JSONStream", "@s/a.b_c-d", "a~b", "@", "@s", "@s/", "@/a", "a/b", "a b", "@s/a/b", "é", ""} {
		f.Add(name, "1.2.3-rc.1+build.5")
		f.Add(name, "")
	}
	f.Fuzz(func(t *testing.T, name, version string) {
		if got, want := PURLOf(name, version), slowPURL(name, version); got != want {
			t.Errorf("%q %q: %s, the library says %s", name, version, got, want)
		}
	})
}

func TestPURL(t *testing.T) {
	for _, c := range []struct {
		p    Package
		want string
	}{
		{Package{Name: "@s/a", Version: "1.0.0", Source: SourceRegistry}, "pkg:npm/%40s/a@1.0.0"},
		{Package{Name: "a", Version: "1.0.0+b", Source: SourceRegistry, Resolved: PublicRegistry + "a/-/a-1.0.0.tgz"}, "pkg:npm/a@1.0.0%2Bb"},
		{Package{Name: "@s/a", Version: "1.0.0", Source: SourceRegistry,
			Resolved: "https://npm.example.com/r/@s/a/-/a-1.0.0.tgz"}, "pkg:npm/%40s/a@1.0.0?repository_url=https:%2F%2Fnpm.example.com%2Fr"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+ssh://git@example.com/o/a.git#c0ffee"},
			"pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40example.com%2Fo%2Fa.git%23c0ffee"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceURL, Resolved: "https://example.com/a.tgz"},
			"pkg:npm/a@1.0.0?download_url=https:%2F%2Fexample.com%2Fa.tgz"},
		{Package{Name: "a", Source: SourceLocal}, "pkg:npm/a"},
	} {
		if got := PURL(&c.p); got != c.want {
			t.Errorf("%+v: %s, want %s", c.p.Name, got, c.want)
		}
	}
	for _, bad := range []string{"", "lodash", "pkg:pypi/x@1", "pkg:npm/", "pkg:npm"} {
		if name, _, err := ParsePURL(bad); err == nil {
			t.Errorf("%q reads as %q", bad, name)
		}
	}
}

func BenchmarkPURL(b *testing.B) {
	p := &Package{Name: "@scope/name", Version: "1.2.3", Source: SourceRegistry, Resolved: PublicRegistry + "@scope/name/-/name-1.2.3.tgz"}
	b.ReportAllocs()
	for b.Loop() {
		PURL(p)
	}
}
