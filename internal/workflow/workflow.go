// Package workflow finds what publishes an npm package in the workflows of GitHub
// Actions: in their commands, in the scripts of package.json and the shell files
// that these run, in actions that publish, and in the composite actions of the
// repository.
//
// It reads files through a function that it is given, runs nothing and looks
// nothing up: a workflow or an action of another repository is not read. What a
// command computes it does not know.
package workflow

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Publish is one place that publishes a package, and not what the gate judged.
type Publish struct {
	File string // slash path from the root of the repository
	Line int    // 1-based
	Job  string // empty: in a composite action
	What string // "npm publish", "the action changesets/action"; may quote foreign text
	Via  string // what leads there, as in `the script "release" of package.json`; empty: nothing does
	Why  string // why the gate does not stand before it, as a clause; empty: it is not there
}

// A Repository is what the workflows are read from.
type Repository struct {
	// Read returns a file by its slash path from the root; fs.ErrNotExist if there
	// is none.
	Read func(name string) ([]byte, error)
	// Scripts returns the scripts of the package.json in a folder, if there is one.
	Scripts func(dir string) map[string]string
	// Package is the folder of the package that is judged.
	Package string
}

// The limits of what is read.
const (
	MaxBytes    = 1 << 20 // of one file
	maxFound    = 100     // places in all
	maxVariants = 32      // jobs of a matrix
	maxNesting  = 12      // of scripts, files, actions and commands that lead to each other
	maxSteps    = 5000    // commands and steps, with what they lead to, of one workflow
)

// Find returns the places in a workflow. file is its path, for Publish. An error
// says why it could not be read: GitHub would not run it either, or it is larger
// than a workflow may be.
func Find(file string, data []byte, repo Repository) ([]Publish, error) {
	root, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	f := &finder{repo: repo, file: file}
	all := root.get("jobs")
	for _, job := range all.members() {
		f.job(job.name, job.node, root)
	}
	if f.steps > maxSteps {
		return f.found, fmt.Errorf("%s: more than %d commands", file, maxSteps)
	}
	return f.found, f.trouble
}

// A finder goes through one workflow.
type finder struct {
	repo    Repository
	file    string
	found   []Publish
	steps   int
	trouble error // what could not be read on the way
	cut     bool  // trouble says already that some of it lies too deep
}

// A site is where a command stands.
type site struct {
	file, job, dir string
	line           int
	via            []string // what leads there, in words
	seen           []string // scripts and files that led there
	gate           *gate    // the gate's step before it in the job; nil: there is none
	loose          string   // why the step runs even if the gate blocks; empty: it does not
	when           string   // the step's condition
	matrix         map[string][]string
	shell          string            // of the job, if it names one
	pipefail       bool              // a pipe fails with any of its commands
	env            map[string]string // set for the command
}

// A gate is a step of a job that is the gate's.
type gate struct {
	id, tarball, out string
	loose            string // why its failure does not stop the job; empty: it does
	when             string // the condition of its step
}

// hands reports whether a value is the file that the gate judged.
func (g *gate) hands(value string) bool {
	if g == nil {
		return false
	}
	value = strings.Trim(value, `"' `)
	inner, is := expression(strings.TrimPrefix(value, "./"))
	switch {
	case is:
		inner = strings.NewReplacer("['", ".", "']", "").Replace(inner)
		return g.id != "" && strings.EqualFold(inner, "steps."+g.id+".outputs.tarball")
	case g.tarball != "" && path.Clean(value) == path.Clean(g.tarball):
		return true
	}
	return strings.HasPrefix(path.Clean(value), path.Clean(g.out)+"/") && strings.HasSuffix(value, ".tgz")
}

// runsWith reports whether a step of this condition runs only where the gate's does:
// it has the gate's condition too, or asks for what the gate said.
func (g *gate) runsWith(when string) bool {
	return !strings.Contains(when, "||") && (strings.Contains(when, g.when) || g.id != "" && strings.Contains(when, "steps."+g.id+".")) ||
		when == g.when
}

// expression returns what stands in ${{ }}, if a value is that and nothing else.
func expression(value string) (string, bool) {
	inner, ok := strings.CutPrefix(value, "${{")
	if !ok || !strings.HasSuffix(inner, "}}") || strings.Contains(inner, "${{") {
		return "", false
	}
	return strings.Join(strings.Fields(strings.TrimSuffix(inner, "}}")), ""), true
}

// add notes a place, unless what it publishes is the file that the gate judged.
// files are what is handed to the command; none: it packs for itself.
func (f *finder) add(s site, what string, files ...string) {
	why := ""
	judged := slices.ContainsFunc(files, func(v string) bool { return s.gate.hands(s.expand(v)) })
	switch {
	case s.gate != nil && !judged:
		why = "the gate stands before it, and it does not publish the file that the gate judged"
	case judged && s.gate.loose != "":
		why = "it runs even if the gate blocks: " + s.gate.loose
	case judged && s.gate.when != "" && !s.gate.runsWith(s.when):
		why = "it runs where the gate does not: the gate's step has a condition of its own"
	case judged && s.loose != "":
		why = "it runs even if the gate blocks: " + s.loose
	case judged:
		return
	}
	if len(f.found) < maxFound {
		f.found = append(f.found, Publish{File: s.file, Line: s.line, Job: s.job, What: what, Via: strings.Join(s.via, ", "), Why: why})
	}
}

// expand replaces a variable that is set for the command.
func (s *site) expand(value string) string {
	value = strings.Trim(value, `"'`)
	name := strings.TrimPrefix(value, "./")
	inner, is := expression(name)
	switch {
	case is && strings.HasPrefix(inner, "env."):
		name = inner[len("env."):]
	case strings.HasPrefix(name, "${") && !is:
		if name, is = strings.CutSuffix(name[2:], "}"); !is {
			return value
		}
		name, _, _ = strings.Cut(name, ":") // ${NAME:?why}
	case strings.HasPrefix(name, "$"):
		name = strings.TrimPrefix(name[1:], "env:") // $env:NAME in PowerShell
	case len(name) > 2 && name[0] == '%' && strings.HasSuffix(name, "%"):
		name = name[1 : len(name)-1]
	default:
		return value
	}
	if v, ok := s.env[name]; ok {
		return v
	}
	return value
}

// deep reports whether n scripts, files, actions or commands that lead to each other
// are so many that it is not gone on, which trouble says then.
func (f *finder) deep(n int) bool {
	if n < maxNesting {
		return false
	}
	if !f.cut {
		f.cut = true
		f.trouble = errors.Join(f.trouble, fmt.Errorf("%s: %d scripts, files, actions or commands lead to each other, and what the last of "+
			"them leads to was not looked at", f.file, maxNesting))
	}
	return true
}

// read reads a file that a step leads to; nil: there is none.
func (f *finder) read(name string) []byte {
	if name == "" || strings.HasPrefix(path.Clean(name), "..") || path.IsAbs(name) {
		return nil
	}
	data, err := f.repo.Read(path.Clean(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.trouble = errors.Join(f.trouble, fmt.Errorf("%s: %w", name, err))
	}
	return data
}
