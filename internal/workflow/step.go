package workflow

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// job goes through the steps of a job.
func (f *finder) job(name string, job, root node) {
	if never(job.get("if").text()) {
		return
	}
	s := site{file: f.file, job: name, env: map[string]string{}, dir: "."}
	s.shell = cmp.Or(job.get("defaults", "run", "shell").text(), root.get("defaults", "run", "shell").text())
	addEnv(s.env, root.get("env"))
	addEnv(s.env, job.get("env"))
	s.matrix = matrixOf(job)
	f.list(job.get("steps"), s, func(step node) string {
		return cmp.Or(step.get("working-directory").text(), job.get("defaults", "run", "working-directory").text(),
			root.get("defaults", "run", "working-directory").text())
	})
}

// list goes through steps, of a job or of a composite action.
func (f *finder) list(steps node, s site, folder func(node) string) {
	for _, step := range steps.items() {
		if f.steps++; f.steps > maxSteps {
			return
		}
		if never(step.get("if").text()) {
			continue
		}
		here := s
		here.line = step.line()
		here.env = maps.Clone(s.env)
		addEnv(here.env, step.get("env"))
		here.loose = goesOn(step.get("if").text())
		if g := gateOf(step); g != nil {
			s.gate = g
			continue
		}
		here.when = condition(step)
		if uses := step.get("uses"); uses.text() != "" {
			here.line = uses.line()
			f.uses(step, here)
			continue
		}
		run := step.get("run")
		shell := cmp.Or(step.get("shell").text(), s.shell)
		if run.text() == "" || !isShell(shell) {
			continue
		}
		here.pipefail = strings.HasPrefix(shell, "bash") || strings.Contains(run.text(), "pipefail")
		here.line = run.line()
		if dir := folder(step); dir != "" {
			here.dir = path.Clean(dir)
		}
		before := s.gate
		for _, text := range s.variants(run.text()) {
			if g := f.script(text, here, true); g != before {
				s.gate = g
				g.of(step)
			}
		}
	}
}

// matrixOf returns the values that the matrix of a job gives to a name.
func matrixOf(job node) map[string][]string {
	matrix := job.get("strategy", "matrix")
	all := map[string][]string{}
	for _, m := range matrix.members() {
		for _, v := range m.node.items() {
			all[m.name] = append(all[m.name], v.text())
		}
	}
	for _, more := range matrix.get("include").items() {
		for _, m := range more.members() {
			all[m.name] = append(all[m.name], m.node.text())
		}
	}
	return all
}

var fromMatrix = pattern.New(`\$\{\{\s*matrix\.([\w-]+)\s*\}\}`)

// variants returns a script as the jobs of a matrix run it, each value of a name
// once.
func (s *site) variants(text string) []string {
	all, longest := []string{}, 1
	for _, m := range fromMatrix.FindAllStringSubmatch(text, -1) {
		longest = max(longest, min(len(s.matrix[m[1]]), maxVariants))
	}
	for i := range longest {
		all = append(all, fromMatrix.ReplaceAllStringFunc(text, func(whole string) string {
			values := s.matrix[fromMatrix.FindStringSubmatch(whole)[1]]
			if len(values) == 0 {
				return whole
			}
			return values[min(i, len(values)-1)]
		}))
	}
	return all
}

// never reports whether a condition is one under which nothing runs.
func never(condition string) bool {
	if inner, is := expression(strings.TrimSpace(condition)); is {
		condition = inner
	}
	return strings.TrimSpace(condition) == "false"
}

// goesOn says why a step runs although one before it failed; "" if it does not.
func goesOn(condition string) string {
	for _, word := range []string{"always()", "failure()", "cancelled()"} {
		if strings.Contains(strings.ToLower(condition), word) {
			return "its condition has " + word
		}
	}
	return ""
}

// isShell reports whether the commands of a step are those of a shell that is
// understood. Windows' shells call the same commands.
func isShell(shell string) bool {
	name := strings.ToLower(path.Base(strings.Split(shell+" ", " ")[0]))
	return name == "." || strings.HasPrefix(shell, "${{") || slices.Contains([]string{"bash", "sh", "zsh", "dash", "pwsh",
		"powershell", "cmd"}, name)
}

func addEnv(to map[string]string, env node) {
	for _, m := range env.members() {
		to[m.name] = m.node.text()
	}
}

// uses looks at an action.
func (f *finder) uses(step node, s site) {
	uses := step.get("uses").text()
	with := step.get("with")
	if strings.HasPrefix(uses, "./") {
		f.composite(path.Clean(uses), s)
		return
	}
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	base := path.Base(name)
	f.given(name, with, s)
	dry := func(inputs ...string) bool {
		return slices.ContainsFunc(inputs, func(i string) bool { return strings.EqualFold(with.get(i).text(), "true") })
	}
	switch {
	case base == "npm-publish" || strings.HasSuffix(base, "npm-publish-action") || name == "primer/publish":
		if !dry("dry-run", "dry_run") {
			f.add(s, "the action "+uses, with.get("package").text())
		}
	case strings.HasSuffix(base, "semantic-release-action") || name == "mikeal/merge-release":
		if !dry("dry-run", "dry_run") {
			f.add(s, "the action "+uses)
		}
	case name == "changesets/action" || base == "changesets-action":
		if with.get("publish").text() != "" {
			f.add(s, fmt.Sprintf("the action %s with `publish: %s`", uses, with.get("publish").text()))
		}
	}
}

// composite goes through the steps of an action of the repository.
func (f *finder) composite(dir string, s site) {
	if slices.Contains(s.seen, dir) {
		return
	}
	for _, name := range []string{"action.yml", "action.yaml"} {
		file := path.Join(dir, name)
		data := f.read(file)
		if data == nil {
			continue
		}
		if f.deep(len(s.seen)) {
			return
		}
		root, err := parse(data)
		if err != nil {
			f.trouble = errors.Join(f.trouble, fmt.Errorf("%s: %w", file, err))
			return
		}
		s.seen = append(slices.Clone(s.seen), dir)
		s.via = append(slices.Clone(s.via), fmt.Sprintf("line %d of %s", s.line, s.file))
		s.file = file
		f.list(root.get("runs", "steps"), s, func(step node) string { return step.get("working-directory").text() })
		return
	}
}
