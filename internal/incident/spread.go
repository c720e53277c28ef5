package incident

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxNamed is how many versions a command or a sentence names one by one.
const maxNamed = 20

// present returns the affected versions that the registry still has.
func (p *plan) present() (list []affected) {
	for _, v := range p.all {
		if !v.gone {
			list = append(list, v)
		}
	}
	return list
}

// named lists versions for a sentence.
func named(list []string) string {
	if len(list) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:maxNamed], ", "), len(list)-maxNamed)
	}
	return strings.Join(list, ", ")
}

func versionsOf(all []affected) (list []string) {
	for i := range all {
		list = append(list, all[i].Version)
	}
	return list
}

// spec returns NAME@RANGE of versions as one word. Many are named by the range of
// the incident, which may be wider.
func (p *plan) spec(versions []string) string {
	if len(versions) > maxNamed {
		return foreign(p.Package + "@" + p.Range)
	}
	return foreign(p.Package + "@" + strings.Join(versions, " || "))
}

// undeprecated returns the affected versions that a deprecation would change.
func (p *plan) undeprecated() (list []string) {
	for _, v := range p.present() {
		if v.Deprecated == "" {
			list = append(list, v.Version)
		}
	}
	return list
}

// message returns what the deprecation says.
func (p *plan) message() string {
	if p.Message != "" {
		return p.Message
	}
	return drafted(p.Kind, p.good())
}

// drafted returns what it says where nobody wrote it.
func drafted(k Kind, good string) string {
	text := "SECURITY: this version may be compromised, do not use it"
	if k == Exposure {
		text = "published by mistake, do not use it"
	}
	if good != "" && Quotable(good) {
		text += "; use " + good
	}
	return text
}

// good returns the version that consumers go to: where latest is, or is to be.
func (p *plan) good() string {
	if p.Good != "" {
		return p.Good
	}
	for _, m := range p.moves {
		if m.Tag == latest {
			return m.To
		}
	}
	return p.History.Tags[latest]
}

func deprecate(p *plan) *Step {
	left := p.undeprecated()
	if len(p.all) == 0 {
		return nil // there is nothing to warn of
	}
	s := &Step{What: "Deprecate the versions", By: Machine, Clock: contain,
		Why: "who installs one is warned, and npm prefers another version where the range allows it"}
	if len(left) > 0 {
		s.What = fmt.Sprintf("Deprecate %s", named(left))
		s.Commands = []string{line("npm deprecate", p.spec(left), word(p.message()), p.at())}
	}
	return s.shown(len(left) == 0, "each that the registry has is deprecated")
}

func tags(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	s := &Step{What: "See that no dist-tag is on one of the versions", By: Machine, Clock: contain,
		Why: "npm install NAME takes the version that latest is on"}
	for _, m := range p.moves {
		s.What = "Move the dist-tags that are on the versions"
		switch {
		case m.To != "":
			s.Commands = append(s.Commands, line("npm dist-tag add", foreign(p.Package+"@"+m.To), foreign(m.Tag), p.at()))
		case m.Tag == latest:
			s.Notes = append(s.Notes, "there is no version for latest to go to: publish a good one, which takes it along")
		default:
			s.Commands = append(s.Commands, line("npm dist-tag rm", foreign(p.Package), foreign(m.Tag), p.at()))
			s.Notes = append(s.Notes, fmt.Sprintf("there is no good version of its line for %s: -execute leaves it, a person may remove it", m.Tag))
		}
	}
	return s.shown(len(p.moves) == 0, "no dist-tag is on one of them")
}

func unpublish(p *plan) *Step {
	have := p.present()
	if len(p.all) == 0 {
		return nil
	}
	s := &Step{What: "Remove the versions from the registry", By: Person, Clock: contain,
		Why: "deprecated versions are still served, to lockfiles above all"}
	npmAlone := 0
	for i := range have {
		v := &have[i]
		how, until, why := way(p.Ask, v, p.Look)
		note := v.Version + ": " + why
		if how == Window {
			note += fmt.Sprintf(", that is until %s (%s)", shown(until), left(until, p.At))
		}
		s.Notes = append(s.Notes, note)
		if _, err := npm.ParseVersion(v.Version); how == AskNPM || err != nil { // npm unpublish takes no range
			npmAlone += b2i(how == AskNPM)
			continue
		}
		s.Commands = append(s.Commands, line("npm unpublish", foreign(p.Package+"@"+v.Version), p.at()))
	}
	if npmAlone > 0 && npmAlone == len(have) {
		s.By = Support
	}
	if len(have) > 0 {
		s.Notes = append(s.Notes, "it cannot be undone, and the same name and version can never be published again")
		if p.public() {
			s.Notes = append(s.Notes, "who depends on the package: https://www.npmjs.com/package/"+pathOf(p.Package)+
				"?activeTab=dependents; where npm refuses, step npm asks its support")
		}
	}
	if len(have) > 0 && len(have) == len(p.History.Releases) {
		s.Notes = append(s.Notes, "they are all that the package has: npm then wants --force, removes the package, "+
			"and nothing can be published for 24 hours")
	}
	return s.shown(len(have) == 0, "the registry has none of them any more")
}

// pathOf returns a valid package name as part of an address, "" for any other text.
func pathOf(name string) string {
	if word(name) != name {
		return ""
	}
	return name
}

func release(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	left := unfixed(p.History, p.all)
	s := &Step{What: "Publish a good version above the versions", By: Person, Clock: notify,
		Why: "who asks for a range such as ^1.2.3 gets it by an update, without a change of theirs"}
	if len(left) > 0 {
		s.What = "Publish a good version above " + named(left) + ", in its line"
		s.Commands = []string{"publishgate gate -publish stage"}
	}
	return s.shown(len(left) == 0, "the registry has a good version above each, in its line")
}
