package policy

import (
	"cmp"
	"time"
)

// Versions is versions: which versions are supported, and what follows from it.
// The zero value asks for nothing.
type Versions struct {
	Supported  string // supported: the file with the table, or ""
	Step       bool   // step: semver
	StrictTags bool   // dist-tags: strict

	// EndOfLife is end-of-life: what becomes of versions that are not supported.
	EndOfLife struct {
		Deprecate string        // Required: they must be deprecated; "ignore"; "": it is advised
		Notice    time.Duration // notice: so long before the end of their support already
		Standing  bool          // standing: what is released into an ended line must be deprecated too
		Message   string        // message: what whoever installs them is told; "": that the file with the list says more
	}

	// Superseded is superseded.deprecate: required. Versions with a vulnerability
	// that a later release ended must be deprecated.
	Superseded bool
}

// Table returns the file that says which versions are supported; empty: nobody asks.
func (v *Versions) Table() string {
	if v.Supported == "" && (v.EndOfLife.Deprecate == Required || v.EndOfLife.Standing || v.EndOfLife.Notice > 0) {
		return "SECURITY.md"
	}
	return v.Supported
}

// Notice returns what whoever installs a version of an ended line is told. file is
// the one with the list of supported versions.
func (v *Versions) Notice(file string) string {
	return cmp.Or(v.EndOfLife.Message, "not supported any more, see "+file)
}

// Asks returns the keys whose answer the registry has.
func (v *Versions) Asks() (keys []string) {
	for _, k := range []struct {
		key string
		set bool
	}{
		{"versions.supported", v.Supported != ""},
		{"versions.dist-tags", v.StrictTags},
		{"versions.end-of-life", v.Supported != v.Table() || v.EndOfLife.Deprecate == Required || v.EndOfLife.Standing},
		{"versions.superseded", v.Superseded},
	} {
		if k.set {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// endOfLifeMessage is the key whose value npm shows to everybody.
const endOfLifeMessage = "versions.end-of-life.message"

// versionKeys are the keys of versions.
func versionKeys() []key {
	required := []string{Required, "ignore"}
	return []key{
		{path: "versions.supported", kind: kindFile, set: func(d *draft, v value) {
			d.Versions.Supported = choose(v.text == "ignore", "", v.text)
		}},
		{path: "versions.step", kind: kindWord, words: []string{"semver", "ignore"},
			set: func(d *draft, v value) { d.Versions.Step = v.text == "semver" }},
		{path: "versions.dist-tags", kind: kindWord, words: []string{"strict", "ignore"},
			set: func(d *draft, v value) { d.Versions.StrictTags = v.text == "strict" }},
		{path: "versions.end-of-life.deprecate", kind: kindWord, words: required,
			set: func(d *draft, v value) { d.Versions.EndOfLife.Deprecate = v.text }},
		{path: "versions.end-of-life.notice", kind: kindSpan,
			set: func(d *draft, v value) { d.Versions.EndOfLife.Notice = v.span }},
		{path: "versions.end-of-life.standing", kind: kindFlag,
			set: func(d *draft, v value) { d.Versions.EndOfLife.Standing = v.on }},
		{path: endOfLifeMessage, kind: kindText, set: func(d *draft, v value) { d.Versions.EndOfLife.Message = v.text }},
		{path: "versions.superseded.deprecate", kind: kindWord, words: required,
			set: func(d *draft, v value) { d.Versions.Superseded = v.text == Required }},
	}
}

// canonical adds the settings to those of the canonical form.
func (v *Versions) canonical(settings map[string]any) {
	settings["versions.supported"] = v.Supported
	settings["versions.step"] = choose(v.Step, "semver", "ignore")
	settings["versions.dist-tags"] = choose(v.StrictTags, "strict", "ignore")
	settings["versions.end-of-life.deprecate"] = cmp.Or(v.EndOfLife.Deprecate, "advise")
	settings["versions.end-of-life.notice"] = v.EndOfLife.Notice.String()
	settings[endOfLifeMessage] = v.EndOfLife.Message
	settings["versions.end-of-life.standing"] = v.EndOfLife.Standing
	settings["versions.superseded.deprecate"] = choose(v.Superseded, Required, "ignore")
}
