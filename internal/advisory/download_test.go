package advisory

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

func newFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// A download survives what passes – and starts anew, so that nothing of the
// attempt before is left – and nothing but the right bytes is one.
func TestDownload(t *testing.T) {
	const text = "the right bytes"
	for _, row := range []struct {
		name  string
		serve func(n int, w http.ResponseWriter, r *http.Request)
		tries int
		err   string // "" it succeeds
	}{
		{"at once", func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }, 1, ""},
		{"after a 503", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				w.WriteHeader(503)
			}
			_, _ = io.WriteString(w, text)
		}, 2, ""},
		{"after a body cut short, longer than the next", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, strings.Repeat("x", 500))
				return
			}
			_, _ = io.WriteString(w, text)
		}, 2, ""},
		{"503 for ever", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 4, "503"},
		{"404", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 1, "404"},
		{"other bytes", func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text+"!") }, 1, "SHA-256"},
		{"empty", func(int, http.ResponseWriter, *http.Request) {}, 1, "SHA-256"},
		{"a redirect on the same host", func(n int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/there", http.StatusFound)
				return
			}
			_, _ = io.WriteString(w, text)
		}, 2, ""},
		{"a redirect with credentials", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://user:word@"+r.Host+"/there", http.StatusFound)
		}, 1, "not public https"},
		{"nothing is asked to be packed for the way", func(_ int, w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				w.WriteHeader(http.StatusNotAcceptable)
			}
			_, _ = io.WriteString(w, text)
		}, 1, ""},
		{"a redirect to plain http", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/x", http.StatusFound)
		}, 1, "not public https"},
		{"a redirect to this network", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://169.254.169.254/x", http.StatusFound)
		}, 1, "not public https"},
		{"redirects without end", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/more", http.StatusFound)
		}, 6, "without end"},
	} {
		n := 0
		address := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; row.serve(n, w, r) })
		web, file := testWeb(t, nil), newFile(t)
		err := web.Download(t.Context(), address+"/", sha256.Sum256([]byte(text)), file)
		if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) || n != row.tries {
			t.Errorf("%s: %v after %d requests", row.name, err, n)
		}
		if got, _ := os.ReadFile(file.Name()); err == nil && string(got) != text {
			t.Errorf("%s: got %q", row.name, got)
		}
	}
}

// A disk that is full, or a deadline that is over, is not waited for.
func TestDownloadGivesUp(t *testing.T) {
	n := 0
	address := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; _, _ = io.WriteString(w, "text") })
	w, file := testWeb(t, nil), newFile(t)
	_, err := w.download(t.Context(), w.Client, address, writer(func([]byte) (int, error) {
		return 0, &os.PathError{Op: "write", Path: "f", Err: errors.New("no space")}
	}))
	if _, _, again := web.Again(err); err == nil || again {
		t.Errorf("a write error would be tried again: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if err := w.Download(ctx, address, [32]byte{}, file); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }
