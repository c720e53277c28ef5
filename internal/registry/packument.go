package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// Limits of one packument that is read as a stream.
const (
	MaxVersions = 100_000 // the public registry's biggest have some 10,000

	maxTextBytes = 64 << 10  // of a name, a time or the message of a deprecation
	maxDistBytes = 256 << 10 // of a version's dist, its _npmUser and its licence
	maxListBytes = 1 << 20   // of the dist-tags, and of the maintainers
)

// A reading goes through one packument as a stream: whatever its size, it holds
// one version at a time. The caller sets each; full is for a History, which asks
// for more than a Facts.
type reading struct {
	*strict.Stream
	name string // of the package that was asked for
	full bool
	each func(*part) error // called with each version

	people func(version string) bool // of which versions the maintainers are wanted; nil: of none

	times       map[string]time.Time // of versions; the zero time: what stands there is none
	tags        map[string]string
	maintainers []string
	unpublished time.Time // when all of the package was taken back; zero: it was not, or without a time

	about           string // the name in the document
	count           int    // of versions
	versioned, gone bool   // it has versions; all of them were taken back
}

// A part is what is read of one version.
type part struct {
	of, key       string // of the package that was asked for, and the version as it is listed
	name, version string // as its manifest says
	deprecated    string // as in a Fact

	dist, user        strict.Value
	maintainers       strict.Value // of a version of which people are wanted
	scripts           strict.Value // the same
	installs          bool         // the registry says that a script runs when it is installed
	license, licenses strict.Value // of a full reading
}

// walk reads the packument of a package as a stream, with retries. begin makes
// the reading of each attempt, and end is called with the one that was whole.
func (c *Client) walk(ctx context.Context, name string, begin func() *reading, end func(*reading)) error {
	var r *reading
	err := c.again.Do(ctx, func(ctx context.Context) error {
		r = begin()
		r.name, r.times = name, map[string]time.Time{}
		return c.stream(ctx, r)
	})
	if err == nil {
		end(r)
	}
	return err
}

// stream is one attempt of walk.
func (c *Client) stream(ctx context.Context, r *reading) error {
	req, err := c.request(ctx, http.MethodGet, escapedName(r.name), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", acceptVersion) // the abbreviated packument has no times and no publishers
	resp, err := web.Send(c.http, req)
	if err != nil {
		return c.unanswered(req.Method, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, web.MaxErrorBytes)) // a part of the body is enough
		return c.statusError(req.Method, resp, body)
	}
	r.Stream = strict.NewStream(web.Bounded(resp.Body, MaxPackumentBytes))
	err = r.read()
	var fault *web.Fault
	var large *web.TooLargeError
	var answer *AnswerError
	switch {
	case errors.As(err, &fault), errors.As(err, &large):
		return c.unanswered(req.Method, err)
	case errors.As(err, &answer):
		return err
	case err != nil:
		return &AnswerError{"the registry's answer cannot be read", err}
	}
	return nil
}

// read reads the packument.
func (r *reading) read() error {
	err := r.Object(r.member)
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return err
	case r.about != r.name:
		return &AnswerError{What: fmt.Sprintf("asked for %s, the registry answered about %+.100q", r.name, r.about)}
	case !r.versioned && !r.gone:
		return &AnswerError{What: "the registry's packument has no versions"}
	}
	return nil
}

// member reads what stands under one key of the packument.
func (r *reading) member(key string) (err error) {
	switch {
	case key == "name":
		r.about, err = r.text()
	case key == "versions" && r.Kind() == strict.Object:
		r.versioned = true
		err = r.Object(r.version)
	case key == "time" && r.Kind() == strict.Object:
		err = r.Object(r.time)
	case key == "dist-tags" && r.full:
		var v strict.Value
		if v, err = r.Value(maxListBytes); err == nil {
			r.tags, err = tagMap(v)
		}
	case key == "maintainers" && r.full:
		var v strict.Value
		if v, err = r.Value(maxListBytes); err == nil {
			r.maintainers, err = maintainers(v)
		}
	}
	return err
}

// text reads a string; whatever else stands there is none.
func (r *reading) text() (string, error) {
	if r.Kind() != strict.String {
		return "", r.Skip()
	}
	v, err := r.Value(maxTextBytes)
	return v.Text(), err
}

