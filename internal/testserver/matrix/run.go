package matrix

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What became of a job.
const (
	Success = "success"
	Failure = "failure"
	Skipped = "skipped"
)

// A Run is one run of a workflow, with all its attempts.
type Run struct {
	Workflow *Workflow
	Inputs   map[string]any
	Secrets  map[string]string
	GitHub   map[string]any // the context github; its token is made for each job
	Job      map[string]any // the context job
	Checkout string         // what actions/checkout copies
	Env      []string       // of every step, beside the runner's own
	IDToken  []string       // of every step of a job that may have an ID token
	Dir      string         // the folders of the jobs
	Store    *Store

	// Action runs an action that is not known here, or is another one in this test;
	// known is false for those that it leaves alone.
	Action func(Call) (outputs map[string]string, known bool, err error)
	// Called runs the reusable workflow that a job uses.
	Called func(Call) (result string, outputs map[string]string, err error)
	// Token makes the context github.token of a job.
	Token func(job string) string
	// Kill is asked before each step with a process. When what it returns is
	// closed, the step is killed; with the whole job, nothing else of it runs.
	Kill func(at Place) (when <-chan struct{}, wholeJob bool)
	// After is called when a job is over, and returns what it says of itself: a job
	// that somebody else controls may say anything, in its outputs too.
	After func(at Place, result string, outputs map[string]string) string

	Attempts int
	Killed   []Place         // the steps that were
	Log      strings.Builder // what the steps said
	jobs     map[string]*outcome
}

// A Place is a job of an attempt, and a step of it.
type Place struct {
	Attempt   int
	Job, Step string
	Part      int // of a matrix, from 0
}

// A Call is a step that uses an action, or a job that uses a workflow.
type Call struct {
	Place
	Action          string // or the workflow, without its version
	With            map[string]string
	Env             []string // as of a step with run
	Workspace, Temp string
	Permissions     map[string]string // of the job
}

// An outcome is what is known of a job: its result, and those of the parts of a
// matrix.
type outcome struct {
	result  string
	outputs map[string]string
	parts   []string // the result of each
}

// New returns a run of a workflow. Ids of artifacts come from seed.
func New(w *Workflow, seed uint64) *Run {
	return &Run{Workflow: w, Store: &Store{rand: rand.New(rand.NewPCG(seed, 1))}, jobs: map[string]*outcome{}}
}

// Result returns what became of a job in the last attempt.
func (r *Run) Result(job string) string {
	if o := r.jobs[job]; o != nil {
		return o.result
	}
	return ""
}

// Outputs returns the outputs of the workflow.
func (r *Run) Outputs() (map[string]string, error) {
	jobs := map[string]any{}
	for name, o := range r.jobs {
		jobs[name] = map[string]any{"result": o.result, "outputs": anyMap(o.outputs)}
	}
	all := map[string]string{}
	for name, output := range r.Workflow.On.Call.Outputs {
		text, err := (&scope{contexts: map[string]any{"jobs": jobs}}).text(output.Value)
		if err != nil {
			return nil, err
		}
		all[name] = text
	}
	return all, nil
}

// Attempt runs the workflow, the first time all of it, then the failed jobs and
// those that depend on them. It reports whether all is well.
func (r *Run) Attempt() (well bool, err error) {
	r.Attempts++
	again := map[string]bool{}
	for name, o := range r.jobs {
		again[name] = o.result == Failure
	}
	dependents := r.Workflow.dependents(maps.Collect(failed(again)))
	well = true
	for _, name := range r.Workflow.Order {
		o := r.jobs[name]
		switch {
		case o == nil || dependents[name]:
			o, err = r.job(name, nil)
		case again[name]:
			o, err = r.job(name, o)
		}
		if err != nil {
			return false, fmt.Errorf("attempt %d, job %s: %w", r.Attempts, name, err)
		}
		r.jobs[name] = o
		well = well && o.result != Failure
	}
	return well, nil
}

func failed(all map[string]bool) func(func(string, bool) bool) {
	return func(yield func(string, bool) bool) {
		for name, yes := range all {
			if yes && !yield(name, true) {
				return
			}
		}
	}
}

