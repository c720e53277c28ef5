package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"testing"
)

// simpleBase64Run does what base64Finder does, byte by byte.
func simpleBase64Run(text []byte, from int) (start, end int) {
	for start = from; start < len(text); start = end + 1 {
		for end = start; end < len(text) && base64Byte[text[end]] == 1; {
			end++
		}
		if end-start >= minBase64 {
			return start, end
		}
	}
	return len(text), len(text)
}

// TestBase64Finder compares the finder with the simple way, on texts with runs of
// every length. Now and then it goes on behind the end of a run.
func TestBase64Finder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 20_000 {
		var text []byte
		for range r.IntN(6) {
			for range r.IntN(40) * (1 + r.IntN(8)/7*5) {
				text = append(text, "aZ09_+/-"[r.IntN(8)])
			}
			for range r.IntN(3) {
				text = append(text, " \",.=\x00\xff:@[`{"[r.IntN(12)])
			}
		}
		at := r.IntN(len(text) + 1)
		f := newBase64Finder(text, at)
		for {
			start, end := f.next()
			if s, e := simpleBase64Run(text, at); start != s || end != e {
				t.Fatalf("%q from %d: %d to %d, want %d to %d", text, at, start, end, s, e)
			}
			if start == end {
				break
			}
			found++
			if at = end; r.IntN(4) == 0 {
				at += r.IntN(len(text) + 1 - at)
				f.seek(at)
			}
		}
	}
	if found < 10_000 {
		t.Errorf("only %d runs: the texts are no good", found)
	}
}

// TestBase64Bits looks at every byte in every place of a word.
func TestBase64Bits(t *testing.T) {
	for b := range 256 {
		for at := range 64 {
			text := bytes.Repeat([]byte{' '}, 64)
			text[at] = byte(b)
			if got, want := base64Bits(base64Pairs(), text), uint64(base64Byte[b])<<at; got != want {
				t.Fatalf("%#x at %d: %x, want %x", b, at, got, want)
			}
			for k := range text {
				text[k] = 'a' + byte(k%26)
			}
			text[at] = byte(b)
			if got, want := base64Bits(base64Pairs(), text), ^(uint64(1-base64Byte[b]) << at); got != want {
				t.Fatalf("%#x at %d among letters: %x, want %x", b, at, got, want)
			}
		}
	}
}

// TestMayBeginText makes sure that the quick check turns down only what the whole
// check turns down: what is no UTF-8, and without a zero byte or a byte order mark
// no UTF-16.
func TestMayBeginText(t *testing.T) {
	refused := 0
	for v := range 1 << 24 {
		six := [6]byte{byte(v >> 16), byte(v >> 8), byte(v), 'a', 'b', 'c'}
		a, b := six[0], six[1]
		if mayBeginText(a, b, six[2]) {
			continue
		}
		refused++
		if begins := textByte[a] || a >= 0xc2; a == 0 || a >= 0xfe || begins && b == 0 || len(plainText(six[:])) >= 4 {
			t.Fatalf("%q is turned down", six)
		}
	}
	if refused < 1<<23 {
		t.Errorf("only %d are turned down", refused)
	}
}

// TestMinMatch makes sure that no rule matches less than minMatch bytes. So decoded
// text that is shorter need not be searched.
func TestMinMatch(t *testing.T) {
	for _, r := range mustScanner(t).rules {
		if r.source == "" {
			continue
		}
		re, err := syntax.Parse(r.source, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if n := minMatchLen(re); n < minMatch {
			t.Errorf("%s matches %d bytes", r.id, n)
		}
	}
}

// TestEncodedRuns makes sure that the quick checks of a run turn down only runs
// that are no text when decoded as a whole.
func TestEncodedRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s, parts := mustScanner(t), 0
	for range 20_000 {
		var text []byte
		for range 1 + r.IntN(4) {
			inner := make([]byte, r.IntN(40))
			for i := range inner { // text with a little of everything in it, or nearly none
				if inner[i] = byte(' ' + r.IntN(95)); r.IntN(60) == 0 {
					inner[i] = byte(r.IntN(256))
				}
			}
			switch r.IntN(4) {
			case 0:
				text = append(text, hex.EncodeToString(inner)...)
			case 1:
				text = append(text, inner...)
			default:
				text = append(text, base64.RawURLEncoding.EncodeToString(inner)...)
			}
			text = append(text, " \",.("[r.IntN(5)])
		}
		f := s.File("package/a.js")
		f.buf = text
		found := f.encodedRuns(nil, 0, len(text), true)
		parts += len(found)
		for at := 0; ; {
			start, end := simpleBase64Run(text, at)
			if at = end; start == end {
				break
			}
			how, want := "hex", hexText(text[start:end])
			if want == nil {
				how, want = "base64", plainText(decodeBase64(text[start:end]))
			}
			if len(want) < minMatch || formOf(want) != byteForm {
				continue
			}
			if !slices.ContainsFunc(found, func(p part) bool {
				return p.from == start && p.encoding == how && bytes.Equal(p.text, want)
			}) {
				t.Fatalf("%q: %q in %s was not found", text, want, how)
			}
		}
	}
	if parts < 5000 {
		t.Errorf("only %d parts: the texts are no good", parts)
	}
}
