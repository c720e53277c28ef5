package advisory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Source knows advisories. Answer returns every record it has that may
// concern the packages asked for – more is allowed, versions are compared
// here – or an error: never an incomplete answer, and never an empty one for
// "could not look".
type Source interface {
	Name() string // "npm", "osv", "snapshot", "file:advisories"
	Answer(ctx context.Context, asked []Asked) ([]Record, Status, error)
}

// Asked is one package and its installed versions.
type Asked struct {
	Name     string
	Versions []string // canonical, ascending; AnyVersion first where all is wanted
}

// AnyVersion as the first of Asked.Versions asks for every record about the
// package, whatever version it names. Not every source can tell; see Depth.
const AnyVersion = ""

// With is a with one more version asked for.
func (a Asked) With(version string) Asked {
	if !slices.Contains(a.Versions, version) {
		a.Versions = append(slices.Clone(a.Versions), version)
		slices.SortFunc(a.Versions, compareTexts)
	}
	return a
}

// compareTexts orders versions that can be read by precedence, AnyVersion and
// others before them.
func compareTexts(a, b string) int {
	v, err := npm.ParseVersion(a)
	w, err2 := npm.ParseVersion(b)
	switch {
	case err == nil && err2 == nil:
		return v.Compare(w)
	case err == nil:
		return 1
	case err2 == nil:
		return -1
	}
	return strings.Compare(a, b)
}

func (a Asked) whole() bool { return len(a.Versions) > 0 && a.Versions[0] == AnyVersion }

// grace is how long the other sources may still take once a complete one has
// answered, where one is enough.
const grace = 20 * time.Second

// Ask lists what a graph's packages are, by name: what a source is asked.
// Packages of this checkout are not among them (their names are nobody's
// business), nor are those whose version cannot be read (see Unauditable).
func Ask(g *npm.Graph) []Asked {
	type copied struct {
		p *npm.Package
		v npm.Version
	}
	all := make([]copied, 0, len(g.Packages))
	for _, p := range g.Packages {
		if v, ok := auditable(p); ok {
			all = append(all, copied{p, v})
		}
	}
	slices.SortFunc(all, func(a, b copied) int {
		if c := strings.Compare(a.p.Name, b.p.Name); c != 0 {
			return c
		}
		return a.v.Compare(b.v)
	})
	asked := make([]Asked, 0, len(all))
	texts := make([]string, 0, len(all)) // of all packages, one after the other
	for i, c := range all {
		text := c.v.Canonical()
		if i == 0 || all[i-1].p.Name != c.p.Name {
			asked = append(asked, Asked{Name: c.p.Name})
		} else if texts[len(texts)-1] == text {
			continue
		}
		texts = append(texts, text)
		last := &asked[len(asked)-1]
		n := len(last.Versions) + 1
		last.Versions = texts[len(texts)-n : len(texts) : len(texts)]
	}
	return asked
}

// auditable reports whether advisories are looked up for a copy: it has a name
// and a version, and is neither part of this checkout nor a runtime, which npm
// has packages of the same name beside.
func auditable(p *npm.Package) (npm.Version, bool) {
	if p.Name == "" || p.Link || p.Source == npm.SourceLocal || p.Source == npm.SourceRuntime {
		return npm.Version{}, false
	}
	v, err := npm.ParseVersion(p.Version)
	return v, err == nil
}

// Unauditable says in a few words why advisories cannot vouch for a copy, or
// nothing where they can and where there is nothing to vouch for (the root, a
// workspace member, a link, a runtime). A check makes a finding of each.
//
// A copy from git, an address or a file is looked up nevertheless, under the
// name and version it claims, as npm audit does; but no registry knows its
// bytes, so finding nothing says nothing.
func Unauditable(p *npm.Package) (why string) {
	if p.Link || p.Source == npm.SourceLocal || p.Source == npm.SourceRuntime {
		return ""
	}
	switch p.Source {
	case npm.SourceRegistry, npm.SourceBundled:
	case npm.SourceGit:
		return "it comes from a git repository, which no advisory names"
	case npm.SourceURL:
		return "it comes from an address that is no registry, which no advisory names"
	case npm.SourceFile:
		return "it comes from a file, which no advisory names"
	default:
		if p.Version == "" && p.Resolved == "" {
			return "its entry in the lockfile has neither a version nor an address"
		}
		return "where it comes from is not known"
	}
	switch {
	case p.Name == "":
		return "it has no name"
	case p.Version == "":
		return "it has no version"
	}
	if _, err := npm.ParseVersion(p.Version); err != nil {
		return "its version is not a semantic version"
	}
	return ""
}

