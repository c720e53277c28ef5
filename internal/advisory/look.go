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

// A Source has advisories. Answer returns every record that may concern the
// packages asked about (more is allowed, versions are compared here), or an
// error. It never returns an incomplete answer, and never an empty one for
// "could not look".
type Source interface {
	Name() string // "npm", "osv", "snapshot", "file:advisories"
	Answer(ctx context.Context, asked []Asked) ([]Record, Status, error)
}

// Asked is one package and its installed versions.
type Asked struct {
	Name     string
	Versions []string // canonical, ascending; AnyVersion first to ask for all records
}

// AnyVersion as the first of Asked.Versions asks for every record about the
// package, whatever version it names. Not every source can tell; see Depth.
const AnyVersion = ""

// With returns a with one more version.
func (a Asked) With(version string) Asked {
	if !slices.Contains(a.Versions, version) {
		a.Versions = append(slices.Clone(a.Versions), version)
		slices.SortFunc(a.Versions, compareTexts)
	}
	return a
}

// compareTexts orders valid versions by precedence, after AnyVersion and other
// texts.
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
// Packages of this checkout are not among them (their names stay private), nor
// are those whose version is invalid (see Unauditable).
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
	texts := make([]string, 0, len(all)) // memory for all packages
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
// and a version, and is neither part of this checkout nor a runtime (npm has
// unrelated packages of the same names).
func auditable(p *npm.Package) (npm.Version, bool) {
	if p.Name == "" || p.Link || p.Source == npm.SourceLocal || p.Source == npm.SourceRuntime {
		return npm.Version{}, false
	}
	v, err := npm.ParseVersion(p.Version)
	return v, err == nil
}

// Unauditable returns in a few words why advisories cannot vouch for a copy, or
// "" if they can or need not (the root, a workspace member, a link, a runtime).
// A check makes a finding of each.
//
// A copy from git, an address or a file is looked up nevertheless, under its
// name and version, as npm audit does. But its bytes are not a registry's, so
// finding nothing means nothing.
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

// Gather asks all sources concurrently and returns their records, with their
// statuses in the order given.
//
// It returns an error if there is no source, or too few answered: with
// requireAll all must; otherwise one complete source must, or, if only partial
// ones were given (the snapshot), all of them. A package that only its scope's
// registry is asked about needs that answer; one that no source is asked about
// is in Unasked.
func Gather(ctx context.Context, sources []Source, asked []Asked, requireAll bool) (*Knowledge, []Status, error) {
	if len(sources) == 0 {
		return nil, []Status{}, errors.New("look up advisories: no source is named")
	}
	answers := askAll(ctx, sources, asked, requireAll)
	statuses := make([]Status, len(sources))
	known := newKnowledge()
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

// newestOf returns the latest time at which one of the records was published or
// modified.
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

// Complete reports whether a source with all advisories answered.
func Complete(statuses []Status) bool {
	return slices.ContainsFunc(statuses, func(s Status) bool { return s.Error == "" && !s.Partial })
}

// Unasked lists the packages, sorted, about which no source was asked whose
// answer counts; if there are complete sources, only these count. A check makes
// a finding for each.
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
