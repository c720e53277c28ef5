package sbom

import (
	"bytes"
	"encoding/json"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/say"
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
	return say.JSON(b.Bytes())
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
			t.Fatalf("%s as %s differs at byte %d:\n%s\nthe library has\n%s", name, v, at, got[max(0, at-200):min(len(got), at+100)], want[max(0, at-200):min(len(want), at+100)])
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
		if got := string(appendString(nil, s)) + "\n"; got != want.String() {
			t.Errorf("%q: got %s, encoding/json has %s", s, got, want.String())
		}
		var e encoder
		e.string(s)
		if inert := say.JSON(bytes.TrimSuffix(want.Bytes(), []byte("\n"))); !bytes.Equal(e.b, inert) {
			t.Errorf("%q: got %s, say.JSON has %s", s, e.b, inert)
		}
	})
}

// isPlain looks at eight letters at a time: each letter beside each other one, at
// the border of eight too.
func TestIsPlain(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			text := []byte("abcdefghijk")
			at := 5 + (a+b)%5
			text[at], text[at+1] = byte(a), byte(b)
			fine := func(c int) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }
			want := fine(a) && fine(b) && !(a == b && (a == ':' || a == '#'))
			if got := isPlain(string(text)); got != want {
				t.Fatalf("isPlain(%q) = %v, want %v", text, got, want)
			}
		}
	}
}
