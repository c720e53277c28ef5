package deprecation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
)

const before = `{"_id": "widget", "_rev": "1", "name": "widget", "dist-tags": {"latest": "1.2.0"}, "versions": {
	"1.0.0": {"dist": {"integrity": "sha512-old", "shasum": "aa"}}, "1.1.0": {"dist": {"shasum": "bb"}}, "1.2.0": {"dist": {}}}}`

// canary is a token that no message may show.
var canary = "npm_" + strings.Repeat("c4nary", 6)

// A hostile is a registry that answers as it likes.
type hostile struct {
	*httptest.Server
	mu   sync.Mutex
	doc  []byte // what it shows
	sent [][]byte
	put  func(h *hostile, w http.ResponseWriter, r *http.Request) // answers a write, whose body is the last of sent
}

// start serves a document below a path, and returns a client.
func start(t *testing.T, path, doc string, put func(*hostile, http.ResponseWriter, *http.Request)) (*hostile, *registry.Client) {
	t.Helper()
	h := &hostile{doc: []byte(doc), put: put}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		switch {
		case r.URL.Path != path+"widget":
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodGet:
			_, _ = w.Write(h.doc)
		default:
			body, _ := io.ReadAll(r.Body)
			h.sent = append(h.sent, body)
			h.put(h, w, r)
		}
	}))
	t.Cleanup(h.Close)
	c, err := registry.New(registry.Options{Registry: h.URL + path, Token: credential.New(canary), Now: time.Now, Sleep: nowait})
	if err != nil {
		t.Fatal(err)
	}
	return h, c
}

func nowait(context.Context, time.Duration) error { return nil }

// stores keeps what was sent, with other words in the place of some.
func stores(change ...string) func(*hostile, http.ResponseWriter, *http.Request) {
	return func(h *hostile, w http.ResponseWriter, _ *http.Request) {
		h.doc = []byte(strings.NewReplacer(change...).Replace(string(h.sent[len(h.sent)-1])))
		_, _ = io.WriteString(w, "{}")
	}
}

// refuses answers each write with a status, after it changed what it shows.
func refuses(status int, change ...string) func(*hostile, http.ResponseWriter, *http.Request) {
	return func(h *hostile, w http.ResponseWriter, r *http.Request) {
		h.doc = []byte(strings.NewReplacer(change...).Replace(string(h.doc)))
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error": "refused %s"}`, r.Header.Get("Authorization"))
	}
}

