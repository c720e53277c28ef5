// Package recorder records what reaches hosts on loopback, byte for byte: servers
// that a program is meant to ask, servers that it is not, and a forward proxy that
// reads what goes through it, TLS too. Tests ask it afterwards who has seen a
// secret. It is imported by tests only.
package recorder

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Message is one request as it arrived.
type Message struct {
	Host   string // the name that the test gave the host
	Method string
	Path   string // as sent, with the query
	Head   string // the request line and the header
	Body   []byte // decompressed
}

// A Recorder keeps what hosts are sent. The zero Recorder is ready.
type Recorder struct {
	mu   sync.Mutex
	seen []Message
}

// Host records what reaches h, under a name.
func (r *Recorder) Host(name string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		r.record(name, req, body)
		if err != nil {
			return // the client went away
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, req)
	})
}

func (r *Recorder) record(name string, req *http.Request, body []byte) {
	head, err := httputil.DumpRequest(req, false)
	if err != nil {
		head = []byte(err.Error())
	}
	if req.Header.Get("Content-Encoding") == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			if plain, err := io.ReadAll(z); err == nil {
				body = plain
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, Message{name, req.Method, req.URL.RequestURI(), string(head), body})
}

// Messages returns what reached the hosts of these names, in order; without a
// name, what reached any.
func (r *Recorder) Messages(names ...string) []Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.seen), func(m Message) bool {
		return len(names) > 0 && !slices.Contains(names, m.Host)
	})
}

// Saw returns the names of the hosts that were sent a secret: in the address, the
// header or the body, as it is, percent-encoded or in base64.
func (r *Recorder) Saw(secret string) []string {
	var names []string
	for _, m := range r.Messages() {
		if m.holds(secret) && !slices.Contains(names, m.Host) {
			names = append(names, m.Host)
		}
	}
	slices.Sort(names)
	return names
}

func (m Message) holds(secret string) bool {
	return Holds([]byte(m.Head), secret) || Holds(m.Body, secret)
}

// encoded is what may be base64, of either alphabet.
var encoded = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}`)

// Holds reports whether a text has a secret in it, as it is, percent-encoded or
// in base64.
func Holds(text []byte, secret string) bool {
	if bytes.Contains(text, []byte(secret)) {
		return true
	}
	if bytes.IndexByte(text, '%') >= 0 {
		if plain, err := url.QueryUnescape(string(text)); err == nil && strings.Contains(plain, secret) {
			return true
		}
	}
	for _, run := range encoded.FindAll(text, -1) {
		run = bytes.ReplaceAll(bytes.ReplaceAll(run, []byte("-"), []byte("+")), []byte("_"), []byte("/"))
		for at := range min(4, len(run)) { // it may follow other text without a break
			rest := run[at:]
			plain, err := base64.RawStdEncoding.DecodeString(string(rest[:len(rest)/4*4]))
			if err == nil && bytes.Contains(plain, []byte(secret)) {
				return true
			}
		}
	}
	return false
}
