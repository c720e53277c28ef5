// Package matrix runs a reusable workflow as GitHub's runner does: each job in
// folders of its own, each step a process of its own, artifacts copied by a store
// that behaves as the artifact actions do, a matrix made of what a job before it
// said, and failed jobs tried again with those that depend on them. It reads the
// file that is shipped, so that what is wrong in it shows. It is used by tests
// only.
package matrix

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A Workflow is a file with workflow_call.
type Workflow struct {
	Name string
	On   struct {
		Call struct {
			Inputs  map[string]Input
			Outputs map[string]struct{ Value string }
		} `yaml:"workflow_call"`
	}
	Permissions map[string]string
	Defaults    struct {
		Run struct{ Shell string }
	}
	Jobs  map[string]*Job
	Order []string `yaml:"-"` // the names of the jobs, each behind those it needs
}

// An Input is one input of the workflow.
type Input struct {
	Type     string
	Default  any
	Required bool
}

// A Job is one job of the file.
type Job struct {
	Needs       list
	If          string
	Permissions map[string]string
	Environment any
	Concurrency map[string]any
	Outputs     map[string]string
	Strategy    struct {
		FailFast *bool `yaml:"fail-fast"`
		Matrix   string
	}
	Timeout int    `yaml:"timeout-minutes"`
	Uses    string // another workflow; it has no steps then
	With    map[string]any
	Steps   []Step
}

// A Step is one step of a job.
type Step struct {
	ID, Name, If, Uses, Run, Shell string
	With                           map[string]any
	Env                            map[string]string
	Dir                            string `yaml:"working-directory"`
	Continue                       bool   `yaml:"continue-on-error"`
}

// list is one name or several.
type list []string

// UnmarshalYAML reads both forms.
func (l *list) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = list{n.Value}
		return nil
	}
	return n.Decode((*[]string)(l))
}

var pinned = regexp.MustCompile(`^[\w-]+(/[\w-]+)+@[0-9a-f]{40}$`)

// Read reads a workflow. What this package does not know is an error, so that
// nothing of the file is passed over.
func Read(path string) (*Workflow, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w := &Workflow{}
	if err := yaml.Unmarshal(data, w); err != nil {
		return nil, err
	}
	for name, job := range w.Jobs {
		for _, need := range job.Needs {
			if w.Jobs[need] == nil {
				return nil, fmt.Errorf("%s needs %s, which is no job", name, need)
			}
		}
		for i := range job.Steps {
			s := &job.Steps[i]
			switch {
			case (s.Uses == "") == (s.Run == ""):
				return nil, fmt.Errorf("%s: step %d has not one of uses and run", name, i+1)
			case s.Uses != "" && !pinned.MatchString(s.Uses):
				return nil, fmt.Errorf("%s: %s is not pinned to a commit", name, s.Uses)
			}
		}
	}
	return w, w.sort()
}

// sort finds Order.
func (w *Workflow) sort() error {
	for len(w.Order) < len(w.Jobs) {
		before := len(w.Order)
		var ready []string
		for name, job := range w.Jobs {
			if !slices.Contains(w.Order, name) && !slices.ContainsFunc(job.Needs, func(n string) bool { return !slices.Contains(w.Order, n) }) {
				ready = append(ready, name)
			}
		}
		slices.Sort(ready)
		w.Order = append(w.Order, ready...)
		if len(w.Order) == before {
			return errors.New("the jobs need each other in a circle")
		}
	}
	return nil
}

// dependents returns the jobs that need one of some, and those that need these.
func (w *Workflow) dependents(of map[string]bool) map[string]bool {
	all := map[string]bool{}
	for _, name := range w.Order {
		for _, need := range w.Jobs[name].Needs {
			if of[need] || all[need] {
				all[name] = true
			}
		}
	}
	return all
}