// TestHostileRegistry: what is told is what happened, in a bounded number of writes,
// and the token is in no message.
func TestHostileRegistry(t *testing.T) {
	const odd = `{"_id": "widget", "_rev": "1", "name": "widget", "__proto__": {"deprecated": "x"},
		"dist-tags": {"latest": "1.2.0", "__proto__": "1.0.0"}, "time": {"__proto__": "2026-01-01T00:00:00Z", "1.0.0": "2026-01-01T00:00:00Z"},
		"versions": {"__proto__": {"deprecated": "p"}, "1.0.0": {"__proto__": {"deprecated": "q"}, "n": 1.50}, "constructor": {},
		"1.2.0": {}}}`
	redirects := func(to string) func(*hostile, http.ResponseWriter, *http.Request) {
		return func(h *hostile, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", strings.Replace(to, "SELF", h.URL, 1))
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}
	const moved, both = "latest from 1.2.0 to 1.0.0", "1.0.0 done, 1.1.0 done"
	const open, unseen = "1.0.0 open, 1.1.0 open", "1.0.0 unseen, 1.1.0 unseen"
	accepts := func(_ *hostile, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	for name, c := range map[string]struct {
		doc    string
		put    func(*hostile, http.ResponseWriter, *http.Request)
		want   string // of the error; "": none
		states string
		notes  string
		puts   int
	}{
		"a plain one":           {before, stores(), "", both, "", 1},
		"keys of a prototype":   {odd, stores(), "", "1.0.0 done", "", 1},
		"a checksum changes":    {before, stores("sha512-old", "sha512-new"), "of these versions: 1.0.0;", both, "", 1},
		"a checksum of another": {before, stores(`"dist": {}`, `"dist": {"shasum": "cc"}`), "of these versions: 1.2.0;", both, "", 1},
		"a checksum goes":       {before, stores(`"shasum": "bb"`, ``), "of these versions: 1.1.0;", both, "", 1},
		"it changes meanwhile":  {before, refuses(409, "sha512-old", "sha512-new"), "of these versions: 1.0.0;", open, "", 1},
		"a tag moves":           {before, stores(`"latest": "1.2.0"`, `"latest": "1.0.0"`), "", both, moved, 1},
		"a version goes":        {before, stores(`"1.1.0": {`, `"1.1.9": {`), "not there any more: 1.1.0", "1.0.0 done, 1.1.0 gone", "", 1},
		"latest moves to one that is to be written": {before, refuses(409, `"latest": "1.2.0"`, `"latest": "1.0.0"`), "sent 5 times",
			"1.0.0 left-out, 1.1.0 open", moved, 5},
		"another revision each time": {before, refuses(409, `"_rev": "1`, `"_rev": "11`), "sent 5 times", open, "", 5},
		"nothing is stored":          {before, accepts, "does not show it at 1.0.0, 1.1.0", unseen, "", 1},
		"another message is stored":  {before, stores(`"m"`, `"n"`), "does not show it at 1.0.0, 1.1.0", unseen, "", 1},
		"it is no document any more": {before, stores(`"versions"`, `"version"`), "not read back", unseen, "", 1},
		"it is of another package":   {before, stores(`"name": "widget"`, `"name": "gadget"`), "answered about", unseen, "", 1},
		"the token is echoed":        {before, refuses(400), "400", open, "", 1},
		"it is echoed, denied":       {before, refuses(403), "403", open, "", 1},
		"elsewhere":                  {before, redirects("http://127.0.0.1:1/widget"), "redirected PUT to another origin", open, "", 1},
		"to itself":                  {before, redirects("SELF/npm/widget"), "redirected PUT", open, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h, client := start(t, "/npm/", c.doc, c.put)
			p, err := Look(t.Context(), client, request(t, "<1.2", "m"))
			if err != nil {
				t.Fatal(err)
			}
			err = p.Write(t.Context(), Ways{Sleep: nowait})
			told := fmt.Sprint(err)
			if (c.want == "") != (err == nil) || !strings.Contains(told, c.want) && err != nil {
				t.Errorf("told %q, want %q", told, c.want)
			}
			notes := strings.Join(p.Notes, "\n")
			if got := states(p); got != c.states || !strings.Contains(notes, c.notes) || (notes == "") != (c.notes == "") {
				t.Errorf("%s, %q; want %s, %q", got, notes, c.states, c.notes)
			}
			if len(h.sent) != c.puts || strings.Contains(told+notes, canary) {
				t.Errorf("%d writes, told %q", len(h.sent), told)
			}
			if strings.Contains(c.want, "of these versions") && !errors.As(err, new(*AlteredError)) {
				t.Errorf("%T", err)
			}
			for _, sent := range h.sent {
				if plain := bytes.NewBuffer(nil); json.Compact(plain, sent) != nil {
					t.Errorf("sent %s", sent)
				}
			}
		})
	}
}

// TestFaster: where somebody else deprecates meanwhile, his message is kept by a
// request that keeps, and is in the way of one that does not.
func TestFaster(t *testing.T) {
	for _, keeps := range []bool{true, false} {
		first := true
		h, client := start(t, "/", before, func(h *hostile, w http.ResponseWriter, r *http.Request) {
			if !first {
				stores()(h, w, r)
				return
			}
			first = false
			refuses(409, `"1.0.0": {`, `"1.0.0": {"deprecated": "theirs", `, `"1.1.0": {`, `"1.1.0": {"deprecated": "theirs", `)(h, w, r)
		})
		q := request(t, "<1.2", "m")
		q.Keeps = keeps
		p, err := Look(t.Context(), client, q)
		if err != nil {
			t.Fatal(err)
		}
		want, puts := "1.0.0 done, 1.1.0 done", 2
		if keeps {
			want, puts = "1.0.0 already, 1.1.0 already", 1
		}
		if err := p.Write(t.Context(), Ways{Sleep: nowait}); err != nil || states(p) != want || len(h.sent) != puts {
			t.Errorf("%v, %s, %d writes", err, states(p), len(h.sent))
		}
		if keeps != strings.Contains(strings.Join(p.Notes, ""), "somebody else deprecated") {
			t.Errorf("%v: %q", keeps, p.Notes)
		}
	}
}

// TestHostileDocuments: a document that is none, or is too large, is not written
// over.
func TestHostileDocuments(t *testing.T) {
	for name, doc := range map[string]string{
		"a version that is a number": `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": {}, "1.1.0": 7}}`,
		"a version that is a text":   `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": "x"}}`,
		"a version that is null":     `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": null}}`,
		"a version that is a list":   `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": []}}`,
		"a version twice":            `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": {}, "1.0.0": {"deprecated": "m"}}}`,
		"a message twice":            `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": {"deprecated": "m", "deprecated": ""}}}`,
		"tags that are none":         `{"name": "widget", "dist-tags": {"latest": 1}, "versions": {"1.0.0": {}}}`,
		"no name":                    `{"dist-tags": {}, "versions": {"1.0.0": {}}}`,
		"the name of another":        `{"name": "@x/widget", "dist-tags": {}, "versions": {"1.0.0": {}}}`,
		"deeper than any": `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": ` + strings.Repeat(`{"a":`, 20000) + "1" +
			strings.Repeat("}", 20000) + `}}`,
		"cut":                           `{"name": "widget", "dist-tags": {}, "versions": {"1.0.0": {}`,
		"one byte larger than any real": before + strings.Repeat(" ", registry.MaxPackumentBytes+1-len(before)),
	} {
		t.Run(name, func(t *testing.T) {
			h, client := start(t, "/", doc, stores())
			if p, err := Look(t.Context(), client, request(t, "*", "m")); err == nil {
				t.Errorf("read: %s", states(p))
			} else if len(err.Error()) > 2000 {
				t.Errorf("%d bytes are told", len(err.Error()))
			}
			if len(h.sent) > 0 {
				t.Error("it was written")
			}
		})
	}
}
