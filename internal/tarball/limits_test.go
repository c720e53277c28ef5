package tarball

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// pack compresses what write writes. It is fast, because that is a lot.
func pack(t *testing.T, write func(w io.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func fill(w io.Writer, n int) {
	chunk := make([]byte, 1<<20)
	for ; n > 0; n -= len(chunk) {
		w.Write(chunk[:min(n, len(chunk))])
	}
}

// TestBombs makes sure that archives that unpack to too much are refused without
// using that much memory.
func TestBombs(t *testing.T) {
	huge := func(size string) spec { return spec{name: "package/a", size: size, noPad: true} }
	for _, c := range []struct {
		name string
		rule string
		data []byte
	}{
		{"2 GiB of zeros in one file", RuleLimit, pack(t, func(w io.Writer) {
			w.Write(join(good, entry(huge("20000000000\x00"))))
			fill(w, 128<<20) // reading stops at the header; the rest would only cost the test time
			w.Write(mark)
		})},
		{"300 MiB of zeros in one file", RuleLimit, pack(t, func(w io.Writer) {
			w.Write(join(good, entry(huge(fmt.Sprintf("%011o\x00", 300<<20)))))
			fill(w, 300<<20)
			w.Write(mark)
		})},
		{"zeros behind the end", RuleLimit, pack(t, func(w io.Writer) {
			w.Write(join(good, mark))
			fill(w, 128<<20)
		})},
		{"300,000 empty files", RuleLimit, pack(t, func(w io.Writer) {
			w.Write(good)
			for i := range 300_000 {
				w.Write(file(fmt.Sprintf("package/f%d", i), ""))
			}
			w.Write(mark)
		})},
		{"10 MiB extended header", RuleLimit, pack(t, func(w io.Writer) {
			w.Write(join(good, extended(record("path", strings.Repeat("p", 10<<20))), file("package/a", ""), mark))
		})},
		{"sparse file of 1 TiB", RulePax, compress(join(good,
			extended(record("GNU.sparse.major", "1")+record("GNU.sparse.minor", "0")+record("GNU.sparse.realsize", "1099511627776")),
			file("package/a", "0\n"), mark))},
		{"8 GiB by the header, nothing behind", RuleLimit, compress(join(good, entry(huge("77777777777\x00"))))},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := Read(c.data, "p.tgz", Options{})
			if err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if !slices.Contains(rulesOf(got), c.rule) {
				t.Errorf("violations %v, want %s", got.Violations, c.rule)
			}
			if mem := after.TotalAlloc - before.TotalAlloc; mem > 64<<20 {
				t.Errorf("allocated %d MiB in all", mem>>20)
			}
			t.Logf("%d bytes, %d KiB", len(c.data), (after.TotalAlloc-before.TotalAlloc)>>10)
		})
	}
}

