package github_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/github"
)

// What is no status is no upload, whoever answers so.
func TestNoStatus(t *testing.T) {
	for body, gets := range map[string]int{
		`{"processing_status":"lost"}`: 1, `{"processing_status":"Complete"}`: 1,
		"": 3, `{}`: 3, "<html>log in</html>": 3, `{"processing_status":7}`: 3, `[]`: 3, `{"processing_status":"compl`: 3,
	} {
		a := newAPI(t, "")
		a.get = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte(body))
			return true
		}
		cfg, clock := a.config()
		r, err := github.UploadSARIF(t.Context(), cfg, upload())
		var not *github.NotUploadedError
		if !errors.As(err, &not) || not.Reason != github.BadAnswer || r.ID != uploadID || r.Status != "" {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
		if _, n := a.seen(); n != gets || clock.slept > 10*time.Second {
			t.Errorf("%s: %d GETs, slept %s", body, n, clock.slept)
		}
	}
}

// A file that is too large is made smaller once, and what is left out is counted.
func TestSmaller(t *testing.T) {
	for _, refused := range []int{0, 1, 2} {
		a := newAPI(t, "")
		a.post = func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n > refused {
				return false
			}
			reply(w, 413, map[string]any{"message": "too large"})
			return true
		}
		cfg, _ := a.config()
		u, limits := upload(), []int{}
		u.Smaller = func(limit int) ([]byte, int, error) {
			limits = append(limits, limit)
			return packed("smaller"), 17, nil
		}
		r, err := github.UploadSARIF(t.Context(), cfg, u)
		posts, _ := a.seen()
		var not *github.NotUploadedError
		switch {
		case refused == 0:
			if err != nil || r.LeftOut != 0 || posts != 1 || len(limits) != 0 || string(a.sarif) != sarifText {
				t.Errorf("accepted at once: %+v, %v, %d POSTs", r, err, posts)
			}
		case refused == 1:
			if err != nil || r.LeftOut != 17 || posts != 2 || string(a.sarif) != "smaller" || r.Status != "complete" {
				t.Errorf("accepted then: %+v, %v, %d POSTs, %q", r, err, posts, a.sarif)
			}
		case !errors.As(err, &not) || not.Reason != github.TooLarge || posts != 2 || !strings.Contains(err.Error(), "17 least severe"):
			t.Errorf("never accepted: %+v, %v, %d POSTs", r, err, posts)
		}
		if refused > 0 && (len(limits) != 1 || limits[0] != len(upload().Packed)/2) {
			t.Errorf("made smaller %v", limits)
		}
	}
	// What is known to be too large is not even sent.
	a := newAPI(t, "")
	cfg, _ := a.config()
	u := upload()
	u.Packed = bytes.Repeat([]byte("x"), 1000)
	u.Smaller = func(int) ([]byte, int, error) { return packed("smaller"), 3, nil }
	r, err := github.UploadWithin(t.Context(), cfg, u, 999)
	if posts, _ := a.seen(); err != nil || r.LeftOut != 3 || posts != 1 {
		t.Errorf("%+v, %v, %d POSTs", r, err, posts)
	}
	u.Smaller = func(int) ([]byte, int, error) { return nil, 0, errors.New("disk full") }
	if _, err := github.UploadWithin(t.Context(), cfg, u, 999); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("%v", err)
	}
}

// A file of many chunks arrives whole, whatever its length.
func TestChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for _, size := range []int{1, 2, 6140, 6144, 6145, 69_999, 70_000} {
		a := newAPI(t, "")
		cfg, _ := a.config()
		u := upload()
		u.Packed = packed(string(noise[:size]))
		if _, err := github.UploadSARIF(t.Context(), cfg, u); err != nil || string(a.sarif) != string(noise[:size]) {
			t.Errorf("%d bytes: %d arrived, %v", size, len(a.sarif), err)
		}
	}
}

// Ten megabytes are in memory once: an upload allocates next to nothing beside
// them.
func TestOneCopy(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"processing_status":"complete"}`))
			return
		}
		if want := r.ContentLength; n != want || n < 13_000_000 {
			t.Errorf("%d bytes arrived, %d were announced", n, want)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"id":"x"}`))
	}))
	defer server.Close()
	cfg, _ := newAPI(t, "").config()
	cfg.BaseURL = server.URL
	u := upload()
	u.Packed = bytes.Repeat([]byte("x"), github.MaxSARIF)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := github.UploadSARIF(t.Context(), cfg, u); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("%d bytes were allocated for an upload of %d", used, len(u.Packed))
	}
}
