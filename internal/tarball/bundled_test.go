package tarball

import (
	"reflect"
	"strings"
	"testing"
)

func TestBundled(t *testing.T) {
	big := `{"name":"big","version":"9.9.9","x":"` + strings.Repeat("x", MaxManifest) + `"}`
	archive := join(good,
		file("package/node_modules/a/package.json",
			`{"name":"a","version":"1.0.0","license":"MIT","dependencies":{"b":"^2"},`+
				`"optionalDependencies":{"@s/c":"*"},"devDependencies":{"d":"1"},"peerDependencies":{"e":"1"}}`),
		file("package/node_modules/a/esm/package.json", `{"type":"module"}`),
		file("package/node_modules/a/node_modules/b/package.json", `{"version":"2.0.0","licenses":[{"type":"MIT"},{"type":"ISC"}]}`),
		file("package/node_modules/@s/c/package.json", `{"name":"@s/c","version":"3.0.0","licence":"ISC"}`),
		file("package/node_modules/alias/package.json", `{"name":"real","version":"4.0.0"}`),
		file("package/node_modules/broken/package.json", `{"name":`),
		file("package/node_modules/big/package.json", big),
		file("package/dist/node_modules/d/package.json", `{"name":"d","version":"5.0.0","license":""}`),
		file("package/my_node_modules/e/package.json", `{"name":"e","version":"6.0.0"}`),
		file("package/node_modules/package.json", `{"name":"f","version":"7.0.0"}`),
		file("package/node_modules/@s/package.json", `{}`),
		file("package/node_modules/.bin/package.json", `{}`),
		mark)
	got, err := Read(compress(archive), "x.tgz", Options{NoSecrets: true})
	if err != nil || len(got.Violations) > 0 || got.Manifest == nil || got.Manifest.Name != "victim" {
		t.Fatal(err, got.Violations, got.Manifest)
	}
	want := []Bundled{
		{"node_modules/a", "a", "1.0.0", "MIT", []string{"b", "@s/c"}},
		{"node_modules/a/node_modules/b", "b", "2.0.0", "MIT OR ISC", nil},
		{"node_modules/@s/c", "@s/c", "3.0.0", "ISC", nil},
		{"node_modules/alias", "real", "4.0.0", "", nil},
		{"node_modules/broken", "broken", "", "", nil},
		{"node_modules/big", "big", "", "", nil},
		{"dist/node_modules/d", "d", "5.0.0", "", nil},
	}
	if !reflect.DeepEqual(got.Bundled, want) {
		t.Errorf("got\n%q\nwant\n%q", got.Bundled, want)
	}
}
