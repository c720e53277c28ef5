package tarball

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// TestWriter writes what the profile accepts: long and non-ASCII names, empty
// files, more than one chunk.
func TestWriter(t *testing.T) {
	noise := make([]byte, 3*deflateChunk+17)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(noise)
	files := map[string]string{
		"package/package.json": `{"name":"a","version":"1.0.0"}`,
		"package/empty":        "",
		"package/noise":        string(noise),
		"package/text":         strings.Repeat("a line of text\n", 200_000),
		"package/" + strings.Repeat("long/", 30) + "name":  "1",
		"package/" + strings.Repeat("x", 200):              "2",
		"package/ünïcode/" + strings.Repeat("é", 80):       "3",
		"package/" + strings.Repeat("y", 146) + "/" + "zz": "4",
	}
	var first []byte
	for _, cores := range []int{1, 2, 4} {
		before := runtime.GOMAXPROCS(cores)
		w := NewWriter()
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if err := w.File(name, 0o644, int64(len(files[name])), strings.NewReader(files[name])); err != nil {
				t.Fatal(err)
			}
		}
		data, err := w.Close()
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(data, first) {
			t.Errorf("with %d cores the bytes are others", cores)
		}
	}
	got, err := Read(first, "a.tgz", Options{NoSecrets: true})
	if err != nil || len(got.Violations) > 0 {
		t.Fatalf("%v, %v", err, got.Violations)
	}
	if len(got.Entries) != len(files) {
		t.Errorf("%d entries of %d", len(got.Entries), len(files))
	}
	for _, e := range got.Entries {
		if content, ok := files[e.Path]; !ok || e.Size != int64(len(content)) || e.Mode != 0o644 {
			t.Errorf("%+v", e)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for _, c := range []struct {
		name, content string
		size          int64
		want          error
	}{
		{"shorter than said", "abc", 4, ErrChanged},
		{"longer than said", "abc", 2, ErrChanged},
		{"empty, but not", "a", 0, ErrChanged},
	} {
		w := NewWriter()
		if err := w.File("package/a", 0o644, c.size, strings.NewReader(c.content)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := w.Close(); !errors.Is(err, c.want) {
			t.Errorf("%s: the archive is made all the same: %v", c.name, err)
		}
	}
	w := NewWriter()
	if err := w.File("package/a", 0o644, MaxUnpacked+1, strings.NewReader("")); err == nil {
		t.Error("a file beyond the limit is accepted")
	}
	w.Abort()
}

// TestWriterLimit packs more than a tarball may contain.
func TestWriterLimit(t *testing.T) {
	race.Leave(t, "TestWriter")
	if testing.Short() {
		t.Skip("-short: writes a gigabyte")
	}
	w := NewWriter()
	for range 2 {
		if err := w.File("package/zeros", 0o644, MaxUnpacked/2+1, zeroReader(MaxUnpacked/2+1)); err != nil {
			w.Abort()
			return
		}
	}
	t.Error("more than MaxUnpacked is accepted")
}

// zeroReader returns a reader of n zeros.
func zeroReader(n int64) *zeroes { return &zeroes{n} }

type zeroes struct{ left int64 }

func (z *zeroes) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	if z.left -= int64(n); n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
