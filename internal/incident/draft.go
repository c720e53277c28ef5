package incident

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/vex"
)

// The drafts.
const (
	NPMMessage  = "npm-message.md"
	OSVDraft    = "advisory.osv.json"
	GitHubDraft = "advisory.github.json"
)

// Placeholder begins what a person has to write into a draft; a bracket ends it.
const Placeholder = "[FILL IN"

// A Draft is a file that a person reads, completes and sends.
type Draft struct {
	Name string
	Data []byte
}

// maxStatements is how many projects of ours get an OpenVEX document.
const maxStatements = 50

// Drafts returns the drafts of an incident. There are none where no version is
// affected.
func (r *Record) Drafts(owner string) (all []Draft, err error) {
	if len(r.Affected) == 0 {
		return nil, nil
	}
	if r.Registry == npm.PublicRegistry {
		all = append(all, Draft{NPMMessage, []byte(r.npmMessage())})
	}
	for _, one := range []struct {
		name string
		doc  any
	}{{OSVDraft, r.osv()}, {GitHubDraft, r.gitHub()}} {
		data, err := display.NewEncoder().Append(nil, one.doc, 0)
		if err != nil {
			return nil, fmt.Errorf("draft %s: %w", one.name, err)
		}
		all = append(all, Draft{one.name, append(display.JSON(data), '\n')})
	}
	statements, err := r.openVEX(owner)
	return append(all, statements...), err
}

// id returns the identifier of the drafts, which is derived from what they are of.
func (r *Record) id() string {
	sum := sha256.Sum256([]byte(string(r.Kind) + "\x00" + r.Package + "\x00" + r.Range + "\x00" + r.Registry))
	return fmt.Sprintf("DRAFT-%x", sum[:6])
}

// summary returns the title of an advisory.
func (r *Record) summary() string {
	switch r.Kind {
	case Exposure:
		return r.Package + " was published with data that must not be public"
	case Token:
		return "versions of " + r.Package + " may have been published with a stolen token"
	}
	return r.Package + " was published with malicious or unauthorised changes"
}

// details returns what an advisory says so far.
func (r *Record) details() string {
	text := Placeholder + ": what the versions do, how it is noticed, since when it is known]\n\n"
	switch good := r.Good; {
	case good != "":
		text += fmt.Sprintf("Remedy: install %s@%s.", r.Package, good)
	default:
		text += "Remedy: " + Placeholder + ": a version that is good]."
	}
	if r.Kind != Exposure {
		text += " Whoever installed one of the versions has to take the machine, and every credential on it, for known."
	}
	return text
}

// weakness returns the CWE: malicious code, or what is sensitive in a public file.
func (r *Record) weakness() string {
	if r.Kind == Exposure {
		return "CWE-538"
	}
	return "CWE-506"
}

// osv returns the advisory in OSV's format (https://ossf.github.io/osv-schema/).
func (r *Record) osv() any {
	versions := []string{}
	for _, v := range r.Affected {
		versions = append(versions, v.Version)
	}
	slices.SortFunc(versions, byNumber)
	return map[string]any{
		"schema_version": "1.7.0", "id": r.id(), "modified": r.Looked, "summary": r.summary(), "details": r.details(),
		"affected": []any{map[string]any{
			"package":  map[string]any{"ecosystem": "npm", "name": r.Package, "purl": npm.PURLOf(r.Package, "")},
			"versions": versions,
		}},
		"references":        []any{},
		"database_specific": map[string]any{"cwe_ids": []string{r.weakness()}, "severity": r.rated()},
	}
}

func (r *Record) rated() string {
	if r.Kind == Exposure {
		return "HIGH"
	}
	return "CRITICAL"
}

