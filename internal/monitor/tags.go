package monitor

import (
	"maps"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// skew is how much the registry's clock may be behind this one.
const skew = 10 * time.Minute

// tags tells once of each dist-tag that was moved by hand since the last look.
//
// A tag that now names a version published since is no finding: publishing moves
// it, and whether the version is ours published-unknown says. It is one for latest
// if the version is lower than the one before: a fix of an old line was published
// without a tag of its own, and everybody goes back. Every other move is one, so
// is a tag that was taken away, or that appeared on a version that was there. A move
// that takes back the last one that was told of the tag is none: that was the advice.
func (j *judging) tags() {
	h := j.look.History
	if h == nil || !j.good[Tags] {
		return
	}
	last := j.was.Tags
	j.next.Tags = Tagged{At: j.at, Of: maps.Clone(h.Tags)}
	if last.At.Equal(j.at) { // the time does not say which of both looks was later
		if j.next.Tags.N = last.N; !maps.Equal(last.Of, h.Tags) {
			j.next.Tags.N++
		}
	}
	if last.At.IsZero() {
		return
	}
	there := make(map[string]*registry.Publication, len(h.Releases))
	for i := range h.Releases {
		there[h.Releases[i].Version] = &h.Releases[i]
	}
	all := maps.Clone(h.Tags)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, last.Of)
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		from, had := last.Of[tag]
		to, has := h.Tags[tag]
		if from == to && had == has {
			continue
		}
		back := had && has && lower(to, from)
		if r := there[to]; has && r != nil && j.sinceTags(r) && (tag != "latest" || !back) {
			continue
		}
		if !j.undoes(tag, from, to) {
			j.moved(tag, from, to, had, has, back, there[to] != nil)
		}
	}
}

// moved tells of one tag.
func (j *judging) moved(tag, from, to string, had, has, back, there bool) {
	level, what := finding.Always, ""
	switch {
	case !has:
		what = "The dist-tag " + tag + " of " + j.look.Package + ", which named " + from + ", was taken away"
	case !had:
		level, what = finding.Advice, "The dist-tag "+tag+" appeared and names "+to+" of "+j.look.Package
	case back:
		what = "The dist-tag " + tag + " of " + j.look.Package + " went back from " + from + " to " + to
	default:
		what = "The dist-tag " + tag + " of " + j.look.Package + " was moved from " + from + " to " + to
	}
	if has && !there {
		level, what = finding.Always, what+", which is not published"
	}
	j.happened(Tags, &tagRule, level, to, tag+" "+from+" "+to, "%s, between %s and %s.", what, when(j.was.Tags.At), when(j.at))
	if tag == "latest" && (back || !there) {
		j.found[len(j.found)-1].finding.Severity = finding.High
	}
}

// undoes reports whether a move of a tag takes back the last move of it that was told.
func (j *judging) undoes(tag, from, to string) bool {
	var last Record
	for _, r := range j.was.Findings {
		if t, _, _, ok := TagMove(&r.Finding); ok && t == tag && (r.Seen.After(last.Seen) || r.Seen.Equal(last.Seen) && r.N > last.N) {
			last = r
		}
	}
	t, told, named, ok := TagMove(&last.Finding)
	return ok && t == tag && told == to && named == from
}

// sinceTags reports whether a version was published since the last look at tags, or
// was not seen before, although it was: a registry may show it hours late.
func (j *judging) sinceTags(r *registry.Publication) bool {
	if _, seen := j.was.Versions[r.Version]; !seen && len(j.was.Versions) > 0 {
		return true
	}
	return r.Published.After(j.was.Tags.At.Add(-skew))
}

// lower reports whether a version is below another. What is no version is above
// none.
func lower(a, b string) bool {
	v, err := npm.ParseVersion(a)
	w, err2 := npm.ParseVersion(b)
	return err == nil && err2 == nil && v.Compare(w) < 0
}
