package npm

import (
	"slices"
	"testing"
)

func TestPacks(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`: nil,
		`{"files":["dist","./lib/","/esm/**/*.js","*.d.ts","!dist/x","../up",7],"main":"./dist/index.js"}`: {
			"dist", "lib", "esm", ".", "dist/index.js"},
		`{"exports":{".":{"import":"./a.mjs","require":["./b.cjs",null]},"./x/*":"./lib/x/*.js"},` +
			`"bin":{"a":"bin/a"},"types":"t.d.ts","browser":{"x":false}}`: {
			"a.mjs", "b.cjs", "lib/x", "bin/a", "t.d.ts"},
		`{"bin":"cli.js","module":"","main":"."}`: {"cli.js"},
	} {
		m, err := ParseManifest([]byte(text), "package.json")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Packs(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, expected %q", text, got, want)
		}
	}
}