// time reads the time of one version. Those of "created" and "modified" are of
// none.
func (r *reading) time(key string) error {
	switch {
	case key == "created" || key == "modified":
		return nil
	case key == "unpublished" && r.Kind() == strict.Object:
		return r.takenBack()
	case len(r.times) >= 2*MaxVersions:
		return &AnswerError{What: fmt.Sprintf("the registry's packument has times of more than %d versions", 2*MaxVersions)}
	}
	text, err := r.text()
	r.times[key] = moment(text)
	return err
}

// takenBack reads what npm keeps of a package of which every version was taken
// back: the time, and the versions (npm's client shows it, commands/view.js).
func (r *reading) takenBack() error {
	v, err := r.Value(maxListBytes)
	if err != nil {
		return err
	}
	r.gone, r.unpublished = true, moment(v.Get("time").Text())
	for version := range v.Get("versions").Elements() {
		if _, known := r.times[version.Text()]; !known && version.Text() != "" {
			r.times[version.Text()] = time.Time{}
		}
	}
	return nil
}

// moment reads a time; the zero time if it is none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// version reads one version.
func (r *reading) version(key string) error {
	if r.count++; r.count > MaxVersions {
		return &AnswerError{What: fmt.Sprintf("the registry's packument has more than %d versions", MaxVersions)}
	}
	p := &part{of: r.name, key: key}
	err := r.Object(func(key string) (err error) {
		switch {
		case key == "name":
			p.name, err = r.text()
		case key == "version":
			p.version, err = r.text()
		case key == "deprecated":
			p.deprecated, err = r.message()
		case key == "dist":
			p.dist, err = r.Value(maxDistBytes)
		case key == "_npmUser":
			p.user, err = r.Value(maxDistBytes)
		case key == "maintainers" && r.people != nil && r.people(p.key):
			p.maintainers, err = r.Value(maxListBytes)
		case key == "scripts" && r.people != nil && r.people(p.key):
			p.scripts, err = r.Value(maxListBytes)
		case (key == "hasInstallScript" || key == "gypfile") && r.Kind() == strict.True:
			p.installs = true
		case key == "license" && r.full:
			p.license, err = r.Value(maxDistBytes)
		case key == "licenses" && r.full:
			p.licenses, err = r.Value(maxDistBytes)
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.each(p)
}

// message reads what is true for JavaScript: npm writes a message, and older
// clients wrote true or the empty string, which takes it back.
func (r *reading) message() (string, error) {
	v, err := r.Value(maxTextBytes)
	switch {
	case err != nil || !v.Truthy():
		return "", err
	case v.Text() == "":
		return "deprecated", nil
	}
	return v.Text(), nil
}

// matches returns an error unless the manifest is that of its version.
func (p *part) matches() error {
	if p.name == p.of && p.version == p.key {
		return nil
	}
	return &AnswerError{What: fmt.Sprintf("asked for %s@%s, the registry answered about %+.100q@%+.100q", p.of, p.key, p.name, p.version)}
}

func (p *part) attested() bool { return p.dist.Get("attestations").Kind() == strict.Object }

// signatures returns those of the registry.
func (p *part) signatures() (all []Signature) {
	for entry := range p.dist.Get("signatures").Elements() {
		all = append(all, Signature{entry.Get("keyid").Text(), entry.Get("sig").Text()})
	}
	return all
}

// trust ranks the publish.
func (p *part) trust() Trust {
	proven := p.dist.Get("attestations").Get("provenance").Kind() == strict.Object
	switch {
	case p.user.Get("approver").Truthy():
		return Approved
	case proven && p.user.Get("trustedPublisher").Truthy():
		return TrustedPublisher
	case proven:
		return ProvenanceTrust
	}
	return NoTrust
}

// maintainers reads a list of objects with a name, or of texts as in package.json,
// "name <address>", which old documents have.
func maintainers(list strict.Value) (names []string, err error) {
	if list.Kind() == strict.Null {
		return nil, nil
	}
	if list.Kind() != strict.Array {
		return nil, &AnswerError{What: "the registry's maintainers are " + list.Kind().String() + ", expected a list"}
	}
	for m := range list.Elements() {
		name := m.Get("name").Text()
		if m.Kind() == strict.String {
			name, _, _ = strings.Cut(m.Text(), " <")
		}
		if name = strings.TrimSpace(name); name == "" {
			return nil, &AnswerError{What: "the registry's packument has a maintainer without a name"}
		}
		names = append(names, name)
	}
	return names, nil
}
