package policy

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// InstallScripts is dependencies.install-scripts: which dependencies may run a
// script when they are installed.
type InstallScripts struct {
	// Allowed is allow; nil: not checked. An entry is NAME or a pattern of names, alone
	// or with @RANGE, or a purl with or without a version.
	Allowed *[]string

	OthersWarn      bool // others: warn. What is not allowed warns instead of blocking
	VersionsWritten bool // versions: required. An entry without versions is told
}

// AllowsScript reports whether an entry of the list admits a version.
func AllowsScript(entry, name, version string) bool {
	pattern, rng := splitEntry(entry)
	if ok, err := path.Match(pattern, name); err != nil || !ok {
		return false
	}
	if rng == "" {
		return true
	}
	ok, err := npm.Satisfies(version, rng, false)
	return err == nil && ok || rng == version
}

// AllowsAnyVersion reports whether an entry says nothing about versions, or admits
// all of them.
func AllowsAnyVersion(entry string) bool {
	_, rng := splitEntry(entry)
	rng = strings.TrimSpace(rng)
	return rng == "" || rng == "*" || rng == "x" || rng == "X" || rng == ">=0.0.0" || rng == ">=0"
}

// splitEntry returns the pattern of names and the range of an entry.
func splitEntry(entry string) (pattern, rng string) {
	if strings.HasPrefix(entry, "pkg:") {
		name, version, err := npm.ParsePURL(entry)
		if err != nil {
			return "", ""
		}
		return name, version
	}
	return splitVersions(entry)
}

// scriptEntry is the error of an entry that admits nothing, or everything.
func scriptEntry(s string) error {
	if strings.HasPrefix(s, "pkg:") {
		_, _, err := npm.ParsePURL(s)
		return err
	}
	return versionPattern(s)
}

// MayInstall reports whether the list admits a version.
func (i *InstallScripts) MayInstall(name, version string) bool {
	return i.Allowed != nil && slices.ContainsFunc(*i.Allowed, func(entry string) bool { return AllowsScript(entry, name, version) })
}

// Reviewed reports whether an entry of the list that says which versions it is about
// admits this one.
func (i *InstallScripts) Reviewed(name, version string) bool {
	return i.Allowed != nil && slices.ContainsFunc(*i.Allowed, func(entry string) bool {
		return !AllowsAnyVersion(entry) && AllowsScript(entry, name, version)
	})
}

func installScriptKeys() []key {
	return []key{
		{path: "dependencies.install-scripts.allow", kind: kindScripts,
			set: func(d *draft, v value) { d.Dependencies.Allowed = &v.list }},
		{path: "dependencies.install-scripts.others", kind: kindWord, words: []string{"block", "warn"},
			set: func(d *draft, v value) { d.Dependencies.OthersWarn = v.text == "warn" }},
		{path: "dependencies.install-scripts.versions", kind: kindWord, words: []string{Required, "optional"},
			set: func(d *draft, v value) { d.Dependencies.VersionsWritten = v.text == Required }},
	}
}

// canonical adds the settings to those of the canonical form.
func (i *InstallScripts) canonical(settings map[string]any) {
	settings["dependencies.install-scripts.allow"] = i.Allowed // null: not checked
	settings["dependencies.install-scripts.others"] = choose(i.OthersWarn, "warn", "block")
	settings["dependencies.install-scripts.versions"] = choose(i.VersionsWritten, Required, "optional")
}
