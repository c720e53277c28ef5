package registry

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// Faults lists the ways to fail beside those of package spoil, by name; "put-"
// in front of any meets a PUT, "get-" a GET, "post-" the advisories, "whoami-"
// the question whose token it is.
var Faults = []struct{ Name, What string }{
	{"put-503-stored", "stored, then 503"},
	{"put-drop-stored", "stored, then connection reset"},
	{"put-hang-stored", "stored, then no answer"},
	{"put-403-over", "403 cannot publish over, nothing stored by this request"},
	{"put-409", "409 Failed to save packument"},
	{"put-409-stored", "stored, then that"},
	{"put-409-over", "409 already exists, nothing stored by this request"},
	{"put-409-staged", "409 previously staged"},
	{"put-200-html", "stored, answered with a page"},
	{"put-201-error", "not stored, 201 with an error in the body"},
	{"put-echo", "500 with the request's Authorization in the body"},
	{"put-other-tag", "stored under another dist-tag"},
	{"put-tag=VERSION", "stored, and every dist-tag is on VERSION"},
	{"get-other-integrity", "the right answer with another integrity"},
	{"get-no-integrity", "the right answer without an integrity, as GitLab has it"},
	{"get-no-digest", "the right answer with neither integrity nor shasum"},
	{"get-tarballs=URL", "the right answer, the tarballs at URL"},
}

// fault is one armed fault.
type fault struct {
	name, value string
	method      string
	server      *Server
	skip, left  int // left < 0: always
}

// Fail arms a fault for the next times requests of its method after skip of
// them; times 0: for all. "lag" makes the next times reads of any version see
// nothing, 404.
func (s *Server) Fail(name string, skip, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "lag" {
		s.lag = times
		return
	}
	name, value, _ := strings.Cut(name, "=")
	known := slices.ContainsFunc(Faults, func(f struct{ Name, What string }) bool {
		known, _, _ := strings.Cut(f.Name, "=")
		return known == name
	})
	if _, way, _ := strings.Cut(name, "-"); !known && !spoil.Known(way) {
		panic(fmt.Sprintf("no fault %q", name)) // a mistake in a test
	}
	if times == 0 {
		times = -1
	}
	method, _, _ := strings.Cut(name, "-")
	if method == "whoami" {
		method = "get " + whoamiPath
	}
	s.faults = append(s.faults, &fault{name, value, strings.ToUpper(method), s, skip, times})
}

// Mend disarms every fault.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.lag = nil, 0
}

// take returns the fault that meets the next request of a method for a path, or
// nil.
func (s *Server) take(method, path string) *fault {
	for _, f := range s.faults {
		if f.method != method && f.method != strings.ToUpper(method+" "+path) || f.left == 0 {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		f.left--
		return f
	}
	return nil
}

func (f *fault) serve(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter), done <-chan struct{}) {
	_, how, _ := strings.Cut(f.name, "-")
	if rest, ok := strings.CutSuffix(how, "-stored"); ok {
		answer(httptest.NewRecorder())
		how = rest
	}
	switch how {
	case "403-over":
		spoil.Fail(w, http.StatusForbidden, "You cannot publish over the previously published versions: 1.0.0.")
	case "409":
		spoil.Fail(w, http.StatusConflict, "Failed to save packument. A common cause is if you try to publish a new package "+
			"before the previous package has been fully processed.")
	case "409-over":
		spoil.Fail(w, http.StatusConflict, "this package is already present")
	case "409-staged":
		spoil.Fail(w, http.StatusConflict, "Cannot publish over previously staged version \"1.0.0\".")
	case "tag":
		answer(w)
		f.server.retag(func(tag, _ string) (string, string) { return tag, f.value })
	case "no-integrity":
		f.without(w, answer, `"integrity":"[^"]*",?`)
	case "no-digest":
		f.without(w, answer, `"(integrity|shasum)":"[^"]*",?`)
	case "tarballs":
		rec := httptest.NewRecorder()
		answer(rec)
		w.WriteHeader(rec.Code)
		_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(`"tarball":"`+f.server.URL), []byte(`"tarball":"`+f.value)))
	case "200-html":
		answer(httptest.NewRecorder())
		spoil.Page(w)
	case "201-error":
		spoil.Fail(w, http.StatusCreated, "not really")
	case "other-tag":
		answer(w)
		f.server.retag(func(tag, version string) (string, string) { return "not-" + tag, version })
	case "echo":
		spoil.Fail(w, http.StatusInternalServerError, "refused "+r.Header.Get("Authorization"))
	case "other-integrity":
		rec := httptest.NewRecorder()
		answer(rec)
		w.WriteHeader(rec.Code)
		_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(`"sha512-`), []byte(`"sha512-AAAA`)))
	default:
		spoil.Serve(w, r, how, f.value, answer, done)
	}
}

// without serves the right answer less what a pattern finds in it.
func (f *fault) without(w http.ResponseWriter, answer func(http.ResponseWriter), pattern string) {
	rec := httptest.NewRecorder()
	answer(rec)
	w.WriteHeader(rec.Code)
	_, _ = w.Write(regexp.MustCompile(pattern).ReplaceAll(rec.Body.Bytes(), nil))
}

// retag changes every dist-tag, as somebody else might.
func (s *Server) retag(change func(tag, version string) (string, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.packages {
		old := p.Tags
		p.Tags = map[string]string{}
		for tag, version := range old {
			tag, version = change(tag, version)
			p.Tags[tag] = version
		}
	}
}
