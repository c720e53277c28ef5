package monitor

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// publishes judges each version that the registry has, and remembers it.
func (j *judging) publishes() {
	h := j.look.History
	if h == nil || !j.sees(Publishes) {
		return
	}
	firstLook := !j.was.looked()
	builder := j.builders(h)
	signs := slices.ContainsFunc(h.Releases, func(r registry.Publication) bool { return len(r.Signatures) > 0 })
	lines := j.lines(h)
	there := make(map[string]bool, len(h.Releases))
	for i := range h.Releases {
		r := &h.Releases[i]
		there[r.Version] = true
		old, seen := j.was.Versions[r.Version]
		v := old
		v.Gone = false
		if !seen || old.Gone {
			v.Late, seen = !firstLook, false
		}
		now := digests(r.Integrity, r.Shasum)
		asBefore := same(old.Digests, now)
		if asBefore { // else what was there first counts
			v.Digests, _ = joined(old.Digests, now)
		}
		v.Trust, v.Published = max(v.Trust, r.Trust), earlier(v.Published, seconds(r.Published))
		baseline := v.old(r, j.since, j.untimed())
		if baseline {
			j.base++
		}
		j.bytes(r, &v, asBefore, baseline)
		j.next.Versions[r.Version] = v
		if baseline {
			continue
		}
		if signs && len(r.Signatures) == 0 {
			j.add(Publishes, &unsignedRule, finding.Always, r.Version, "registry "+r.Version,
				"The registry signed other versions of %s, and not %s.", h.Name, r.Version)
		}
		if why := j.look.Refused[r.Version]; why != "" {
			j.add(Publishes, &unverifiedRule, finding.Always, r.Version, r.Version,
				"The attestations that the registry has of %s@%s do not hold: %s.", h.Name, r.Version, strings.TrimSuffix(why, "."))
		}
		if at := builder[r.Version]; at != "" {
			j.elsewhere(r.Version, at)
		}
		if !seen {
			j.trust(r, lines[line(r.Number)], v.Late)
		}
		j.publisher(r)
	}
	j.vanished(there, firstLook)
}

// untimed reports whether a version without a time may be taken for one that was
// there before: not where the policy names the day.
func (j *judging) untimed() bool { return j.policy().Monitor.Since.IsZero() }

// bytes holds the bytes of one version against those that were judged, and those
// that it had before: asBefore says that these are the same.
func (j *judging) bytes(r *registry.Publication, v *Version, asBefore, baseline bool) {
	name := j.look.Package
	given, has := j.look.Judged[r.Version]
	digest, have := digestOf(given.SHA512), judgedBy(r.Integrity)
	switch {
	case !asBefore && have == "" && len(sha512s(r.Integrity)) > 1:
		j.add(Publishes, &differsRule, finding.Always, r.Version, r.Version,
			"The registry names several checksums of one kind for %s@%s, so that nobody knows which bytes it has: %s.", name, r.Version, r.Integrity)
		return
	case !asBefore:
		j.add(Publishes, &differsRule, finding.Always, r.Version, r.Version,
			"%s@%s has other bytes at the registry than it had before: now %s.", name, r.Version,
			cmp.Or(r.Integrity, r.Shasum, "without a checksum"))
		return
	case has && digest != "" && have != "" && digest != have:
		j.add(Publishes, &differsRule, finding.Always, r.Version, r.Version,
			"%s@%s has other bytes at the registry, %s, than were judged: SHA-512 %s (%s).", name, r.Version, r.Integrity, given.SHA512,
			given.Evidence)
		return
	case has && digest != "" && digest == have && given.Passed:
		v.Known = max(v.Known, Passed)
		if given.Signed {
			v.Known = Signed
		}
	}
	if baseline {
		return
	}
	known := v.Known
	if have == "" { // it was known by what the registry does not say any more
		known = Unjudged
	}
	if known == Passed {
		j.add(Publishes, &unsignedRule, j.unsigned(), r.Version, r.Version, "Evidence without a signature says that a gate of ours passed "+
			"%s@%s: anybody can write that.", name, r.Version)
	}
	if known != Unjudged || j.unlooked(r.Version) {
		return
	}
	why := "no verdict of ours is about its bytes"
	switch {
	case has && !given.Passed:
		why = "a gate of ours judged it and blocked it (" + given.Evidence + ")"
	case has && have == "":
		why = "the registry gives no SHA-512 of it, so that nothing says whether it is what was judged (" + given.Evidence + ")"
	case has:
		why = "what is said to be its verdict names no SHA-512 (" + given.Evidence + ")"
	}
	j.add(Publishes, &unknownRule, finding.Always, r.Version, r.Version, "%s@%s, published %s%s: %s.", name, r.Version,
		when(r.Published), by(r), why)
}

