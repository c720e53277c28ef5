package sbom

import (
	"bytes"
	"encoding/json"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// byLibrary is the document as the library writes it.
func byLibrary(t testing.TB, bom *cdx.BOM) []byte {
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetEscapeHTML(false).SetPretty(true).Encode(bom); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sameAsLibrary(t *testing.T, name string, in Input) {
	for _, v := range Versions {
		version, err := parseVersion(v)
		if err != nil {
			t.Fatal(err)
		}
		b := builder{in: in, version: version}
		bom := b.bom()
		got, err := encode(bom)
		if err != nil {
			t.Fatal(err)
		}
		if want := byLibrary(t, bom); !bytes.Equal(got, want) {
			at := 0
			for at < len(got) && at < len(want) && got[at] == want[at] {
				at++
			}
			t.Fatalf("%s as %s differs at byte %d:\n%s\nthe library has\n%s", name, v, at, got[max(0, at-200):min(len(got), at+100)], want[max(0, at-200):min(len(want), at+100)])
		}
	}
}

func TestEncodeAsLibrary(t *testing.T) {
	sameAsLibrary(t, "example", example())
	sameAsLibrary(t, "big", big(100))
	bare := example()
	bare.Graph.Root.Deps = nil
	sameAsLibrary(t, "bare", bare)
}

func TestEncodeAsLibraryReal(t *testing.T) {
	for name, in := range graphs(t) {
		sameAsLibrary(t, name, in)
	}
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", "\x00\x1f\x7f", "\"\\/", "\n\r\t\b\f", "\u2028\u2029", "\xff\xc3", "\u202eü\U0001F600", "<&>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		j := json.NewEncoder(&want)
		j.SetEscapeHTML(false)
		if err := j.Encode(s); err != nil {
			t.Fatal(err)
		}
		var e encoder
		e.string(s)
		if got := string(e.b) + "\n"; got != want.String() {
			t.Errorf("%q: got %s, encoding/json has %s", s, got, want.String())
		}
	})
}

// What encoding by hand is for.
func BenchmarkEncode(b *testing.B) {
	bld := builder{in: big(2530), version: cdx.SpecVersion1_6}
	bom := bld.bom()
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			byLibrary(b, bom)
		}
	})
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode(bom); err != nil {
				b.Fatal(err)
			}
		}
	})
}