// TestBombsStopEarly makes sure that reading stops at the limit. The compressed
// data is cut off right behind it, so a reader that goes on would report corrupt
// data too.
func TestBombsStopEarly(t *testing.T) {
	huge := func(size string) []byte { return entry(spec{name: "package/a", size: size, noPad: true}) }
	for _, c := range []struct {
		name  string
		rule  string
		write func(w io.Writer)
	}{
		{"2 GiB by the header", RuleLimit, func(w io.Writer) { w.Write(huge("20000000000\x00")) }},
		{"8 GiB by the header", RuleLimit, func(w io.Writer) { w.Write(huge("77777777777\x00")) }},
		{"sizes that add up", RuleLimit, func(w io.Writer) {
			w.Write(file("package/b", "x"))
			w.Write(huge(fmt.Sprintf("%011o\x00", MaxUnpacked-1)))
		}},
		{"one entry too many", RuleLimit, func(w io.Writer) {
			for i := range MaxEntries {
				w.Write(file(fmt.Sprintf("package/f%d", i), ""))
			}
		}},
		{"10 MiB extended header", RuleLimit, func(w io.Writer) {
			w.Write(entry(spec{name: "PaxHeader/a", kind: 'x', size: fmt.Sprintf("%011o\x00", 10<<20), noPad: true}))
		}},
		{"extended header of 8 GiB", RuleLimit, func(w io.Writer) {
			w.Write(entry(spec{name: "PaxHeader/a", kind: 'x', size: "77777777777\x00", noPad: true}))
		}},
		{"zeros in a file", RuleLimit, func(w io.Writer) {
			w.Write(huge(fmt.Sprintf("%011o\x00", 300<<20)))
			fill(w, ratioFrom+1<<20)
		}},
		{"zeros behind the end", RuleLimit, func(w io.Writer) {
			w.Write(mark)
			fill(w, ratioFrom+1<<20)
		}},
		{"sparse file", RulePax, func(w io.Writer) {
			w.Write(extended(record("GNU.sparse.major", "1") + record("GNU.sparse.realsize", "1099511627776")))
		}},
		{"unknown type of 8 GiB", RuleType, func(w io.Writer) {
			w.Write(entry(spec{name: "package/a", kind: 'S', size: "77777777777\x00", noPad: true}))
		}},
	} {
		data := cutBehind(t, func(w io.Writer) { w.Write(good); c.write(w) })
		got, err := Read(data, "p.tgz", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !refusedBy(got, c.rule) {
			t.Errorf("%s: violations %q, want %q and no other", c.name, got.Violations, c.rule)
		}
	}
	got, err := Read(cutBehind(t, func(w io.Writer) { w.Write(good) }), "p.tgz", Options{})
	if err != nil || !refusedBy(got, RuleGzip) {
		t.Errorf("reading on is not seen: %q %v", got.Violations, err)
	}
}

// cutBehind compresses what write writes and leaves out the end.
func cutBehind(t *testing.T, write func(w io.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	write(z)
	if err := z.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestLimitsAtTheEdge makes sure that a value at a limit passes and one more does
// not.
func TestLimitsAtTheEdge(t *testing.T) {
	with := func(path string) []byte {
		return compress(join(good, extended(record("path", path)), file("package/x", ""), mark))
	}
	entries := func(n int) []byte {
		return pack(t, func(w io.Writer) {
			w.Write(good)
			for i := range n - 1 {
				w.Write(file(fmt.Sprintf("package/%d", i), ""))
			}
			w.Write(mark)
		})
	}
	manifest := func(n int) []byte {
		body := `{"name":"victim","version":"1.0.0","x":"`
		return compress(join(file("package/package.json", body+strings.Repeat("ab", (n-len(body)-2)/2)+`"}`), mark))
	}
	path := func(n int) string { // n bytes in parts of at most 255
		s := "package" + strings.Repeat("/"+strings.Repeat("p", 199), (n-7)/200)
		return s + "/" + strings.Repeat("q", n-len(s)-1)
	}
	for _, c := range []struct {
		name string
		data []byte
		rule string
	}{
		{"part", with("package/" + strings.Repeat("n", MaxComponent)), ""},
		{"part + 1", with("package/" + strings.Repeat("n", MaxComponent+1)), RuleLimit},
		{"depth", with("package" + strings.Repeat("/d", MaxDepth-1)), ""},
		{"depth + 1", with("package" + strings.Repeat("/d", MaxDepth)), RuleLimit},
		{"path", with(path(MaxPath)), ""},
		{"path + 1", with(path(MaxPath + 1)), RuleLimit},
		{"entries", entries(MaxEntries), ""},
		{"entries + 1", entries(MaxEntries + 1), RuleLimit},
		{"manifest", manifest(MaxManifest), ""},
		{"manifest + 2", manifest(MaxManifest + 2), RuleManifest},
	} {
		got, err := Read(c.data, "p.tgz", Options{NoSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		rules := rulesOf(got)
		if c.rule == "" && len(rules) > 0 || c.rule != "" && !slices.Contains(rules, c.rule) {
			t.Errorf("%s: violations %v, want %q", c.name, got.Violations, c.rule)
		}
	}
}

// TestFewViolations makes sure that a hostile archive cannot fill the report.
func TestFewViolations(t *testing.T) {
	var pieces []piece
	for i := range 1000 {
		pieces = append(pieces, entry(spec{name: fmt.Sprintf("package/%d", i), kind: '2', link: "x"}))
	}
	got, err := Read(compress(join(append(pieces, mark)...)), "p.tgz", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Violations) != MaxViolations {
		t.Errorf("%d violations", len(got.Violations))
	}
}
