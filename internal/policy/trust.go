package policy

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Trust says what must stand behind the dependencies, besides their lockfile.
type Trust struct {
	Signatures      string        // dependencies.signatures: Required, WhenAvailable; "": not looked at
	Attestations    []string      // patterns of the names of packages that must have verified provenance; see Sources
	Downgrade       string        // "block", "warn"; "": how a version was published is not compared with earlier ones
	DowngradeWithin time.Duration // a version published longer ago is not compared; 0: each is

	SinceRelease SinceRelease

	// BuildPath is dependencies.build-path: Required, Audit; "": what builds the package
	// is not looked at.
	BuildPath string
}

// SinceRelease is dependencies.since-release: what is told of a dependency of which
// the last release, or the base of a pull request, locked another version. Each
// word is "block", "warn" or "": it is not looked at.
type SinceRelease struct {
	Publisher   string        // new-publisher: nobody who published the version had published one before
	Maintainers string        // new-maintainers: nobody who maintained the old version maintains the new one
	Scripts     string        // install-scripts: a script runs when it is installed, which the old version had not or another one
	Revived     string        // revived: it was published after a long silence
	After       time.Duration // revived-after: how long that is
	Within      time.Duration // within: a version published longer ago is not told; 0: each is
}

// defaultSilence is revived-after where nobody says: of a package that publishes at
// least once a year, a year without a release is no rhythm.
const defaultSilence = 365 * 24 * time.Hour

// Asked returns the keys that are set, and whether one of them blocks.
func (r *SinceRelease) Asked() (keys []string, blocks bool) {
	for _, k := range []struct{ key, mode string }{{"new-publisher", r.Publisher}, {"new-maintainers", r.Maintainers},
		{"install-scripts", r.Scripts}, {"revived", r.Revived}} {
		if k.mode != "" {
			keys, blocks = append(keys, "dependencies.since-release."+k.key), blocks || k.mode == "block"
		}
	}
	return keys, blocks
}

// WhenAvailable is a word of dependencies.signatures: a registry that publishes
// no keys is skipped.
const WhenAvailable = "when-available"

// Attests reports whether a package must have attestations.
func (t *Trust) Attests(name string) bool {
	return slices.ContainsFunc(t.Attestations, func(entry string) bool {
		pattern, _, _ := strings.Cut(entry, "=")
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// Sources returns the repositories that the provenance of a package must be from, as
// HOST/OWNER/REPO with * for any characters of one part: from all of them, because a
// second policy can only add to the first.
func (t *Trust) Sources(name string) (all []string) {
	for _, entry := range t.Attestations {
		pattern, source, bound := strings.Cut(entry, "=")
		if ok, err := path.Match(pattern, name); bound && err == nil && ok {
			all = append(all, source)
		}
	}
	return all
}

// IsFrom reports whether an address such as "https://github.com/acme/a" is that of a
// source. Hosts of code do not tell letter cases apart.
func IsFrom(source, repository string) bool {
	address, secure := strings.CutPrefix(strings.ToLower(repository), "https://")
	ok, err := path.Match(strings.ToLower(source), address)
	return secure && err == nil && ok
}

// attestedPattern is the error of an entry of attestations.require: a pattern of
// names, alone or with =HOST/OWNER/REPO.
func attestedPattern(s string) error {
	pattern, source, bound := strings.Cut(s, "=")
	if err := namePattern(pattern); err != nil || !bound {
		return err
	}
	parts := strings.Split(source, "/")
	_, err := path.Match(source, "")
	if pattern == "" || len(parts) < 3 || err != nil || !strings.Contains(parts[0], ".") || strings.ContainsAny(parts[0], "*?[") ||
		slices.Contains(parts, "") || strings.ContainsAny(source, " :@#") {
		return fmt.Errorf("%s has no package before or no repository behind the =; write NAME= HOST/OWNER/REPO: github.com/acme/widget", quote(s))
	}
	return nil
}

func trustKeys() []key {
	modes := []string{"block", "warn", "ignore"}
	return []key{
		{path: "dependencies.signatures", kind: kindWord, words: []string{Required, WhenAvailable, "ignore"},
			set: func(d *draft, v value) { d.Dependencies.Signatures = asked(v.text) }},
		{path: "dependencies.attestations.require", kind: kindSources,
			set: func(d *draft, v value) { d.Dependencies.Attestations = v.list }},
		{path: "dependencies.attestations.downgrade", kind: kindWord, words: modes,
			set: func(d *draft, v value) { d.Dependencies.Downgrade = asked(v.text) }},
		{path: "dependencies.attestations.downgrade-within", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.DowngradeWithin = v.span }},
		{path: "dependencies.since-release.new-publisher", kind: kindWord, words: modes,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.Publisher = asked(v.text) }},
		{path: "dependencies.since-release.new-maintainers", kind: kindWord, words: modes,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.Maintainers = asked(v.text) }},
		{path: "dependencies.since-release.install-scripts", kind: kindWord, words: modes,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.Scripts = asked(v.text) }},
		{path: "dependencies.since-release.revived", kind: kindWord, words: modes,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.Revived = asked(v.text) }},
		{path: "dependencies.since-release.revived-after", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.After = v.span }},
		{path: "dependencies.since-release.within", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.SinceRelease.Within = v.span }},
	}
}

// canonical adds the settings to those of the canonical form.
func (r *SinceRelease) canonical(settings map[string]any) {
	const at = "dependencies.since-release."
	settings[at+"new-publisher"] = cmp.Or(r.Publisher, "ignore")
	settings[at+"new-maintainers"] = cmp.Or(r.Maintainers, "ignore")
	settings[at+"install-scripts"] = cmp.Or(r.Scripts, "ignore")
	settings[at+"revived"] = cmp.Or(r.Revived, "ignore")
	settings[at+"revived-after"] = r.After.String()
	settings[at+"within"] = r.Within.String()
}
