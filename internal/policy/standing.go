package policy

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// builtIn lists the keys that ask for something where nobody set them, and the
// keys above such (builtin).
var builtIn = []string{"audit-level", "scopes.prod", "scopes.optional", "scopes.peer", "exceptions-max", "vex.max-age",
	"advisories.require", "advisories.max-age", "licenses.unknown", "files.forbid", "dependencies.pinned",
	"dependencies.vulnerable-range", "publish.refs", "publish.events", "publish.unrun-scripts", "publish.invisible", "publish.bypass",
	"dependencies.deprecated",
	"signing.outage", "release-diff"}

// idle are the words with which a key asks for nothing.
var idle = []string{"ignore", "any", "none", "false", "optional", "degrade"}

// stating are the keys that state a fact and have nothing checked.
var stating = []string{"version", "risk", "about.owner", "about.version", "about.supersedes", "about.effective", "about.approved-by",
	"about.contacts", "about.escalation", "incident.clocks.respond", "incident.clocks.contain", "incident.clocks.notify",
	"incident.clocks.report"}

// Standing says whether a key, as in "sla.high", or one above several, as in
// "sla", is set so that something is checked; "packages.PATTERN." in front asks
// about one entry of packages, and without it a key that is set for some packages
// alone answers nothing. stated says that it only states a fact. wrong is
// empty, or a clause that says why it answers nothing.
func (p *Policy) Standing(name string) (stated bool, wrong string) {
	whole := name
	section, name := p.section(name)
	var at *key
	var free string // the name at the "*" of the key
	for _, k := range keys() {
		if free = k.freeName(name); k.path == name || free != "" || strings.HasPrefix(k.path, name+".") {
			at = &k
			break
		}
	}
	if at == nil {
		r := &reader{keys: keys()}
		above, word := "", name
		if i := strings.LastIndex(name, "."); i >= 0 {
			above, word = name[:i], name[i+1:]
		}
		if hint := r.suggest(above, word, topOnly); hint != "" {
			return false, "is no key of this version (" + hint + ")"
		}
		return false, "is no key of this version"
	}
	is := func(s *setting) bool {
		return s.key.path == name || s.key.path == at.path && free != "" && s.value.name == free ||
			strings.HasPrefix(s.key.path, name+".")
	}
	set := ""
	for _, s := range section {
		switch {
		case !is(&s):
		case slices.Contains(stating, s.key.path):
			stated, set = true, "yes"
		case !s.asks():
			set = "is set to " + quote(s.value.shown()) + ", which asks for nothing"
		default:
			return false, ""
		}
	}
	switch {
	case stated:
		return true, ""
	case set != "":
		return false, set
	case slices.ContainsFunc(builtIn, func(b string) bool {
		return b == name || strings.HasPrefix(b, name+".") || strings.HasPrefix(name, b+".")
	}):
		return false, ""
	}
	for _, l := range p.packages { // what is asked of some packages answers no line about all
		if whole == name && slices.ContainsFunc(l.settings, func(s setting) bool { return is(&s) }) {
			return false, "is set for some packages alone, as packages." + display.Clip(l.pattern, 60) + "." + name
		}
	}
	return false, "is not set in the policy file"
}

// section returns the settings that a name is about, and the name without the
// entry of packages that it begins with: those of that entry, else those at the
// top.
func (p *Policy) section(name string) ([]setting, string) {
	for _, l := range p.packages {
		if rest, ok := strings.CutPrefix(name, "packages."+l.pattern+"."); ok {
			return l.settings, rest
		}
	}
	return p.base, name
}

// freeName returns the name that stands where a key has a "*"; empty: it is
// another key.
func (k *key) freeName(name string) string {
	before, after, ok := strings.Cut(k.path, "*")
	if !ok || len(name) <= len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return ""
	}
	return name[len(before) : len(name)-len(after)]
}

// asks reports whether a setting asks for something.
func (s *setting) asks() bool {
	v := &s.value
	switch s.key.kind {
	case kindLevel:
		return !v.threshold.Never
	case kindSpan, kindLength, kindCadence:
		return v.span > 0 || s.key.kind == kindLength
	case kindScans:
		return len(v.scans) > 0
	case kindList, kindAddresses, kindLicenseNames, kindPatterns, kindPeople, kindNames, kindVersions,
		kindScripts, kindSources, kindSecrets, kindLicenses, kindChanges, kindBuilders:
		return len(v.list)+len(v.secrets)+len(v.licenses)+len(v.changes) > 0 || s.key.path == "dependencies.install-scripts.allow"
	}
	return !slices.Contains(idle, v.text)
}

// shown returns a value as a message shows it.
func (v *value) shown() string {
	if v.vsa != nil {
		return v.vsa.shown()
	}
	if v.scans != nil {
		return shownScans(v.scans)
	}
	if v.list != nil {
		return "[" + strings.Join(v.list, ", ") + "]"
	}
	return v.text
}

// HasReview reports whether the file has a review of that name.
func (p *Policy) HasReview(name string) bool { return p.has("reviews.", name) }

// HasControl reports whether the file has a control of that name.
func (p *Policy) HasControl(name string) bool { return p.has("controls.", name) }

func (p *Policy) has(above, name string) bool {
	return slices.ContainsFunc(p.base, func(s setting) bool { return strings.HasPrefix(s.key.path, above) && s.value.name == name })
}
