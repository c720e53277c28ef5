package incident

import (
	"cmp"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// A Move is a dist-tag on an affected version, and where it is to be.
type Move struct {
	Tag  string `json:"tag"`
	From string `json:"from"`
	To   string `json:"to"` // empty: there is no version for it
}

// moves lists the dist-tags that are on affected versions, latest first. Each is to
// be on the highest version below that is not affected, not deprecated and of the
// same line; latest, where there is none in its line, on the highest below at all.
// A prerelease stands in for a prerelease alone. Good, where it is given, is for
// latest and for the tags of its line.
func moves(a *Ask, h *registry.History, all []affected) []Move {
	list, bad := []Move{}, versionSet(all)
	good, goodErr := npm.ParseVersion(a.Good)
	tags := slices.SortedFunc(maps.Keys(h.Tags), func(x, y string) int {
		return cmp.Or(-cmp.Compare(b2i(x == latest), b2i(y == latest)), cmp.Compare(x, y))
	})
	for _, tag := range tags {
		from := h.Tags[tag]
		number, err := npm.ParseVersion(from)
		if !bad[from] || err != nil {
			continue
		}
		m := Move{Tag: tag, From: from}
		if goodErr == nil && a.Good != "" && (tag == latest || sameLine(good, number)) {
			m.To = a.Good
		} else {
			m.To = below(h, bad, number, tag == latest)
		}
		list = append(list, m)
	}
	return list
}

const latest = "latest"

// below returns the version that a dist-tag moves to; "" where there is none.
func below(h *registry.History, bad map[string]bool, number npm.Version, anyLine bool) string {
	var inLine, atAll registry.Publication
	for _, p := range h.Releases {
		if bad[p.Version] || !valid(p.Version, p.Number) || p.Deprecated != "" || p.Number.Compare(number) >= 0 ||
			p.Number.Prerelease() != "" && number.Prerelease() == "" {
			continue
		}
		if sameLine(p.Number, number) && (inLine.Version == "" || p.Number.Compare(inLine.Number) > 0) {
			inLine = p
		}
		if atAll.Version == "" || p.Number.Compare(atAll.Number) > 0 {
			atAll = p
		}
	}
	if inLine.Version == "" && anyLine {
		return atAll.Version
	}
	return inLine.Version
}

// sameLine reports whether two versions are of one release line: a major version,
// and below 1.0.0 a minor one.
func sameLine(a, b npm.Version) bool {
	return a.Major == b.Major && (a.Major > 0 || a.Minor == b.Minor)
}

// above returns the lowest good version above an affected one, of its line; "" where
// there is none.
func above(h *registry.History, bad map[string]bool, v *affected) string {
	var best registry.Publication
	for _, p := range h.Releases {
		if bad[p.Version] || !valid(p.Version, p.Number) || p.Number.Prerelease() != "" || p.Deprecated != "" || !sameLine(p.Number, v.Number) ||
			p.Number.Compare(v.Number) <= 0 {
			continue
		}
		if best.Version == "" || p.Number.Compare(best.Number) < 0 {
			best = p
		}
	}
	return best.Version
}

// unfixed returns the affected versions above which no good one of their line is
// published: whoever asks for ^VERSION gets nothing better.
func unfixed(h *registry.History, all []affected) (versions []string) {
	bad := versionSet(all)
	for i := range all {
		if v := &all[i]; v.Number.Prerelease() == "" && above(h, bad, v) == "" {
			versions = append(versions, v.Version)
		}
	}
	return versions
}

func versionSet(all []affected) map[string]bool {
	set := map[string]bool{}
	for i := range all {
		set[all[i].Version] = true
	}
	return set
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
