package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Document is a package's packument, read in order to be written back with other
// deprecations. Foreign text, not verified.
type Document struct {
	Name     string
	Versions []Documented      // in the packument's order
	Tags     map[string]string // dist-tag → version
	Dated    bool              // the registry says of versions when they were published
	Revision string            // _rev, which a write is refused for when somebody wrote meanwhile; empty: there is none

	body []byte
	root strict.Value
}

// A Documented is one version in a Document.
type Documented struct {
	Version    string
	Number     npm.Version // Version, parsed; the zero Version: it is no valid one
	Valid      bool
	Deprecated bool
	Message    string    // of the deprecation; empty: there is none, or it is no text
	Published  time.Time // zero: the registry does not say
	Digest     string    // its checksums, integrity and shasum, as the registry has them
}

// Document reads the packument of a package in order to write it back: the whole
// one, past caches, as npm's client asks for it (npm 11, lib/commands/deprecate.js).
// found is false if the registry does not have the package, or does not show it.
func (c *Client) Document(ctx context.Context, name string) (d *Document, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	body, err := c.get(ctx, escapedName(name)+"?write=true", acceptVersion, MaxPackumentBytes)
	if absent(err) || Elsewhere(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	d, err = readDocument(body, name)
	return d, err == nil, err
}

func readDocument(body []byte, name string) (*Document, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff")) // so that a place in it is one of the parser
	root, err := parse(body, MaxPackumentBytes)
	if err != nil {
		return nil, err
	}
	if got := root.Get("name").Text(); got != name {
		return nil, &AnswerError{What: fmt.Sprintf("asked for %s, the registry answered about %+.100q", name, got)}
	}
	d := &Document{Name: name, Revision: root.Get("_rev").Text(), body: body, root: root}
	if d.Tags, err = tagMap(root.Get("dist-tags")); err != nil {
		return nil, err
	}
	versions := root.Get("versions")
	if versions.Kind() != strict.Object {
		return nil, &AnswerError{What: "the registry's packument has no versions"}
	}
	times := root.Get("time")
	for k, v := range versions.Members() {
		if v.Kind() != strict.Object {
			return nil, &AnswerError{What: fmt.Sprintf("version %+.100q is %s, expected an object", k.Text(), v.Kind())}
		}
		one := Documented{Version: k.Text(), Deprecated: v.Get("deprecated").Truthy(), Message: v.Get("deprecated").Text(),
			Digest: v.Get("dist").Get("integrity").Text() + " " + v.Get("dist").Get("shasum").Text()}
		if number, err := npm.ParseVersion(one.Version); err == nil {
			one.Number, one.Valid = number, true
		}
		if at, err := time.Parse(time.RFC3339, times.Get(one.Version).Text()); err == nil {
			one.Published, d.Dated = at.UTC(), true
		}
		d.Versions = append(d.Versions, one)
	}
	return d, nil
}

// Find returns a version of the document.
func (d *Document) Find(version string) (one Documented, found bool) {
	at := slices.IndexFunc(d.Versions, func(v Documented) bool { return v.Version == version })
	if at < 0 {
		return Documented{}, false
	}
	return d.Versions[at], true
}

// An edit replaces the bytes from one place to another.
type edit struct {
	from, to int
	text     string
}

// With returns the document with a deprecation message at these versions: an empty
// one takes the deprecation back, as npm has it. Everything else stays byte for
// byte, but for this: a version that is not deprecated, and says so with something
// else than a text, such as false, says so with an empty one, because npm's registry
// takes no document with another ("deprecations must be strings", npm/cli#9803).
func (d *Document) With(versions []string, message string) []byte {
	text := encoded(message)
	these := map[string]bool{}
	for _, v := range versions {
		these[v] = true
	}
	var edits []edit
	for k, v := range d.root.Get("versions").Members() {
		have := v.Get("deprecated")
		chosen := these[k.Text()]
		switch {
		case chosen && have.Exists():
			edits = append(edits, replacing(have, text))
		case chosen:
			end := v.Offset() + len(v.Raw()) - 1 // at its closing bracket
			comma := ","
			if v.Len() == 0 {
				comma = ""
			}
			edits = append(edits, edit{end, end, comma + `"deprecated":` + text})
		case have.Exists() && have.Kind() != strict.String && !have.Truthy():
			edits = append(edits, replacing(have, `""`))
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	out := make([]byte, 0, len(d.body)+len(edits)*(len(text)+16))
	at := 0
	for _, e := range edits {
		out = append(out, d.body[at:e.from]...)
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, d.body[at:]...)
}

func replacing(v strict.Value, text string) edit {
	long := len(v.Raw())
	if v.Kind() == strict.String {
		long += 2 // its quotes
	}
	return edit{v.Offset(), v.Offset() + long, text}
}

// encoded returns a text as JSON has it, without the escapes for HTML.
func encoded(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string and a buffer: neither fails
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// Deprecate sends a document that Document.With made, once. Its errors are those of
// Put.
func (c *Client) Deprecate(ctx context.Context, name string, doc []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	_, err := c.send(ctx, http.MethodPut, escapedName(name), "deprecate", int64(len(doc)),
		func() io.ReadCloser { return io.NopCloser(bytes.NewReader(doc)) })
	return err
}
