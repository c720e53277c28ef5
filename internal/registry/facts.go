package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// A Trust says how much stands behind a publish, by what the registry itself
// says of it (as pnpm's trustPolicy has it). A higher one is harder to forge.
type Trust int

// The kinds of publish, the weakest first.
const (
	NoTrust          Trust = iota // a token, or a person's password
	ProvenanceTrust               // with provenance
	TrustedPublisher              // by a trusted publisher, with provenance
	Approved                      // staged, and approved by a person with a second factor
)

// String returns the words for a message.
func (t Trust) String() string {
	return [...]string{"no evidence", "provenance", "a trusted publisher", "a person's approval"}[t]
}

// A Fact is what a packument says of one version, of all that is there only what
// is asked about a dependency. Foreign text, not verified.
type Fact struct {
	Integrity, Shasum string
	Signatures        []Signature
	Attested          bool // it has attestations
	Trust             Trust
	Deprecated        string    // the message; "deprecated" where there is none; empty: it is not
	Published         time.Time // zero: the packument has no time for it, or one that is none
}

// A Grade is how a version was published, and when.
type Grade struct {
	Number    npm.Version
	Trust     Trust
	Published time.Time // as in a Fact
}

// Facts are what a packument says of the versions that were asked for, and how
// all of them were published.
type Facts struct {
	Of     map[string]Fact // by version; one that is missing is not published
	Grades []Grade         // of every valid version, in the packument's order
}

// Limits of what is kept of one packument.
const (
	maxTextBytes = 64 << 10  // of a name, a time or the message of a deprecation
	maxDistBytes = 256 << 10 // of a version's dist, and of its _npmUser
)