// unsigned is the level of a finding about what nobody signed.
func (j *judging) unsigned() finding.Level {
	if len(j.policy().Signing.Require) > 0 {
		return finding.Always
	}
	return finding.Advice
}

// vanished finds the versions that are not there any more.
func (j *judging) vanished(there map[string]bool, firstLook bool) {
	for version, at := range j.look.History.Times {
		if _, err := npm.ParseVersion(version); err != nil || there[version] { // created, modified, unpublished
			continue
		}
		if _, known := j.next.Versions[version]; !known {
			old := !at.IsZero() && at.Before(j.since) || at.IsZero() && j.untimed()
			j.next.Versions[version] = Version{Published: seconds(at), Gone: firstLook && old}
		}
	}
	for _, version := range slices.Sorted(maps.Keys(j.next.Versions)) {
		if v := j.next.Versions[version]; !there[version] && !v.Gone {
			j.add(Publishes, &goneRule, finding.Always, version, version, "%s@%s, published %s, is not at the registry any more.",
				j.look.Package, version, when(v.Published))
		}
	}
}

// gone handles a package that the registry does not have. One that was never seen
// cannot be looked at.
func (j *judging) gone() {
	if j.look.History != nil {
		return
	}
	for _, topic := range []Topic{Publishes, Tags, Access} {
		if !j.good[topic] {
			continue
		}
		if len(j.was.Versions) > 0 || len(j.was.Tags.Of) > 0 {
			if topic == Publishes {
				j.add(topic, &goneRule, finding.Always, "", "", "The registry does not have the package %s any more.", j.look.Package)
				for key, old := range j.was.Findings {
					j.kept[key] = j.kept[key] || old.Finding.Rule == goneRule.ID
				}
			}
			continue
		}
		delete(j.good, topic)
		j.miss(topic, "the registry has no package of this name")
	}
}

// miss records that a topic was not looked at after all.
func (j *judging) miss(topic Topic, why string) {
	if j.missed == nil {
		j.missed = map[Topic]string{}
	}
	j.missed[topic] = why
	delete(j.next.Looks, topic)
	if last, ok := j.was.Looks[topic]; ok {
		j.next.Looks[topic] = last
	}
}

// staged finds what waits for an approval and is not what a gate of ours passed.
func (j *judging) staged() {
	if j.look.Stages == nil || !j.sees(Publishes) { // needs a token
		for key, old := range j.was.Findings {
			j.kept[key] = j.kept[key] || old.Finding.Rule == stagedRule.ID
		}
		return
	}
	for _, s := range j.look.Stages {
		if j.unlooked(s.ID) {
			continue
		}
		given, has := j.look.Judged[s.Version]
		level, why := finding.Always, "no gate of ours passed its bytes"
		if digest := judgedBy(s.Integrity); has && given.Passed && digest != "" && digest == digestOf(given.SHA512) {
			if given.Signed {
				continue
			}
			level, why = j.unsigned(), "only evidence without a signature, which anybody can write, says that a gate of ours passed its bytes"
		}
		j.add(Publishes, &stagedRule, level, s.Version, s.ID, "%s@%s waits for an approval since %s, staged by %s as %s, and %s.",
			j.look.Package, s.Version, when(s.Created), cmp.Or(s.Actor, "somebody"), s.ID, why)
	}
}

// lastRelease returns the highest version that is no prerelease.
func (j *judging) lastRelease() (last registry.Publication, ok bool) {
	if j.look.History == nil {
		return last, false
	}
	for _, r := range j.look.History.Releases {
		if valid(&r) && r.Number.Prerelease() == "" && (!ok || r.Number.Compare(last.Number) > 0) {
			last, ok = r, true
		}
	}
	return last, ok
}

// valid reports whether the registry calls it by a version; that of 0.0.0 is zero.
func valid(r *registry.Publication) bool { return r.Number != npm.Version{} || r.Version == "0.0.0" }

func seconds(t time.Time) time.Time {
	if t.Unix() <= 0 || t.Unix() > maxSeconds {
		return time.Time{} // the file has no form for it
	}
	return t.UTC().Truncate(time.Second)
}

// when returns a time for a message.
func when(t time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// by says who published, as the end of a clause.
func by(r *registry.Publication) string {
	switch {
	case r.By == "":
		return ""
	case r.Approver != "":
		return " by " + r.By + ", approved by " + r.Approver
	}
	return " by " + r.By
}