// Look asks all sources about a graph's packages and returns the advisories
// that affect them, ordered by location and id, with the sources' statuses in
// the order given. See Gather for when it is an error.
func Look(ctx context.Context, sources []Source, g *npm.Graph, requireAll bool) ([]Match, []Status, error) {
	known, statuses, err := Gather(ctx, sources, Ask(g), requireAll)
	if err != nil {
		return nil, statuses, err
	}
	return known.Match(g), statuses, nil
}

// Gather asks all sources at once and returns what they know, with their
// statuses in the order given.
//
// It is an error when there is no source, and when too few could answer: with
// requireAll each must, otherwise one complete source must – or, where only
// partial ones were asked for (the snapshot), all of those. A package that only
// its scope's own registry is asked about needs that one's answer; one that
// nobody is asked about is among Unasked.
func Gather(ctx context.Context, sources []Source, asked []Asked, requireAll bool) (*Known, []Status, error) {
	if len(sources) == 0 {
		return nil, []Status{}, errors.New("look up advisories: no source is named")
	}
	answers := askAll(ctx, sources, asked, requireAll)
	statuses := make([]Status, len(sources))
	known := newKnown()
	complete, failed := 0, 0
	var errs []error
	for i, a := range answers {
		statuses[i] = a.status
		statuses[i].Name = sources[i].Name()
		if a.err != nil {
			statuses[i].Error = a.err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", sources[i].Name(), a.err))
			failed++
			continue
		}
		if !a.status.Partial {
			complete++
		}
		statuses[i].Newest = newestOf(a.records)
		known.records.add(sources[i].Name(), a.records)
	}
	if failed > 0 && (requireAll || complete == 0 || len(Unasked(statuses)) > 0) {
		return nil, statuses, fmt.Errorf("look up advisories: %w", errors.Join(errs...))
	}
	for _, status := range statuses {
		known.answered(status, asked, complete > 0)
	}
	return known, statuses, nil
}

// newestOf is when the latest of records was published or modified.
func newestOf(records []Record) (newest time.Time) {
	for i := range records {
		for _, text := range []string{records[i].Modified, records[i].Published} {
			if t, ok := parseTime(text); ok && t.After(newest) {
				newest = t.UTC()
			}
		}
	}
	return newest
}

// Complete reports whether a source answered that holds every advisory there is.
func Complete(statuses []Status) bool {
	return slices.ContainsFunc(statuses, func(s Status) bool { return s.Error == "" && !s.Partial })
}

// Unasked lists the packages, sorted, that no source was asked about whose
// answer counts: the complete ones, where there are any. Nothing is known of
// them; a check makes a finding of each.
func Unasked(statuses []Status) []string {
	complete := Complete(statuses)
	var left []string
	first := true
	for _, s := range statuses {
		if s.Error != "" || complete && s.Partial {
			continue
		}
		if first {
			left, first = slices.Clone(s.Unasked), false
			continue
		}
		left = slices.DeleteFunc(left, func(name string) bool { return !slices.Contains(s.Unasked, name) })
	}
	return left
}

type answer struct {
	records []Record
	status  Status
	err     error
}

func askAll(ctx context.Context, sources []Source, asked []Asked, requireAll bool) []answer {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answers := make([]answer, len(sources))
	var wait sync.WaitGroup
	late := sync.OnceValue(func() *time.Timer { return time.AfterFunc(grace, func() { cancel(errTooLate) }) })
	for i, s := range sources {
		wait.Go(func() {
			a := &answers[i]
			a.records, a.status, a.err = s.Answer(ctx, asked)
			if cause := context.Cause(ctx); a.err != nil && errors.Is(cause, errTooLate) {
				a.err = cause
			}
			if a.err == nil && !a.status.Partial && !requireAll {
				late()
			}
		})
	}
	wait.Wait()
	late().Stop()
	return answers
}

var errTooLate = fmt.Errorf("no answer %s after another source's", grace)
