package registry

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// Faults lists the ways to fail beside those of package spoil, by name. The word
// in front says which requests fail: "put-" those that publish, "get-" those that
// read packages, and the calls of kind; "post-" the advisories, "whoami-" the
// question whose token it is, "tags-" the reading of dist-tags, also one of "get-".
var Faults = []struct{ Name, What string }{
	{"put-503-stored", "stored, then 503"},
	{"put-422-stored", "stored, then 422, as npm's registry answers a deprecation (npm/cli#9795)"},
	{"put-drop-stored", "stored, then connection reset"},
	{"put-hang-stored", "stored, then no answer"},
	{"put-403-over", "403 cannot publish over, nothing stored by this request"},
	{"put-409", "409 Failed to save packument"},
	{"put-409-stored", "stored, then that"},
	{"put-409-over", "409 already exists, nothing stored by this request"},
	{"put-409-staged", "409 previously staged"},
	{"put-says=STATUS TEXT", "that status, and the text as its error"},
	{"put-200-html", "stored, answered with a page"},
	{"put-201-error", "not stored, 201 with an error in the body"},
	{"put-echo", "500 with the request's Authorization in the body"},
	{"put-other-tag", "stored under another dist-tag"},
	{"put-tag=VERSION", "stored, and every dist-tag is on VERSION"},
	{"put-no-provenance", "stored, and its provenance dropped"},
	{"put-restricted", "stored, and the package is restricted"},
	{"get-other-integrity", "the right answer with another integrity"},
	{"get-no-integrity", "the right answer without an integrity, as GitLab has it"},
	{"get-no-digest", "the right answer with neither integrity nor shasum"},
	{"get-tarballs=URL", "the right answer, the tarballs at URL"},
	{"stage-503-stored", "staged, then 503"},
	{"stage-drop-stored", "staged, then connection reset"},
	{"stage-no-id", "staged, answered without its id"},
	{"exchange-line-break", "a token with a line break"},
	{"exchange-other-package", "a token that says to be of another package"},
	{"status-word=WORD", "that word as the status"},
}

// calls are the kinds of request that have a word of their own in front of a
// fault.
var calls = []string{"exchange", "stage", "staged", "status", "visibility", "tag", "tokens", "keys", "downloads", "search", "owned"}

// kind returns which of calls a request is; "" for others.
func kind(method, path string) string {
	rest := strings.TrimPrefix(path, packagePath)
	switch {
	case method == http.MethodPost && strings.HasPrefix(path, exchangePath):
		return "exchange"
	case method == http.MethodPost && strings.HasPrefix(path, stagePath+"/package/"):
		return "stage"
	case path == stagePath || strings.HasPrefix(path, stagePath+"/"):
		return "staged"
	case path == tokensPath:
		return "tokens"
	case path == keysPath:
		return "keys"
	case strings.HasPrefix(path, downloadsPath), strings.HasPrefix(path, versionsPath):
		return "downloads"
	case path == searchPath:
		return "search"
	case owned.MatchString(path):
		return "owned"
	case rest != path && strings.HasSuffix(rest, "/status"):
		return "status"
	case rest != path && strings.HasSuffix(rest, "/visibility"):
		return "visibility"
	case rest != path && method != http.MethodGet && strings.Contains(rest, "/dist-tags/"):
		return "tag"
	}
	return ""
}

// owned is the path of the packages of an organisation or a user.
var owned = regexp.MustCompile(`^/-/(org|user)/([^/:]+)/package$`)

const pending = "Failed to save packument. A common cause is if you try to publish a new package " +
	"before the previous package has been fully processed."

// fault is one armed fault.
type fault struct {
	name, value string
	front       string // what stands in front: "put", "get", …
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
	front, way, _ := strings.Cut(name, "-")
	known := slices.ContainsFunc(Faults, func(f struct{ Name, What string }) bool {
		known, _, _ := strings.Cut(f.Name, "=")
		_, theirs, _ := strings.Cut(known, "-")
		return known == name || front == "stage" && theirs == way && strings.HasPrefix(known, "put-") || theirs == "says" && way == "says"
	})
	if !known && !spoil.Known(way) {
		panic(fmt.Sprintf("no fault %q", name)) // a mistake in a test
	}
	if times == 0 {
		times = -1
	}
	s.faults = append(s.faults, &fault{name, value, front, s, skip, times})
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
		if f.left == 0 || !f.meets(method, path) {
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

// meets reports whether a fault is one of such requests.
func (f *fault) meets(method, path string) bool {
	switch call := kind(method, path); {
	case f.front == "tags":
		return method == http.MethodGet && strings.HasSuffix(path, "/dist-tags")
	case f.front == "whoami":
		return path == whoamiPath
	case slices.Contains(calls, f.front):
		return f.front == call
	default:
		return call == "" && f.front == strings.ToLower(method)
	}
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
		spoil.Fail(w, http.StatusConflict, pending)
	case "says":
		f.say(w)
	case "word":
		f.state(w, r)
	case "no-provenance", "restricted":
		answer(w)
		f.server.spoilLast(how)
	case "no-id":
		answer(httptest.NewRecorder())
		reply(w, http.StatusCreated, map[string]any{"message": "Package version staged successfully."})
	case "line-break", "other-package":
		f.grant(w, how)
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

// say answers with a status and a text.
func (f *fault) say(w http.ResponseWriter) {
	number, text, _ := strings.Cut(f.value, " ")
	status, err := strconv.Atoi(number)
	if err != nil {
		panic(fmt.Sprintf("no status %q", f.value)) // a mistake in a test
	}
	spoil.Fail(w, status, text)
}

// state answers the question where a version stands with a word.
func (f *fault) state(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), packagePath), "/")
	name, _ := url.PathUnescape(parts[0])
	reply(w, http.StatusOK, map[string]any{"packageName": name, "version": parts[2], "status": f.value})
}

// grant answers an exchange with a token that cannot be used.
func (f *fault) grant(w http.ResponseWriter, how string) {
	answer := map[string]any{"token_type": "oidc", "token": "npm_" + strings.Repeat("a", 18) + "\n" + strings.Repeat("b", 18)}
	if how == "other-package" {
		answer["token"], answer["package"] = "npm_"+strings.Repeat("a", 36), "somebody-elses"
	}
	reply(w, http.StatusCreated, answer)
}

// spoilLast changes what every package says of itself, as a registry might.
func (s *Server) spoilLast(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.packages {
		if how == "restricted" {
			p.Access = "restricted"
			continue
		}
		clear(p.attested)
		for _, a := range p.added {
			delete(a.Dist, "attestations")
		}
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
