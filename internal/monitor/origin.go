package monitor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// builders remembers where versions were built, and returns it by version.
func (j *judging) builders(h *registry.History) map[string]string {
	for version, b := range j.look.Built {
		if b.Repository != "" {
			at := repository(b.Repository) + " " + b.Workflow
			j.next.Built[at] = together(j.next.Built[at], []string{version})
		}
	}
	of := map[string]string{}
	for at, versions := range j.next.Built {
		for _, version := range versions {
			if of[version] == "" || at < of[version] {
				of[version] = at
			}
		}
	}
	return of
}

// elsewhere judges where a version was built. Without a word of the policy that is
// the repository of the package, and the workflow that built the first version of
// which it is known; without a repository, that of this version.
func (j *judging) elsewhere(version, at string) {
	repo, workflow, _ := strings.Cut(at, " ")
	expected, why := "", ""
	switch {
	case len(j.policy().Monitor.BuiltBy) > 0:
		if j.policy().Monitor.Built(repo, workflow) {
			return
		}
		expected, why = strings.Join(j.policy().Monitor.BuiltBy, " or "), "monitor.built-by names"
	case j.ask.Repository != "" && repository(j.ask.Repository) != repo:
		expected, why = j.ask.Repository, "the package is of"
	default:
		first := j.firstBuilt()
		if first == "" || first == at {
			return
		}
		expected, why = strings.Replace(first, " ", ", ", 1), "an earlier version is of"
	}
	j.add(Publishes, &elsewhereRule, finding.Always, version, version, "%s@%s was built in %s by %s; %s %s.", j.look.Package, version, repo,
		workflow, why, expected)
}

// firstBuilt returns where the earliest version was built of which that is known:
// by its time, else by its number.
func (j *judging) firstBuilt() string {
	if j.built == "" {
		var best registry.Publication
		for _, at := range slices.Sorted(maps.Keys(j.next.Built)) {
			for _, version := range j.next.Built[at] {
				number, err := npm.ParseVersion(version)
				this := registry.Publication{Version: version, Number: number, Published: j.next.Versions[version].Published}
				if err == nil && (best.Version == "" || before(&this, &best)) {
					best, j.built = this, at
				}
			}
		}
	}
	return j.built
}

// repository returns the address of a repository as it is compared.
func repository(address string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(address, "git+"), "/"), ".git"))
}

// lines sorts the releases by release line: a major version, below 1.0.0 a minor
// one.
func (j *judging) lines(h *registry.History) map[string][]*registry.Publication {
	all := map[string][]*registry.Publication{}
	for i := range h.Releases {
		if r := &h.Releases[i]; valid(r) {
			all[line(r.Number)] = append(all[line(r.Number)], r)
		}
	}
	return all
}

func line(v npm.Version) string {
	if v.Major > 0 {
		return fmt.Sprint(v.Major)
	}
	return fmt.Sprintf("0.%d", v.Minor)
}

// trust tells once of a version that has less behind it than an earlier one of its
// line, as registry.Facts.Before compares them: the best of them counts, and of
// equals the latest; a prerelease only for a prerelease. What is older than the
// policy's trust-window by then does not count. late says that it was not there at an
// earlier look: what was seen by then is before it, whatever the registry dates it.
func (j *judging) trust(r *registry.Publication, line []*registry.Publication, late bool) {
	var best *registry.Publication
	for _, e := range line {
		_, seen := j.was.Versions[e.Version]
		if e.Trust <= r.Trust || !before(e, r) && !(late && seen) || e.Number.Prerelease() != "" && r.Number.Prerelease() == "" {
			continue
		}
		if w := j.policy().Monitor.Within; w > 0 && !e.Published.IsZero() && !r.Published.IsZero() && r.Published.Sub(e.Published) > w {
			continue
		}
		if best == nil || e.Trust > best.Trust || e.Trust == best.Trust && before(best, e) {
			best = e
		}
	}
	if best != nil {
		j.happened(Publishes, &trustRule, finding.Always, r.Version, r.Version, "%s@%s, published %s%s, has %s behind it; %s of %s had %s.",
			j.look.Package, r.Version, when(r.Published), by(r), r.Trust, best.Version, when(best.Published), best.Trust)
	}
}

// before reports whether a version was published before another; where a time is
// missing, whether its number is lower.
func before(a, b *registry.Publication) bool {
	if a.Published.IsZero() || b.Published.IsZero() {
		return a.Number.Compare(b.Number) < 0
	}
	return a.Published.Before(b.Published)
}
