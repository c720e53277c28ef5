package strict_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/publishgate/publishgate/internal/strict"
)

// walk reads a document as a stream, goes into the member "in", takes "take" and
// skips the rest.
func walk(r io.Reader) (out string, err error) {
	s := strict.NewStream(r)
	var visit func(key string) error
	visit = func(key string) error {
		out += key + ";"
		switch key {
		case "in":
			return s.Object(visit)
		case "take":
			v, err := s.Value(64)
			out += string(v.Raw()) + ";"
			return err
		case "skip":
			return s.Skip()
		}
		return nil
	}
	if err = s.Object(visit); err == nil {
		err = s.End()
	}
	return out, err
}

func TestStream(t *testing.T) {
	deep := strings.Repeat("[", strict.MaxDepth+1) + strings.Repeat("]", strict.MaxDepth+1)
	for _, test := range []struct{ in, out, err string }{
		{`{}`, "", ""},
		{"\xEF\xBB\xBF { } \n", "", ""},
		{`{"a":1,"in":{"take":{"b":[1,"}"]},"c":"x\"]"},"take":null}`, `a;in;take;{"b":[1,"}"]};c;take;null;`, ""},
		{`{"\u0074ake":"\u0041"}`, `take;\u0041;`, ""},
		{`{"take":{"a":1,"a":2}}`, "", "stands twice"},
		{`{"a":1,"a":2}`, "", "stands twice"},
		{`{"a":1,"\u0061":2}`, "", "stands twice"},
		{`{"skip":[}`, "", "bracket"},
		{`{"a":` + deep + `}`, "", "bracket"},
		{`{"a":{"b":[1}]}`, "", "bracket"},
		{`{"take":"` + strings.Repeat("x", 64) + `"}`, "", "above 64 bytes"},
		{`{"a":` + strings.Repeat("1", 2000) + `}`, "", "above 1024 bytes"},
		{`{"a":maybe}`, "", "expected a value"},
		{`{"a" 1}`, "", "expected :"},
		{`{"a":1 "b":2}`, "", "expected , or }"},
		{`{"a":1,}`, "", "expected a key"},
		{`{"a":}`, "", "expected a value"},
		{`[1]`, "", "expected an object"},
		{`<html>`, "", "expected an object"},
		{``, "", "ends at byte 0"},
		{`{"a":"x`, "", "ends at byte 7"},
		{`{"a":1`, "", "ends at byte 6"},
		{`{} x`, "", "after the document"},
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(test.in), "bytes": iotest.OneByteReader(strings.NewReader(test.in)),
		} {
			out, err := walk(r)
			if test.err == "" && (err != nil || out != test.out) {
				t.Errorf("%s %s: %q, %v", name, test.in, out, err)
			}
			if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("%s %.80s: error %v, expected %q", name, test.in, err, test.err)
			}
		}
	}
	broken := errors.New("broken off")
	if _, err := walk(io.MultiReader(strings.NewReader(`{"a":1`), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("an error of the reader: %v", err)
	}
}

// FuzzStream: what the stream reads to its end and takes whole is what Parse
// reads.
func FuzzStream(f *testing.F) {
	f.Add(`{"a":1,"in":{"take":{"b":[1,"}"]},"c":"x\"]"},"take":null}`)
	f.Add("{\"a\":\"\\u0041\xC3\xA9\"} ")
	f.Fuzz(func(t *testing.T, text string) {
		s := strict.NewStream(strings.NewReader(text))
		got := ""
		err := s.Object(func(key string) error {
			v, err := s.Value(1 << 20)
			got += fmt.Sprintf("%q:%s,", key, v.Raw())
			return err
		})
		if err == nil {
			err = s.End()
		}
		doc, parseErr := strict.Parse([]byte(text))
		if err != nil || parseErr != nil {
			if err == nil && !strings.Contains(parseErr.Error(), "levels") {
				t.Fatalf("the stream accepts what Parse does not: %v", parseErr)
			}
			return
		}
		want := ""
		for k, v := range doc.Members() {
			want += fmt.Sprintf("%q:%s,", k.Text(), v.Raw())
		}
		if got != want {
			t.Fatalf("%s, expected %s", got, want)
		}
	})
}
