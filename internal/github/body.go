package github

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	api "github.com/google/go-github/v89/github"
)

// attach makes the body of the upload. The SARIF is encoded while it is read,
// so that ten megabytes are in memory once.
func (u Upload) attach(req *http.Request) error {
	none := ""
	body := &api.SarifAnalysis{CommitSHA: &u.CommitSHA, Ref: &u.Ref, Sarif: &none}
	if u.CheckoutURI != "" {
		body.CheckoutURI = &u.CheckoutURI
	}
	if u.ToolName != "" {
		body.ToolName = &u.ToolName
	}
	if !u.StartedAt.IsZero() {
		body.StartedAt = &api.Timestamp{Time: u.StartedAt.UTC().Truncate(time.Second)}
	}
	frame, err := json.Marshal(body)
	if err != nil {
		return err
	}
	// Quotes within a value are escaped, so this can only be the field itself.
	const field = `"sarif":"`
	before, after, ok := bytes.Cut(frame, []byte(field+`"`))
	if !ok {
		return errors.New("the request has no field for the SARIF")
	}
	before = append(before[:len(before):len(before)], field...)
	after = append([]byte{'"'}, after...)
	req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(before), &encoded{rest: u.Packed}, bytes.NewReader(after)))
	req.ContentLength = int64(len(before) + base64.StdEncoding.EncodedLen(len(u.Packed)) + len(after))
	req.Header.Set("Content-Type", "application/json")
	return nil
}

// An encoded reads bytes as base64.
type encoded struct {
	rest  []byte // not encoded yet
	ready []byte // encoded and not read yet
	chunk [8192]byte
}

// Read implements io.Reader.
func (e *encoded) Read(p []byte) (int, error) {
	if len(e.ready) == 0 {
		if len(e.rest) == 0 {
			return 0, io.EOF
		}
		n := min(len(e.rest), len(e.chunk)/4*3) // whole groups of three bytes, so that only the end is padded
		base64.StdEncoding.Encode(e.chunk[:], e.rest[:n])
		e.ready, e.rest = e.chunk[:base64.StdEncoding.EncodedLen(n)], e.rest[n:]
	}
	n := copy(p, e.ready)
	e.ready = e.ready[n:]
	return n, nil
}
