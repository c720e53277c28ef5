// Package starter makes a first policy file and a workflow for a package from
// what is there. It reads and writes no file: Facts come in, files go out.
package starter

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// Facts are what was found in a checkout.
type Facts struct {
	Today time.Time

	Folder   string    // of what was named, a slash path in the checkout; "." for its root
	Packages []Package // what is published, in order of folders; none: the folder is judged and never published
	Monorepo bool      // the packages are members of the workspace whose root Folder is

	Manager    Manager
	Build      string   // the command that builds, in Folder; empty: nothing is built
	NodeFile   string   // the file with the version of Node, a slash path in the checkout; empty: none
	Branch     string   // the default branch
	Repository string   // at GitHub, "owner/name"; empty: not known
	Documents  []string // README and so on, which every package has
	Supported  string   // the document with a table of supported versions, below Folder; empty: none
	Imported   []Ignored

	HasBaseline bool   // there is a baseline of secrets
	Baseline    []byte // the candidates for secrets, as a baseline
	Candidates  int    // how many there are
}

// A Package is one that can be published.
type Package struct {
	Name   string
	Folder string // a slash path in the checkout
	Access string // public, restricted; empty: nothing says which
}

// Ignored is the ignore list of another tool, converted.
type Ignored struct {
	File string // relative to the checkout
	YAML []byte // a piece of a policy file
}

// A File is one to be written.
type File struct {
	Path string // a slash path in the checkout
	Data []byte
}

// The bases of a policy.
const Minimal = "minimal"

//go:embed policies
var policies embed.FS

// Bases lists the policies that one can begin with.
func Bases() []string {
	names := []string{Minimal}
	entries, _ := policies.ReadDir("policies") // embedded, so it is there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Scope returns the secrets.scope of a base: where its baseline looks.
func Scope(base string) string {
	data, err := policies.ReadFile(path.Join("policies", base, "publishgate.yml"))
	if err != nil {
		return "packed"
	}
	if p, err := policy.Parse(data, ""); err == nil && p.For("", policy.Flags{}).Secrets.Commit {
		return "commit"
	}
	return "packed"
}

// baselineFile is the name of the baseline of secrets.
const baselineFile = ".secrets.baseline"

// WorkflowFile is the file name of the workflow, which npm's trusted publisher
// names.
const WorkflowFile = "publishgate.yml"

// Files returns what is to be written, the policy file first. base is one of
// Bases.
func Files(f Facts, base string) ([]File, error) {
	at := func(name string) string { return path.Join(f.Folder, name) }
	text, beside, err := f.policy(base)
	if err != nil {
		return nil, err
	}
	parsed, err := policy.Parse([]byte(text), ".publishgate.yml")
	if err != nil {
		return nil, fmt.Errorf("the policy that would be written is none: %w", err)
	}
	files := append([]File{{at(".publishgate.yml"), []byte(text)}}, beside...)
	if parsed.For("", policy.Flags{}).Secrets.Baseline == baselineFile && !f.HasBaseline {
		files = append(files, File{at(baselineFile), f.Baseline})
	}
	return append(files, File{".github/workflows/" + WorkflowFile, []byte(f.workflow())}), nil
}

// policy returns the policy file, and what belongs beside it.
func (f *Facts) policy(base string) (text string, beside []File, err error) {
	if base == Minimal {
		return f.minimal(), nil, nil
	}
	dir := path.Join("policies", base)
	entries, err := policies.ReadDir(dir)
	if err != nil || !slices.Contains(Bases(), base) {
		return "", nil, fmt.Errorf("there is no policy %s", base)
	}
	for _, e := range entries {
		data, err := policies.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return "", nil, err
		}
		switch name := e.Name(); name {
		case "publishgate.yml":
			text = string(data)
		case "publishgate.lines":
			beside = append(beside, File{path.Join(f.Folder, "."+name), data})
		default:
			beside = append(beside, File{path.Join(f.Folder, name), data})
		}
	}
	if _, exceptions := f.imported(); exceptions != "" {
		text = strings.TrimRight(text, "\n") + "\n\n" + exceptions
	}
	return text, beside, nil
}

// minimal returns the policy that asks for what hardly anybody would do without,
// each line with what it is for.
func (f *Facts) minimal() string {
	settings, exceptions := f.imported()
	var b strings.Builder
	line := func(text, why string) { fmt.Fprintf(&b, "%s # %s\n", text, why) }
	set := func(key string) bool { return strings.Contains("\n"+settings, "\n"+key+":") }
	b.WriteString("# The policy that publishgate judges this package by. No key is needed; the others: docs/policy.md of publishgate.\n")
	line("version: 1", "of this format")
	line("about: {effective: "+f.Today.Format(time.DateOnly)+", review-every: 365d}", "look at this file once a year; a warning says when")
	if !set("audit-level") {
		line("audit-level: high", "a known vulnerability of this severity or above blocks")
		if !set("scopes") {
			line("scopes: {dev: none}", "what only development uses does not reach consumers; critical would block there too")
		}
	}
	if exceptions == "" {
		line("exceptions-max: {critical: 30d, high: 90d}", "how far ahead an exception may end")
	}
	if !set("licenses") {
		line("licenses: {unknown: warn}", "a dependency without a known licence; deny: [GPL-*] would name those that block")
	}
	line("dependencies: {pinned: exact-or-locked}", "versions are exact, or held by the lockfile")
	if f.HasBaseline || f.Candidates > 0 {
		line("secrets: {baseline: "+baselineFile+"}", "what is listed there does not block: look at each entry")
	}
	if len(f.Documents) > 0 {
		line("docs: {require: ["+strings.Join(f.Documents, ", ")+"]}", "these stay part of the package")
	}
	if f.Supported != "" {
		line("versions: {supported: "+f.Supported+"}", "the table of supported versions there is held against what is released")
	}
	if len(f.Packages) > 0 {
		f.publish(line)
	}
	b.WriteString(settings)
	if exceptions != "" {
		b.WriteString("\n" + exceptions)
	}
	return b.String()
}

// publish writes how the packages are published.
func (f *Facts) publish(line func(text, why string)) {
	line("publish:", "how a version reaches npm")
	line("  via: [stage]", "it waits there until a person approves it with a second factor")
	line("  credential: [oidc]", "a trusted publisher: no token lies in the repository or the job")
	line("  provenance: when-public", "a public package says from which commit and workflow it comes")
	access := f.Packages[0].Access
	if slices.ContainsFunc(f.Packages, func(p Package) bool { return p.Access != access }) {
		var others strings.Builder
		for _, p := range f.Packages {
			if p.Access != "" {
				fmt.Fprintf(&others, "  %s: {publish: {access: %s}} # as its package.json says\n", quoted(p.Name), p.Access)
			}
		}
		line("packages:", "what holds for one package alone")
		for text := range strings.Lines(others.String()) {
			text, why, _ := strings.Cut(strings.TrimSuffix(text, "\n"), " # ")
			line(text, why)
		}
		return
	}
	if access != "" {
		line("  access: "+access, "who may install it, as package.json says")
		return
	}
	line("  # access: restricted", "say public or restricted: nothing does, and npm's own default is restricted")
}

// quoted returns a name as YAML and JSON have it.
func quoted(name string) string { return fmt.Sprintf("%q", cmp.Or(name, "?")) }
