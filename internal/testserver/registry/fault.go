package registry

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults lists the ways to fail, by name; "put-" ones meet a PUT, "get-" ones
// a GET, "post-" ones the advisories.
var Faults = []struct{ Name, What string }{
	{"put-503", "503, nothing stored"},
	{"put-503-stored", "stored, then 503"},
	{"put-drop", "connection reset, nothing stored"},
	{"put-drop-stored", "stored, then connection reset"},
	{"put-hang", "no answer, nothing stored"},
	{"put-hang-stored", "stored, then no answer"},
	{"put-401", "401"},
	{"put-403", "403 without a reason"},
	{"put-404", "404"},
	{"put-503-retry=VALUE", "503 with Retry-After: VALUE, nothing stored"},
	{"put-403-over", "403 cannot publish over, nothing stored by this request"},
	{"put-409", "409 Failed to save packument"},
	{"put-422", "422"},
	{"put-429", "429"},
	{"put-307=URL", "redirected to URL"},
	{"put-200-html", "stored, answered with a page"},
	{"put-201-error", "not stored, 201 with an error in the body"},
	{"put-echo", "500 with the request's Authorization in the body"},
	{"put-other-tag", "stored under another dist-tag"},
	{"get-404", "404"},
	{"get-500", "500"},
	{"get-503", "503"},
	{"get-503-retry=VALUE", "503 with Retry-After: VALUE"},
	{"get-401", "401"},
	{"get-html", "200 with a page"},
	{"get-empty", "200 with {}"},
	{"get-null", "200 with null"},
	{"get-truncated", "half of the answer, then the connection ends"},
	{"get-drop", "connection reset"},
	{"get-hang", "no answer"},
	{"get-slow", "one byte a second"},
	{"get-bomb", "a gzip bomb of 1 GiB"},
	{"get-302=URL", "redirected to URL"},
	{"get-other-integrity", "the right answer with another integrity"},
	{"post-500", "500"},
	{"post-empty", "200 with {}"},
	{"post-hang", "no answer"},
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
	if !known {
		panic(fmt.Sprintf("no fault %q", name)) // a mistake in a test
	}
	if times == 0 {
		times = -1
	}
	method, _, _ := strings.Cut(name, "-")
	s.faults = append(s.faults, &fault{name, value, strings.ToUpper(method), s, skip, times})
}

// take returns the fault that meets the next request of a method, or nil.
func (s *Server) take(method string) *fault {
	for _, f := range s.faults {
		if f.method != method || f.left == 0 {
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
	if status, err := strconv.Atoi(how); err == nil && status >= 400 {
		fail(w, status, "told to fail")
		return
	}
	switch how {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		select {
		case <-done:
		case <-r.Context().Done():
		}
	case "403-over":
		fail(w, http.StatusForbidden, "You cannot publish over the previously published versions: 1.0.0.")
	case "307", "302":
		status, _ := strconv.Atoi(how)
		w.Header().Set("Location", f.value)
		w.WriteHeader(status)
	case "503-retry":
		w.Header().Set("Retry-After", f.value)
		fail(w, http.StatusServiceUnavailable, "come back later")
	case "200-html":
		answer(httptest.NewRecorder())
		page(w)
	case "html":
		page(w)
	case "201-error":
		fail(w, http.StatusCreated, "not really")
	case "other-tag":
		answer(w)
		f.server.retag()
	case "echo":
		fail(w, http.StatusInternalServerError, "refused "+r.Header.Get("Authorization"))
	case "empty":
		fmt.Fprint(w, "{}")
	case "null":
		fmt.Fprint(w, "null")
	default:
		f.distort(w, how, answer, done)
	}
}

// retag renames every dist-tag, as somebody else might.
func (s *Server) retag() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.packages {
		for tag, version := range p.Tags {
			delete(p.Tags, tag)
			p.Tags["not-"+tag] = version
		}
	}
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<html><title>Welcome</title>::error::x</html>")
}

// distort serves a right answer, spoilt.
func (f *fault) distort(w http.ResponseWriter, how string, answer func(http.ResponseWriter), done <-chan struct{}) {
	rec := httptest.NewRecorder()
	answer(rec)
	body := rec.Body.Bytes()
	switch how {
	case "truncated":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case "slow":
		for _, b := range body {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-done:
				return
			case <-time.After(time.Second):
			}
		}
	case "bomb":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := bytes.Repeat([]byte{' '}, 1<<20)
		for range 1 << 10 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	case "other-integrity":
		w.WriteHeader(rec.Code)
		_, _ = w.Write(bytes.ReplaceAll(body, []byte(`"sha512-`), []byte(`"sha512-AAAA`)))
	}
}