// Facts reads the packument of a package once, as a stream: whatever its size,
// only the versions that want names are kept, and a few words of each other.
// found is false if the registry does not have the package; one that redirects
// to another origin does not have it.
func (c *Client) Facts(ctx context.Context, name string, want func(version string) bool) (f *Facts, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	err = c.again.Do(ctx, func(ctx context.Context) error {
		f, err = c.facts(ctx, name, want)
		return err
	})
	switch {
	case absent(err) || Elsewhere(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return f, true, nil
}

// facts is one attempt of Facts.
func (c *Client) facts(ctx context.Context, name string, want func(string) bool) (*Facts, error) {
	req, err := c.request(ctx, http.MethodGet, escapedName(name), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", acceptVersion) // the abbreviated packument has no times and no publishers
	resp, err := web.Send(c.http, req)
	if err != nil {
		return nil, c.unanswered(req.Method, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, web.MaxErrorBytes)) // a part of the body is enough
		return nil, c.statusError(req.Method, resp, body)
	}
	r := factReader{Stream: strict.NewStream(web.Bounded(resp.Body, MaxPackumentBytes)), name: name, want: want,
		of: map[string]Fact{}, times: map[string]time.Time{}}
	err = r.read()
	var fault *web.Fault
	var large *web.TooLargeError
	var answer *AnswerError
	switch {
	case errors.As(err, &fault), errors.As(err, &large):
		return nil, c.unanswered(req.Method, err)
	case errors.As(err, &answer):
		return nil, err
	case err != nil:
		return nil, &AnswerError{"the registry's answer cannot be read", err}
	}
	return r.facts(), nil
}

// A factReader goes through one packument.
type factReader struct {
	*strict.Stream
	name string // of the package that was asked for
	want func(version string) bool

	of     map[string]Fact
	grades []Grade
	known  []string // the versions of grades, as written
	times  map[string]time.Time
}

// read reads the packument.
func (r *factReader) read() error {
	name, versioned := "", false
	err := r.Object(func(key string) (err error) {
		switch key {
		case "name":
			name, err = r.text()
		case "versions":
			if versioned = r.Kind() == strict.Object; versioned {
				err = r.Object(r.version)
			}
		case "time":
			if r.Kind() == strict.Object {
				err = r.Object(r.time)
			}
		}
		return err
	})
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return err
	case name != r.name:
		return &AnswerError{What: fmt.Sprintf("asked for %s, the registry answered about %+.100q", r.name, name)}
	case !versioned:
		return &AnswerError{What: "the registry's packument has no versions"}
	}
	return nil
}

// text reads a string; whatever else stands there is none.
func (r *factReader) text() (string, error) {
	if r.Kind() != strict.String {
		return "", r.Skip()
	}
	v, err := r.Value(maxTextBytes)
	return v.Text(), err
}

// time reads the time of one version. That of "created" and "modified" is kept
// with those of versions, which have no such names.
func (r *factReader) time(key string) error {
	text, err := r.text()
	if at, wrong := time.Parse(time.RFC3339, text); wrong == nil && err == nil {
		r.times[key] = at.UTC()
	}
	return err
}

// version reads one version.
func (r *factReader) version(key string) error {
	var f Fact
	var user, dist strict.Value
	var name, version string
	err := r.Object(func(part string) (err error) {
		switch part {
		case "name":
			name, err = r.text()
		case "version":
			version, err = r.text()
		case "deprecated":
			err = r.deprecated(&f)
		case "dist":
			dist, err = r.Value(maxDistBytes)
		case "_npmUser":
			user, err = r.Value(maxDistBytes)
		}
		return err
	})
	if err != nil {
		return err
	}
	attestations := dist.Get("attestations")
	f.Attested, f.Trust = attestations.Kind() == strict.Object, trustOf(user, attestations)
	if r.want(key) {
		if name != r.name || version != key {
			return &AnswerError{What: fmt.Sprintf("asked for %s@%s, the registry answered about %+.100q@%+.100q", r.name, key, name, version)}
		}
		f.Integrity, f.Shasum = dist.Get("integrity").Text(), dist.Get("shasum").Text()
		for entry := range dist.Get("signatures").Elements() {
			f.Signatures = append(f.Signatures, Signature{entry.Get("keyid").Text(), entry.Get("sig").Text()})
		}
		r.of[key] = f
	}
	if number, wrong := npm.ParseVersion(key); wrong == nil {
		r.grades, r.known = append(r.grades, Grade{Number: number, Trust: f.Trust}), append(r.known, key)
	}
	return nil
}

// deprecated reads what is true for JavaScript: npm writes a message, and older
// clients wrote true or the empty string, which takes it back.
func (r *factReader) deprecated(f *Fact) error {
	v, err := r.Value(maxTextBytes)
	if err == nil && v.Truthy() {
		if f.Deprecated = v.Text(); f.Deprecated == "" {
			f.Deprecated = "deprecated"
		}
	}
	return err
}

// trustOf ranks a publish.
func trustOf(user, attestations strict.Value) Trust {
	proven := attestations.Get("provenance").Kind() == strict.Object
	switch {
	case user.Get("approver").Truthy():
		return Approved
	case proven && user.Get("trustedPublisher").Truthy():
		return TrustedPublisher
	case proven:
		return ProvenanceTrust
	}
	return NoTrust
}

// facts puts together what was read: the times may stand after the versions.
func (r *factReader) facts() *Facts {
	for i, version := range r.known {
		r.grades[i].Published = r.times[version]
	}
	for version, f := range r.of {
		f.Published = r.times[version]
		r.of[version] = f
	}
	return &Facts{Of: r.of, Grades: r.grades}
}

// Before returns what stood behind an earlier version of the same release line,
// where that is more than behind this one: the best of them, and of equals the
// latest. A line is a major version, and below 1.0.0 a minor one. Earlier is what
// was published before, or where a time is missing has a lower number. A
// prerelease counts only for a prerelease.
func (f *Facts) Before(version string) (best Grade, ok bool) {
	number, err := npm.ParseVersion(version)
	fact, known := f.Of[version]
	if err != nil || !known {
		return Grade{}, false
	}
	this := Grade{number, fact.Trust, fact.Published}
	for _, g := range f.Grades {
		if g.Trust <= this.Trust || !g.leads(this) || g.Number.Prerelease() != "" && number.Prerelease() == "" {
			continue
		}
		if !ok || g.Trust > best.Trust || g.Trust == best.Trust && best.earlier(g) {
			best, ok = g, true
		}
	}
	return best, ok
}

// leads reports whether g is of the line of another version, and earlier.
func (g Grade) leads(of Grade) bool {
	a, b := g.Number, of.Number
	return a.Major == b.Major && (a.Major > 0 || a.Minor == b.Minor) && g.earlier(of)
}

func (g Grade) earlier(than Grade) bool {
	if g.Published.IsZero() || than.Published.IsZero() {
		return g.Number.Compare(than.Number) < 0
	}
	return g.Published.Before(than.Published)
}
