package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
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
	Install           string    // the scripts that run when it is installed, "install: node x.js"; empty: the packument has none
	People
}

// A Grade is how a version was published, by whom and when.
type Grade struct {
	Number    npm.Version
	Trust     Trust
	Published time.Time // as in a Fact
	by        [2]string // as in People
}

// Facts are what a packument says of the versions that were asked for, and how
// all of them were published.
type Facts struct {
	Of     map[string]Fact // by version; one that is missing is not published
	Grades []Grade         // of every valid version, in the packument's order

	written []string          // the versions of Grades, as written, until they have their times
	names   map[string]string // of people, each once; nil once it is read
}

// Facts reads the packument of a package once, as a stream: whatever its size,
// only the versions that want names are kept, and a few words of each other.
// found is false if the registry does not have the package; one that redirects
// to another origin does not have it.
func (c *Client) Facts(ctx context.Context, name string, want func(version string) bool) (f *Facts, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	err = c.walk(ctx, name, func() *reading {
		f = &Facts{Of: map[string]Fact{}, names: map[string]string{}}
		return &reading{people: want, each: func(p *part) error { return f.add(p, want(p.key)) }}
	}, func(r *reading) { f.date(r.times) })
	switch {
	case absent(err) || Elsewhere(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return f, true, nil
}

// add takes a version in. wanted: its fact, too, and then the part must be about
// that version.
func (f *Facts) add(p *part, wanted bool) error {
	if wanted {
		if err := p.matches(); err != nil {
			return err
		}
		f.Of[p.key] = Fact{Integrity: p.dist.Get("integrity").Text(), Shasum: p.dist.Get("shasum").Text(), Signatures: p.signatures(),
			Attested: p.attested(), Trust: p.trust(), Deprecated: p.deprecated, People: p.people(f.names), Install: p.install()}
	}
	if number, wrong := npm.ParseVersion(p.key); wrong == nil {
		f.Grades, f.written = append(f.Grades, Grade{Number: number, Trust: p.trust(), by: p.publishers(f.names)}), append(f.written, p.key)
	}
	return nil
}

// date adds the times, which may stand after the versions.
func (f *Facts) date(times map[string]time.Time) {
	for i, version := range f.written {
		f.Grades[i].Published = times[version]
	}
	f.written, f.names = nil, nil
	for version, fact := range f.Of {
		fact.Published = times[version]
		f.Of[version] = fact
	}
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
	this := Grade{Number: number, Trust: fact.Trust, Published: fact.Published}
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
