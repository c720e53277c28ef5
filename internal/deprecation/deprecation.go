// Package deprecation deprecates published versions of a package at its registry,
// or takes that back: it lists what a range covers, leaves out what must not be
// deprecated by mistake, writes once, and reads back until every version shows the
// message.
//
// The registry's document decides, before and after: an answer that was lost, and a
// refusal that is none (npm/cli#9795), are looked at and not repeated blindly. It
// will not publish, unpublish, move a dist-tag, or ask for a credential.
package deprecation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// Fresh is how long ago a version was published that is not deprecated with others:
// it is what was just released, perhaps the fix that the others lack.
const Fresh = time.Hour

// A Request says what is deprecated. Name and Covers are required, and Now, unless
// it is Standing.
type Request struct {
	Name    string
	Message string // what everybody who installs a version is shown; "": the deprecation is taken back

	// Covers says which versions of the document are meant.
	Covers func(doc *registry.Document, v registry.Documented) bool
	// Exactly is the one version that is meant, if it is one.
	Exactly string
	// Standing means that what is covered was chosen for a reason, such as the end of a
	// line or an incident: how young it is does not matter. What has the dist-tag latest
	// is left out all the same.
	Standing bool
	// IncludingLatest deprecates Exactly also where it would be left out; and of what is
	// Standing, what has the dist-tag latest.
	IncludingLatest bool
	// Keeps is for versions that bear another message already, or are given one by
	// somebody else meanwhile: true leaves them with it.
	Keeps bool

	Now time.Time
}

// Of returns what covers a range of npm's, prereleases too, as npm deprecate has it
// (npm 11: semver.satisfies with includePrerelease). exactly is the version that the
// text names, if it is no range but one.
func Of(text string) (covers func(*registry.Document, registry.Documented) bool, exactly string, err error) {
	r, err := npm.ParseRange(text)
	if err != nil {
		return nil, "", err
	}
	if v, ok := npm.Clean(text); ok {
		exactly = v.Canonical()
	}
	return func(_ *registry.Document, v registry.Documented) bool { return v.Valid && r.Contains(v.Number, true) }, exactly, nil
}

// A State is how a version stands.
type State string

// The states.
const (
	Open    State = "open"     // it is to be written
	Already State = "already"  // it had the message before
	LeftOut State = "left-out" // it is covered, and not written: see Why
	Done    State = "done"     // the registry shows the message
	Unseen  State = "unseen"   // it was written, and the registry does not show it
	Gone    State = "gone"     // it is not there any more
)

// A Version is one that the request covers.
type Version struct {
	Version string
	State   State
	Was     bool   // it was deprecated before
	Before  string // the message that it had; foreign text
	Why     string // of LeftOut
}

// A Plan is what is to be done, and after Write what was done.
type Plan struct {
	Request
	Versions []Version // what is covered, ascending
	Of       int       // number of versions that the package has
	Writes   int       // documents that were sent
	Notes    []string  // what else happened; may quote the registry

	registry *registry.Client
	doc      *registry.Document
	digests  map[string]string // version → its checksums, as they were at first
	tags     map[string]string // as they were at first
	altered  []string          // versions that have other checksums now
}

// Look reads the package and returns what is to be done. Nothing is written.
func Look(ctx context.Context, r *registry.Client, q Request) (*Plan, error) {
	doc, found, err := r.Document(ctx, q.Name)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNoPackage
	}
	p := &Plan{Request: q, registry: r, doc: doc, Of: len(doc.Versions), tags: doc.Tags, digests: map[string]string{}}
	for _, v := range doc.Versions {
		p.digests[v.Version] = v.Digest
		if !q.Covers(doc, v) {
			continue
		}
		one := Version{Version: v.Version, State: Open, Was: v.Deprecated, Before: v.Message}
		switch {
		case q.shows(v), q.keeps(v):
			one.State = Already
		default:
			if one.Why = q.protects(doc, v); one.Why != "" {
				one.State = LeftOut
			}
		}
		p.Versions = append(p.Versions, one)
	}
	slices.SortStableFunc(p.Versions, func(a, b Version) int { return compare(a.Version, b.Version) })
	return p, nil
}

// ErrNoPackage means that the registry has no such package, or does not show it.
var ErrNoPackage = errors.New("the registry has no such package, or does not show it to this credential")

// compare orders versions by precedence, and those that are none by their text.
func compare(a, b string) int {
	v, err := npm.ParseVersion(a)
	w, other := npm.ParseVersion(b)
	if err != nil || other != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(v.Compare(w), cmp.Compare(a, b))
}

// shows reports whether a version is as the request wants it.
func (q *Request) shows(v registry.Documented) bool {
	if q.Message == "" {
		return !v.Deprecated
	}
	return v.Deprecated && v.Message == q.Message
}

// keeps reports whether a version stays with the message that it has.
func (q *Request) keeps(v registry.Documented) bool { return q.Keeps && v.Deprecated }

// protects returns why a version is not deprecated though it is covered; empty: it
// is. To take a deprecation back harms nobody.
func (q *Request) protects(doc *registry.Document, v registry.Documented) string {
	switch {
	case q.Message == "", q.IncludingLatest && (q.Standing || q.Exactly != "" && v.Valid && v.Number.Canonical() == q.Exactly):
		return ""
	case doc.Tags["latest"] == v.Version:
		return "dist-tag latest is on it, so that everybody who installs the package gets it"
	case q.Standing:
		return ""
	case !doc.Dated && highest(doc, v):
		return "it is the highest version, and the registry does not say when it was published"
	case doc.Dated && v.Published.IsZero():
		return "the registry does not say when it was published, so that it may be what was just released"
	case doc.Dated && q.Now.Sub(v.Published) < Fresh:
		return fmt.Sprintf("it was published at %s, which is not an hour ago", v.Published.Format(time.RFC3339))
	}
	return ""
}

func highest(doc *registry.Document, v registry.Documented) bool {
	return !v.Valid || !slices.ContainsFunc(doc.Versions, func(w registry.Documented) bool {
		return w.Valid && w.Number.Compare(v.Number) > 0
	})
}

// In returns the versions in a state.
func (p *Plan) In(s State) (versions []string) {
	for _, v := range p.Versions {
		if v.State == s {
			versions = append(versions, v.Version)
		}
	}
	return versions
}

// revise sets the states by a document that was read after a write: what is open and
// shows the message is done.
func (p *Plan) revise(doc *registry.Document) {
	now := map[string]registry.Documented{}
	p.altered = nil
	for _, v := range doc.Versions {
		now[v.Version] = v
		if was, there := p.digests[v.Version]; there && was != v.Digest {
			p.altered = append(p.altered, v.Version)
		}
	}
	for i := range p.Versions {
		one := &p.Versions[i]
		if one.State != Open {
			continue
		}
		switch v, there := now[one.Version]; {
		case !there:
			one.State = Gone
		case p.shows(v):
			one.State = Done
		case p.keeps(v): // somebody else was faster
			one.State = Already
		}
	}
}

// protect leaves out what is not written yet and must not be any more: somebody may
// have moved latest to it.
func (p *Plan) protect() {
	why := map[string]string{}
	for _, v := range p.doc.Versions {
		why[v.Version] = p.protects(p.doc, v)
	}
	for i := range p.Versions {
		if one := &p.Versions[i]; one.State == Open && why[one.Version] != "" {
			one.State, one.Why = LeftOut, why[one.Version]
		}
	}
}