// gitHub returns the body of POST /repos/{owner}/{repo}/security-advisories
// (https://docs.github.com/rest/security-advisories/repository-advisories).
func (r *Record) gitHub() any {
	vulnerable := []any{}
	for _, v := range r.Affected {
		vulnerable = append(vulnerable, map[string]any{
			"package":                  map[string]any{"ecosystem": "npm", "name": r.Package},
			"vulnerable_version_range": "= " + v.Version, "patched_versions": v.Fixed,
		})
	}
	return map[string]any{"summary": r.summary(), "description": r.details(), "severity": strings.ToLower(r.rated()),
		"cwe_ids": []string{r.weakness()}, "vulnerabilities": vulnerable}
}

// openVEX returns one document for each project of ours that brings an affected
// version.
func (r *Record) openVEX(owner string) (all []Draft, err error) {
	looked, _ := time.Parse(time.RFC3339, r.Looked)
	var list []vex.Issue
	for _, d := range r.Dependents {
		if npm.ValidName(d.Name) != nil || d.Version == "" {
			continue
		}
		purl := npm.PURLOf(d.Name, d.Version)
		at := slices.IndexFunc(list, func(i vex.Issue) bool { return i.PURL == purl })
		if at < 0 {
			if len(list) == maxStatements {
				break
			}
			at = len(list)
			list = append(list, vex.Issue{PURL: purl, Author: cmp.Or(owner, Placeholder+": who is responsible]"), Tool: "publishgate", Time: looked})
		}
		remedy := Placeholder + ": a version that is good]"
		if r.Good != "" {
			remedy = fmt.Sprintf("update %s to %s", r.Package, r.Good)
		}
		list[at].Assertions = append(list[at].Assertions, vex.Assertion{IDs: []string{r.id()}, Part: npm.PURLOf(r.Package, d.Brings),
			Status: "affected", Reason: remedy})
	}
	for i, issue := range list {
		var b bytes.Buffer
		if err := vex.Write(&b, issue); err != nil {
			return nil, err
		}
		all = append(all, Draft{fmt.Sprintf("openvex-%d.json", i+1), b.Bytes()})
	}
	return all, nil
}

// npmMessage returns what npm needs to know.
func (r *Record) npmMessage() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("Subject: %s: %s", map[Kind]string{Package: "compromised package", Token: "leaked token",
		Exposure: "data published by mistake"}[r.Kind], r.Package)
	say("")
	say("To npm's support (https://www.npmjs.com/support). What is in brackets is to be filled in.")
	say("")
	say("We maintain %s. Since %s we know of this: %s: what happened, in two sentences].", r.Package, shownStamp(r.Started), Placeholder)
	say("")
	say("Versions concerned:")
	say("")
	for _, v := range r.Affected {
		state := "published " + shownStamp(v.Published)
		if v.Gone {
			state += ", gone"
		}
		say("- %s, %s, by %s with %s, integrity %s", display.Markdown(v.Version, 100), state, display.Markdown(orNobody(v.By), 100), v.Trust,
			display.Markdown(cmp.Or(v.Integrity, "unknown"), 200))
	}
	say("")
	say("What we ask for:")
	say("")
	if r.Kind != Token || len(r.Affected) > 0 {
		say("- remove these versions from the registry: %s: why, where your unpublish policy lets us not do it ourselves]", Placeholder)
	}
	say("- %s: which accounts and tokens published them, from which addresses; what else they did]", Placeholder)
	say("")
	say("What we have done: %s", orWord(strings.Join(r.doneSteps(), "; "), "nothing yet"))
	say("")
	say("%s: name, npm account, how you reach us]", Placeholder)
	return b.String()
}

func (r *Record) doneSteps() (list []string) {
	for i := range r.Steps {
		if r.Steps[i].State == Done {
			list = append(list, r.Steps[i].ID+" ("+r.Steps[i].Done+")")
		}
	}
	slices.Sort(list)
	return list
}

// byNumber orders versions by precedence; what is none stands last.
func byNumber(x, y string) int {
	a, errA := npm.ParseVersion(x)
	b, errB := npm.ParseVersion(y)
	if errA != nil || errB != nil {
		return cmp.Or(b2i(errA != nil)-b2i(errB != nil), cmp.Compare(x, y))
	}
	return cmp.Or(a.Compare(b), cmp.Compare(x, y))
}
