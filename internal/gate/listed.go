package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
)

const (
	ageKey        = "dependencies.min-release-age"
	deprecatedKey = "dependencies.deprecated"
)

// listed is what registries say of the locked versions, and what was not asked.
type listed struct {
	check.Listings
	not     []check.Unchecked // keys that decide by what could not be asked
	skipped []report.Skip     // what has no answer, or one that decides nothing
}

// readListed asks the registries what the policy wants to know of the locked
// versions: when each was published, and whether it is deprecated. The error
// means that a registry does not answer and that the policy decides by it.
//
// What is there already is not asked about.
func readListed(ctx context.Context, q inquiry, s *check.Subject, there check.Listings) (l listed, err error) {
	want := &s.Policy.Dependencies.Fresh
	told := want.Deprecated == "warn" || want.Deprecated == "block"
	if want.MinReleaseAge <= 0 && !told {
		return l, nil
	}
	if q.Offline {
		l.unasked(want.MinReleaseAge > 0, ageKey, "-offline: the registry knows when a version was published")
		if told {
			l.unasked(want.Deprecated == "block", deprecatedKey, "-offline: only what the lockfile says is known")
		}
		return l, nil
	}
	if n := s.Ageless(); n > 0 {
		l.skipped = append(l.skipped, skip(ageKey, "%d from no registry, or bundled in the tarball of another package, have no age of "+
			"their own", n))
	}
	l.Of, l.At = map[*npm.Package]check.Listing{}, maps.Clone(there.At)
	if l.At == nil {
		l.At = map[[2]string]check.Listing{}
	}
	places := l.places(q, s)
	key := ageKey
	if want.MinReleaseAge <= 0 {
		key = deprecatedKey
		if want.Deprecated == "warn" {
			aside, cancel := context.WithTimeout(ctx, asideBudget)
			defer cancel()
			ctx = aside
		}
	}
	err = l.ask(ctx, q.lookup, places)
	if err != nil && key == deprecatedKey && want.Deprecated == "warn" {
		l.skipped = append(l.skipped, skip(key, "the registry could not be asked about all of them: %s", oneLine(err)))
		return l, nil
	}
	if err != nil {
		err = down(theRegistry, fmt.Errorf("%s: %w", key, err))
	}
	return l, err
}

// unasked notes that a key could not be looked after.
func (l *listed) unasked(decides bool, key, format string, args ...any) {
	if why := fmt.Sprintf(format, args...); decides {
		l.not = append(l.not, check.Unchecked{Key: key, Why: why})
	} else {
		l.skipped = append(l.skipped, skip(key, "%s", why))
	}
}

// A listedAt is a version that a registry is asked about.
type listedAt struct {
	address string
	p       *npm.Package
	copies  []*npm.Package // all of that version from that registry, p too
	lasting bool           // only what never changes is wanted
}

// places lists what registries are asked about, each version once, and notes what
// none may be asked about.
func (l *listed) places(q inquiry, s *check.Subject) []listedAt {
	deprecates := s.AskDeprecated()
	at := map[[2]string]int{}
	var all []listedAt
	var young, old []string // of which no registry may be asked
	for p := range s.Installed() {
		age, deprecated := s.Aged(p), deprecates(p)
		if !age && !deprecated {
			continue
		}
		address, why := q.lookup.home(p)
		if why == "" {
			key := [2]string{address, p.ID()}
			if known, there := l.At[key]; there {
				l.Of[p] = known
			} else if i, twice := at[key]; twice {
				all[i].copies, all[i].lasting = append(all[i].copies, p), all[i].lasting && !deprecated
			} else {
				at[key], all = len(all), append(all, listedAt{address, p, []*npm.Package{p}, !deprecated})
			}
			continue
		}
		if line := p.ID() + " (" + why + ")"; age && !slices.Contains(young, line) {
			young = append(young, line)
		} else if deprecated && !slices.Contains(old, line) {
			old = append(old, line)
		}
	}
	if len(young) > 0 {
		l.unasked(true, ageKey, "no registry may be asked about %s; what may be of any age is named in %s-exclude", firstOf(young), ageKey)
	}
	if len(old) > 0 {
		l.unasked(s.Policy.Dependencies.Deprecated == "block", deprecatedKey, "no registry may be asked about %s", firstOf(old))
	}
	return all
}

// ask asks the registries, side by side, up to the first that does not answer.
func (l *listed) ask(ctx context.Context, look *lookup, places []listedAt) error {
	var mu sync.Mutex
	return untilFailure(ctx, lookups, len(places), func(ctx context.Context, i int) error {
		at := &places[i]
		k, err := look.of(ctx, at.address, at.p, at.lasting)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		said := check.Listing{There: k.there, Published: k.Published, Deprecated: strings.TrimSpace(k.Deprecated)}
		l.At[[2]string{at.address, at.p.ID()}] = said
		for _, p := range at.copies {
			l.Of[p] = said
		}
		return nil
	})
}
