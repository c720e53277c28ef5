package sbom

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// byLibrary reads a document with CycloneDX's own library and writes it again:
// a field it does not know, or in another place or form, does not come back.
func byLibrary(t testing.TB, doc []byte) []byte {
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(doc), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetEscapeHTML(false).SetPretty(true).Encode(&bom); err != nil {
		t.Fatal(err)
	}
	return display.JSON(b.Bytes())
}

func sameAsLibrary(t *testing.T, name string, in Input) {
	for _, v := range Versions {
		in.Version = v
		// Reading turns the escape of a byte that is no UTF-8 into the character.
		got := bytes.ReplaceAll(write(t, in), []byte(`\ufffd`), []byte("\ufffd"))
		if want := byLibrary(t, got); !bytes.Equal(got, want) {
			at := 0
			for at < len(got) && at < len(want) && got[at] == want[at] {
				at++
			}
			t.Fatalf("%s as %s differs at byte %d:\n%s\nthe library has\n%s", name, v, at,
				got[max(0, at-200):min(len(got), at+100)], want[max(0, at-200):min(len(want), at+100)])
		}
	}
}

func TestEncodeAsLibrary(t *testing.T) {
	sameAsLibrary(t, "example", example())
	sameAsLibrary(t, "big", big(3*run))
	bare := example()
	bare.Graph.Root.Deps = nil
	sameAsLibrary(t, "bare", bare)
}

func TestEncodeAsLibraryReal(t *testing.T) {
	race.Leave(t, "TestEncodeAsLibrary")
	for name, in := range graphs(t) {
		sameAsLibrary(t, name, in)
	}
}

// Nothing that we fill is left out of a component, and nothing is named or
// placed otherwise than by the library.
func TestNarrow(t *testing.T) {
	ours, theirs := reflect.TypeFor[component](), reflect.TypeFor[cdx.Component]()
	for i := range theirs.NumField() {
		if got, want := ours.Field(i).Tag.Get("json"), theirs.Field(i).Tag.Get("json"); got != want && got != "-" {
			t.Errorf("%s has the tag %q, the library %q", theirs.Field(i).Name, got, want)
		}
	}
	patched := example()
	patched.Graph.Root.Deps[0].To.Patch = "patches/a.patch"
	patched.Graph.Root.Deps[1].To.Author = "Ann"
	bundling := example()
	bundling.Bundled = []Bundled{{Path: "node_modules/x", Name: "x", Version: "1.0.0"}}
	for name, in := range map[string]Input{"example": example(), "patched": patched, "bundling": bundling} {
		for _, in.Version = range Versions {
			b := newBuilder(in)
			r := b.reader()
			for i := range b.nodes {
				c := b.component(r, &b.nodes[i])
				if b.nodes[i].pkg == in.Graph.Root {
					c = b.root(r)
				}
				got, err := json.Marshal(narrow(c))
				want, _ := json.Marshal(c)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, %s: %s, %v, whole: %s", name, in.Version, got, err, want)
				}
			}
		}
	}
}
