package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Limits of a recording.
const (
	MaxRecordedBytes  = 128 << 20 // of one answer's body
	maxRequestBytes   = 16 << 20  // of one request's body, which its digest is of
	maxRecordedHeader = 64 << 10  // of what stands before the body in a file
)

// The lines that a recorded answer has beside its own header.
const (
	askedLine   = "Recorded-Request" // the method and the address
	acceptLine  = "Recorded-Accept"
	contentLine = "Recorded-Content" // SHA-256 of the request's body, in hex; none: it had none
)

// A RecordingError means that a request was not answered, because its answer is
// not recorded, or could not be.
type RecordingError struct{ text string }

// Error says which request, and why.
func (e *RecordingError) Error() string { return e.text }

// recordable are the answers that are kept: what is there, what is not, and that a
// server does not have such a call. Whoever asks again gets the same. Refusals,
// which are about who asks, and failures are not kept.
var recordable = []int{http.StatusOK, http.StatusNotFound, http.StatusGone, http.StatusBadRequest, http.StatusMethodNotAllowed,
	http.StatusNotImplemented}

// kept are the headers of an answer that are kept.
var kept = []string{"Content-Type", "Content-Encoding", "Date", "Etag", "Last-Modified", "Link"}

// An asked request is what an answer is an answer to: no header but Accept, and no
// credential.
type asked struct {
	method, accept string
	address        *url.URL
	content        string // SHA-256 of the body, in hex; empty: there is none
}

// ask reads what a request asks. It reads the body, and puts it back.
func ask(req *http.Request) (asked, error) {
	a := asked{method: req.Method, accept: req.Header.Get("Accept"), address: req.URL}
	if req.Body == nil || req.Body == http.NoBody {
		return a, nil
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxRequestBytes+1))
	_ = req.Body.Close()
	if err != nil || len(body) > maxRequestBytes {
		return a, &RecordingError{fmt.Sprintf("%s: the body of the request cannot be read, or has more than %d bytes", a, maxRequestBytes)}
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	content := body
	if req.Header.Get("Content-Encoding") == "gzip" { // what it compresses to may be another in the next version
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			if content, err = io.ReadAll(io.LimitReader(z, maxRequestBytes)); err != nil {
				content = body
			}
		}
	}
	if len(content) > 0 {
		sum := sha256.Sum256(content)
		a.content = hex.EncodeToString(sum[:])
	}
	return a, nil
}

// file returns the name of the file with the answer: a digest of the method, the
// address with its query, the kind of document that is wanted, and the body.
func (a asked) file() string {
	address := *a.address
	address.User, address.Fragment = nil, ""
	sum := sha256.Sum256([]byte(strings.Join([]string{a.method, address.Scheme, strings.ToLower(address.Host), address.EscapedPath(),
		address.RawQuery, a.accept, a.content}, "\n")))
	return hex.EncodeToString(sum[:16]) + fileEnd
}

const fileEnd = ".http"

// String returns the method and the address for messages and for the index,
// without what may be a credential.
func (a asked) String() string { return plain(a.readable()) }

// plain writes what is no printable ASCII as in an address.
func plain(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (a asked) readable() string {
	text := a.method + " " + a.address.Scheme + "://" + a.address.Host + a.address.EscapedPath()
	if a.address.RawQuery == "" {
		return text
	}
	var query []string
	for part := range strings.SplitSeq(a.address.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		if secretive(key) {
			part = key + "=[not kept]"
		}
		query = append(query, part)
	}
	return text + "?" + strings.Join(query, "&")
}

// secretive reports whether a key of a query may have a credential as its value.
func secretive(key string) bool {
	return slices.ContainsFunc([]string{"sig", "token", "key", "auth", "secret", "pass", "otp", "cred", "code"}, func(word string) bool {
		return strings.Contains(strings.ToLower(key), word)
	})
}

// credentials are the values of a request's headers that are credentials.
func credentials(req *http.Request) (all []string) {
	for _, name := range []string{"Authorization", "Npm-Otp", "Cookie", "Proxy-Authorization"} {
		for _, value := range req.Header.Values(name) {
			if _, secret, found := strings.Cut(value, " "); found {
				value = secret
			}
			all = append(all, value)
		}
	}
	return all
}

// isCredential reports whether an answer is a new credential, as an exchange of
// tokens gives it: a short object with one of these keys. It reads the beginning of
// the body, and puts it back.
func isCredential(resp *http.Response) bool {
	start, _ := io.ReadAll(io.LimitReader(resp.Body, MaxErrorBytes)) // an error comes again with the rest
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), resp.Body), resp.Body}
	var given struct {
		Token, Value string
		AccessToken  string `json:"access_token"`
	}
	return json.Unmarshal(start, &given) == nil && given.Token+given.Value+given.AccessToken != ""
}

// errCredential means that an answer holds a credential.
var errCredential = errors.New("it holds the credential that was sent")

// A watching writer refuses a credential in what goes through it.
type watching struct {
	io.Writer
	secrets []string
	tail    []byte // of what was written, where one may begin
}

// Write implements io.Writer.
func (w *watching) Write(p []byte) (int, error) {
	longest := 0
	w.tail = append(w.tail, p...)
	for _, s := range w.secrets {
		if len(s) >= 6 && bytes.Contains(w.tail, []byte(s)) { // a shorter one is part of any text
			return 0, errCredential
		}
		longest = max(longest, len(s))
	}
	w.tail = append([]byte{}, w.tail[max(0, len(w.tail)-longest):]...)
	return w.Writer.Write(p)
}
