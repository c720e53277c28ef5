package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/support"
)

var tagUnsupportedRule = finding.Rule{
	ID:       "tag-on-unsupported",
	Title:    "A dist-tag is on a version that is not supported.",
	Why:      "Who installs by the dist-tag gets a version that gets no security fixes any more.",
	Help:     "Move the dist-tag to a supported version with `npm dist-tag add`, or remove it with `npm dist-tag rm`.",
	Severity: finding.Moderate,
	Tags:     []string{"versions"},
}

var tagBackRule = finding.Rule{
	ID:       "dist-tag-back",
	Title:    "The release would move a dist-tag to a lower version.",
	Why:      "Who installs or updates by the dist-tag would go back to an older version, and lose its fixes.",
	Help:     "Publish under a dist-tag of the line, with `-tag` or `publishConfig.tag`.",
	Severity: finding.Moderate,
	Tags:     []string{"versions"},
}

var untaggedRule = finding.Rule{
	ID:       "supported-untagged",
	Title:    "A supported line has no dist-tag.",
	Why:      "Who stays on the line has no name to install its newest version by.",
	Help:     "Give its newest version a dist-tag: `npm dist-tag add`.",
	Severity: finding.Low,
	Tags:     []string{"versions"},
}

// tagsBack looks whether the release moves a dist-tag back. That of latest below a
// higher release is refused when it is published, whatever the policy says.
func (w *versionWalk) tagsBack() {
	s := w.s
	v, ok := w.version()
	if !ok || !s.Policy.Versions.StrictTags || s.isOut(v) {
		return
	}
	for i, tag := range s.DistTags {
		at, err := npm.ParseVersion(s.Published.Tags[tag])
		if err != nil || at.Compare(v) <= 0 || s.deprecated(at) || s.Publishing && tag == "latest" && at.Prerelease() == "" {
			continue
		}
		level, how := finding.Always, "would move"
		if i == 0 && !s.TagGiven && !s.Publishing {
			level, how = finding.Advice, "published without a dist-tag would move"
		}
		f := w.add(&tagBackRule, level, s.Manifest.VersionLine, tag, "%s %s %s back from %s.", v, how, tag, at)
		f.File, f.Shipped = s.Manifest.File, true
		f.Fix = fmt.Sprintf("Publish it under a dist-tag of its own, such as %s: with `-tag`, or `publishConfig.tag` of package.json.",
			tagOf(v, tag))
	}
}

// tagOf returns a dist-tag for the line of a version, other than one that does not
// do. v4 is none: npm takes it for a range.
func tagOf(v npm.Version, not string) string {
	if tag := fmt.Sprintf("latest-%d", v.Major); tag != not {
		return tag
	}
	return fmt.Sprintf("latest-%d.%d", v.Major, v.Minor)
}

// isOut reports whether the registry has a version: no dist-tag moves then.
func (s *Subject) isOut(v npm.Version) bool {
	return slices.ContainsFunc(s.Published.Releases, func(p PublishedVersion) bool { return p.Number.Compare(v) == 0 })
}

// deprecated reports whether the registry has a version as deprecated.
func (s *Subject) deprecated(v npm.Version) bool {
	return slices.ContainsFunc(s.Published.Releases, func(p PublishedVersion) bool { return p.Deprecated && p.Number.Compare(v) == 0 })
}

// tags looks at the dist-tags as they will be once the version is released.
func (w *versionWalk) tags(lines []versionLine) {
	s, file := w.s, w.s.Supported.File
	tags := maps.Clone(s.Published.Tags)
	v, ok := w.version()
	if ok && len(s.Published.Releases) > 0 {
		for _, tag := range s.DistTags {
			at, err := npm.ParseVersion(tags[tag])
			if moves := err != nil || at.Compare(v) < 0; moves && !(tag == "latest" && v.Prerelease() != "") {
				delete(tags, tag)
			}
		}
	}
	tagged := map[*support.Row]bool{}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		at, err := npm.ParseVersion(tags[tag])
		if err != nil {
			continue
		}
		row := w.row(at)
		if row == nil {
			continue
		}
		tagged[row] = true
		if tag != "latest" && !s.Policy.Versions.StrictTags || row.NamesPrereleases() || !row.Ended(s.time()) {
			continue
		}
		w.add(&tagUnsupportedRule, finding.Always, row.Line, tag, "The dist-tag %s is on %s, which belongs to %q, %s (%s:%d).", tag, at,
			row.Text, ended(row), file, row.Line).Fix = fmt.Sprintf("Move it to a supported version: `npm dist-tag add \"%s@VERSION\" %s`%s.",
			s.Manifest.Name, tag, map[bool]string{true: ", or remove it: `npm dist-tag rm " + s.Manifest.Name + " " + tag + "`"}[tag != "latest"])
	}
	for _, l := range lines {
		n := len(l.releases)
		if !s.Policy.Versions.StrictTags || n == 0 || l.now || tagged[l.row] || l.row.Ended(s.time()) || l.row.Range() == "" {
			continue
		}
		newest := l.releases[n-1].Number
		w.add(&untaggedRule, finding.Advice, l.row.Line, l.row.Text, "%s:%d says that %q is supported, and no dist-tag is on it.", file,
			l.row.Line, l.row.Text).Fix = fmt.Sprintf("Give its newest version one: `npm dist-tag add \"%s@%s\" %s`.", s.Manifest.Name, newest,
			tagOf(newest, ""))
	}
}
