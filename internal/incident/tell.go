package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// Steps about who must know, and what is put in order afterwards.

func toNPM(p *plan) *Step {
	if !p.public() || len(p.all) == 0 {
		return nil
	}
	s := &Step{What: "Write to npm", By: Support, Clock: contain,
		Why:      "npm removes malware and leaks of others' data also where its rules let no owner do it, and can look at its own logs",
		Commands: []string{line("cat", word(p.draft(NPMMessage)))},
		Notes:    []string{"https://www.npmjs.com/support, or Report malware on https://www.npmjs.com/package/" + pathOf(p.Package)}}
	if len(p.present()) == 0 && p.Kind != Token {
		s.State, s.Proof = Done, "the versions are gone"
	}
	return s
}

// draft returns the path of a draft as the user may type it.
func (p *plan) draft(name string) string {
	if p.Out == "" {
		return name
	}
	return strings.TrimSuffix(p.Out, "/") + "/" + name
}

func dependents(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	s := &Step{What: "Take the versions out of our own projects", By: Anyone, Clock: notify,
		Why: "their next install brings what was published"}
	if !p.Looked {
		s.Notes = []string{"nobody looked: -dependents DIR searches the lockfiles of a folder, and -dependents @SCOPE the packages of a scope"}
		s.unlooked = true
		return s.shown(false, "")
	}
	folders := []string{}
	for i := range p.Dependents {
		d := &p.Dependents[i]
		if i < maxNamed {
			also := map[bool]string{true: ", and so do its consumers"}[d.Shipped]
			if folder := d.folder(); folder != "" && !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
			s.Notes = append(s.Notes, fmt.Sprintf("%s brings %s@%s%s", d.File, p.Package, d.Brings, also))
		}
	}
	if len(p.Dependents) > 0 {
		for _, folder := range folders {
			s.Commands = append(s.Commands, line("publishgate gate -advisories", word("npm,osv,file:"+p.draft(OSVDraft)), foreign(folder)))
		}
		s.Notes = append(s.Notes, "the gate blocks on it, and its plan has the commands that lift each copy, by the project's own manager")
		if len(p.Dependents) > maxNamed {
			s.Notes = append(s.Notes, fmt.Sprintf("and %d more", len(p.Dependents)-maxNamed))
		}
	}
	return s.shown(len(p.Dependents) == 0, fmt.Sprintf("none of %d lockfiles and %d packages of ours has one", p.Searched, p.Packages))
}

// folder returns the folder of a lockfile; "" for a package at the registry.
func (d *Dependent) folder() string {
	if strings.HasSuffix(d.File, " at the registry") {
		return ""
	}
	file := strings.ReplaceAll(d.File, `\`, "/")
	if at := strings.LastIndexByte(file, '/'); at >= 0 {
		return file[:at]
	}
	return "."
}

func orWord(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// sri is one digest of Subresource Integrity, without options.
var sri = pattern.New(`^sha(1|256|384|512)-[A-Za-z0-9+/]{8,88}={0,2}$`)

// integrities returns those of the affected versions, sorted, each once.
func (p *plan) integrities() (list []string) {
	for i := range p.all {
		for one := range strings.FieldsSeq(p.all[i].Integrity) {
			if sri.MatchString(one) {
				list = append(list, one)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Check returns the command with which a consumer finds the versions in a lockfile
// of npm, pnpm or yarn 1, which have the registry's own digests; "" where the
// registry gives none. bun.lock has them too.
func (p *plan) check() string {
	list := p.integrities()
	if len(list) == 0 || len(list) > maxNamed {
		return ""
	}
	words := []string{"grep -nF"}
	for _, one := range list {
		words = append(words, "-e", word(one))
	}
	return line(append(words, "package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock bun.lock 2>/dev/null")...)
}

func consumers(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	s := &Step{What: "Tell consumers how they find out whether they have it", By: Anyone, Clock: notify,
		Why:   "whoever installed it has to act, and only they can",
		Notes: []string{"yarn 2 and later has digests of its own: yarn why shows it there"}}
	if check := p.check(); check != "" {
		s.Commands = append(s.Commands, check)
	} else {
		s.Notes = append(s.Notes, "the digests of the versions are in incident.json")
	}
	s.Commands = append(s.Commands, line("npm ls", p.spec(versionsOf(p.all))), "publishgate gate")
	s.Notes = append(s.Notes, "publishgate gate finds it once the advisory is published, or with -advisories file:"+foreign(p.draft(OSVDraft)))
	return s
}

func publishAdvisory(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	repository := "OWNER/NAME"
	if p.Repository != "" {
		repository = p.Repository
	}
	return &Step{What: "Publish an advisory", By: Anyone, Clock: notify,
		Why: "npm audit, Dependabot and gates find it by its entry, and by nothing else",
		Commands: []string{line("gh api --method POST", foreign("repos/"+repository+"/security-advisories"), "--input",
			word(p.draft(GitHubDraft)))},
		Notes: []string{"the drafts have places to fill in, marked " + Placeholder + " …]; a draft at GitHub is published by an " +
			"owner of the repository"}}
}

func report(p *plan) *Step {
	if len(p.all) == 0 && p.Kind == Exposure {
		return nil
	}
	return &Step{What: "Write the final report", By: Anyone, Clock: final,
		Why:   "what happened, since when, who was concerned, what was done, what is different now",
		Notes: []string{"incident.json has the times, the versions and the steps"}}
}

// Steps of an exposure.

func rotateSecret(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	return &Step{What: "Make what leaked worthless: revoke or change it where it is used", By: Anyone, Clock: contain,
		Why: "whoever downloaded a version keeps it; removing it from the registry takes nothing back"}
}

func copies(p *plan) *Step {
	if len(p.all) == 0 || !p.public() {
		return nil
	}
	return &Step{What: "Ask mirrors and services that show packages to drop their copies", By: Anyone, Clock: notify,
		Why:   "unpkg, jsDelivr and mirrors serve a version after the registry has dropped it",
		Notes: []string{"one's own mirrors and caches too"}}
}

func concerned(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	return &Step{What: "Tell those whom the bytes are about", By: Anyone, Clock: notify,
		Why: "they have to act too; for personal data the law sets 72 hours (GDPR, Article 33)"}
}

func prevent(p *plan) *Step {
	if len(p.all) == 0 {
		return nil
	}
	return &Step{What: "Keep the file out of the next version", By: Anyone, Clock: final,
		Why:      "the next pack takes the same files",
		Commands: []string{"publishgate pack -list", "publishgate gate"},
		Notes:    []string{"files in package.json or .npmignore decides what is packed; files.forbid of the policy holds it"}}
}
