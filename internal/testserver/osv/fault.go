package osv

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// Faults lists the ways to fail beside those of package spoil; "details-" in
// front of one of those fails the details in place of the queries, "page-" the
// queries for any page but the first.
var Faults = []struct{ Name, What string }{
	{"short", "a result too few"},
	{"long", "a result too many"},
	{"reversed", "the results in reverse order"},
	{"swapped", "the results in reverse order, but for the first"},
	{"endless", "every page names another"},
	{"token=JSON", "more pages, named by a token that is JSON"},
	{"result=JSON", "the last result is JSON"},
	{"no-canary", "the canary is not known"},
	{"details-other", "the details of another advisory"},
}

type fault struct {
	way, value string
	details    bool
	paged      bool
	results    func([]result) []result // changes a right answer to a batch
	last       json.RawMessage         // in place of the last result
	other      func() string           // a document to serve as details
}

// Fail makes every answer from now on fail in a way; "" mends it.
func (s *Server) Fail(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		s.fault = nil
		return
	}
	way, value, _ := strings.Cut(name, "=")
	f := &fault{way: way, value: value}
	switch way {
	case "short":
		f.results = func(r []result) []result { return r[:len(r)-1] }
	case "long":
		f.results = func(r []result) []result { return append(r, result{}) }
	case "reversed":
		f.results = func(r []result) []result { slices.Reverse(r); return r }
	case "swapped":
		f.results = func(r []result) []result { slices.Reverse(r[1:]); return r }
	case "endless":
		f.results = func(r []result) []result { r[0].Next = "page-0"; return r }
	case "token":
		f.results = func(results []result) []result {
			for i := range results {
				if results[i].Next != nil {
					results[i].Next = json.RawMessage(value)
				}
			}
			return results
		}
	case "result":
		f.last = json.RawMessage(value)
	case "no-canary":
		delete(s.about, "minimist")
	case "details-other":
		f.details, f.other = true, func() string { return s.records["GHSA-vh95-rmgr-6w4m"] }
	default:
		f.way, f.details = strings.CutPrefix(way, "details-")
		f.way, f.paged = strings.CutPrefix(f.way, "page-")
		if !spoil.Known(f.way) {
			panic(fmt.Sprintf("no fault %q", name)) // a mistake in a test
		}
	}
	s.fault = f
}

// spoil fails an answer, or leaves it to be given.
func (f *fault) spoil(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter), done <-chan struct{}) bool {
	if f.other != nil {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, f.other())
		return true
	}
	return spoil.Serve(w, r, f.way, f.value, answer, done)
}
