package jsonout

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/publishgate/publishgate/internal/say"
)

// All that a Writer can write, as encoding/json writes the same.
func TestAsEncodingJSON(t *testing.T) {
	type inner struct {
		Yes  bool  `json:"yes"`
		N    int64 `json:"n"`
		None *int  `json:"none"`
	}
	doc := struct {
		Text  string     `json:"text"`
		Plain string     `json:"plain"`
		None  []string   `json:"none"`
		Some  []string   `json:"some"`
		Lists [][]string `json:"lists"`
		Empty struct{}   `json:"empty"`
		Inner inner      `json:"inner"`
	}{"a::b\n<&>\u202e", "plain", []string{}, []string{"x", "\xff"}, [][]string{{}, {"y"}}, struct{}{}, inner{true, -1 << 63, nil}}
	var want bytes.Buffer
	j := json.NewEncoder(&want)
	j.SetEscapeHTML(false)
	j.SetIndent("", "  ")
	if err := j.Encode(doc); err != nil {
		t.Fatal(err)
	}

	var w Writer
	w.Open('{')
	w.Text("text", doc.Text)
	w.Some("left-out", "")
	w.Plain("plain", doc.Plain)
	w.Key("none")
	w.Strings(nil)
	w.Key("some")
	w.Strings(doc.Some)
	w.List("lists")
	for _, list := range doc.Lists {
		w.Item()
		w.Strings(list)
	}
	w.Close(']')
	w.Object("empty")
	w.Close('}')
	w.Object("inner")
	w.Bool("yes", doc.Inner.Yes)
	w.Int("n", doc.Inner.N)
	w.Null("none")
	w.Close('}')
	w.Close('}')
	if got := string(w.Out) + "\n"; got != string(say.JSON(want.Bytes())) {
		t.Errorf("got %s, encoding/json has %s", got, say.JSON(want.Bytes()))
	}
}

// Written in pieces or at once, the document is the same.
func TestFlush(t *testing.T) {
	var whole, pieces Writer
	var got bytes.Buffer
	for _, w := range []*Writer{&whole, &pieces} {
		w.Open('[')
		for i := range 20_000 {
			w.Item()
			w.Open('{')
			w.Int("n", int64(i))
			w.Close('}')
			if w == &pieces {
				if err := w.Flush(&got); err != nil || len(w.Out) > piece {
					t.Fatal(len(w.Out), err)
				}
			}
		}
		w.Close(']')
	}
	if got.Len() < piece || string(append(got.Bytes(), pieces.Out...)) != string(whole.Out) {
		t.Errorf("%d bytes of %d were written, and the pieces are not the whole", got.Len(), len(whole.Out))
	}
	if err := whole.Flush(failing{}); err == nil {
		t.Error("an error is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

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
		var e Writer
		e.Quote(s)
		if inert := say.JSON(bytes.TrimSuffix(want.Bytes(), []byte("\n"))); !bytes.Equal(e.Out, inert) {
			t.Errorf("%q: got %s, say.JSON has %s", s, e.Out, inert)
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
			if got := IsPlain(string(text)); got != want {
				t.Fatalf("IsPlain(%q) = %v, want %v", text, got, want)
			}
		}
	}
}