// job runs a job, or the failed parts of it when it ran before.
func (r *Run) job(name string, before *outcome) (*outcome, error) {
	j := r.Workflow.Jobs[name]
	needs, failed := map[string]any{}, false
	for _, need := range j.Needs {
		o := r.jobs[need]
		needs[need] = map[string]any{"result": o.result, "outputs": anyMap(o.outputs)}
		failed = failed || o.result != Success
	}
	s := &scope{contexts: map[string]any{"needs": needs, "inputs": r.inputs(), "github": r.github(name)}, failed: failed}
	runs, err := s.condition(j.If)
	if err != nil || !runs {
		return &outcome{result: Skipped}, err
	}
	s.failed = false
	parts := []any{nil}
	if j.Strategy.Matrix != "" {
		if parts, err = combinations(s, j.Strategy.Matrix); err != nil {
			return nil, err
		}
	}
	o := &outcome{result: Success, parts: make([]string, len(parts))}
	for i, values := range parts {
		if before != nil && before.parts[i] == Success {
			o.parts[i], o.outputs = Success, before.outputs
			continue
		}
		at := Place{Attempt: r.Attempts, Job: name, Part: i}
		contexts := maps.Clone(s.contexts)
		contexts["matrix"], contexts["strategy"] = values, map[string]any{"job-index": float64(i)}
		result, outputs, err := r.execute(at, j, contexts)
		if err != nil {
			return nil, err
		}
		if r.After != nil {
			result = r.After(at, result, outputs)
		}
		if o.parts[i] = result; result == Failure {
			o.result = Failure
		}
		if outputs != nil {
			o.outputs = outputs
		}
		if result == Failure && (j.Strategy.FailFast == nil || *j.Strategy.FailFast) {
			for later := i + 1; later < len(parts); later++ {
				o.parts[later] = Failure // cancelled
			}
			break
		}
	}
	return o, nil
}

// combinations returns the values of each part of a matrix that is made of
// include alone.
func combinations(s *scope, matrix string) ([]any, error) {
	code, found := strings.CutPrefix(strings.TrimSpace(matrix), "${{")
	if !found {
		return nil, fmt.Errorf("the matrix %q is no expression", matrix)
	}
	v, err := s.value(strings.TrimSuffix(code, "}}"))
	if err != nil {
		return nil, err
	}
	m, _ := v.(map[string]any)
	include, _ := m["include"].([]any)
	if len(include) == 0 || len(m) != 1 {
		return nil, fmt.Errorf("matrix vector does not contain any values: %v", v)
	}
	if len(include) > 256 {
		return nil, fmt.Errorf("a matrix of %d jobs: 256 are allowed", len(include))
	}
	return include, nil
}

// inputs returns the context: what the caller gave, else the defaults.
func (r *Run) inputs() map[string]any {
	all := map[string]any{}
	for name, input := range r.Workflow.On.Call.Inputs {
		all[name] = input.Default
		if n, whole := input.Default.(int); whole {
			all[name] = float64(n)
		}
	}
	for name, value := range r.Inputs {
		if _, known := all[name]; !known {
			panic("the workflow has no input " + name)
		}
		all[name] = value
	}
	return all
}

func (r *Run) github(job string) map[string]any {
	all := map[string]any{}
	maps.Copy(all, r.GitHub)
	all["run_attempt"] = float64(r.Attempts)
	if r.Token != nil {
		all["token"] = r.Token(job)
	}
	return all
}

// folders makes the folders of a job: its workspace and its temporary one.
func (r *Run) folders(at Place) (workspace, temp string, err error) {
	dir := filepath.Join(r.Dir, fmt.Sprintf("%d-%s-%d", at.Attempt, at.Job, at.Part))
	workspace, temp = filepath.Join(dir, "workspace"), filepath.Join(dir, "temp")
	if err = os.MkdirAll(workspace, 0o755); err == nil {
		err = os.MkdirAll(temp, 0o755)
	}
	return workspace, temp, err
}

func anyMap[V any](in map[string]V) map[string]any {
	out := make(map[string]any, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		out[name] = in[name]
	}
	return out
}
