package workflow

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// job goes through the steps of a job.
func (f *finder) job(name string, job, root node) {
	if never(job.get("if").text()) {
		return
	}
	s := site{file: f.file, job: name, env: map[string]string{}, dir: "."}
	addEnv(s.env, root.get("env"))
	addEnv(s.env, job.get("env"))
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
		if uses := step.get("uses"); uses.text() != "" {
			here.line = uses.line()
			f.uses(step, here)
			continue
		}
		run := step.get("run")
		if shell := step.get("shell").text(); run.text() == "" || !isShell(shell) {
			continue
		}
		here.line = run.line()
		if dir := folder(step); dir != "" {
			here.dir = path.Clean(dir)
		}
		f.script(run.text(), here, true)
	}
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
	return name == "." || slices.Contains([]string{"bash", "sh", "zsh", "dash", "pwsh", "powershell", "cmd"}, name)
}

func addEnv(to map[string]string, env node) {
	for _, m := range env.members() {
		to[m.name] = m.node.text()
	}
}

// gateOf returns the gate, if a step is one: our action, our image or our
// command.
func gateOf(step node) *gate {
	uses := step.get("uses").text()
	name, _, _ := strings.Cut(uses, "@")
	name = strings.TrimPrefix(name, "docker://")
	if image, _, tagged := strings.Cut(path.Base(name), ":"); tagged {
		name = image
	}
	ours := uses != "" && strings.EqualFold(path.Base(name), "publishgate")
	for _, c := range commands(step.get("run").text()) {
		for i, w := range c.words {
			image, _, _ := strings.Cut(path.Base(w), ":")
			image, _, _ = strings.Cut(image, "@")
			ours = ours || image == "publishgate" && (i == 0 || c.words[0] == "docker" || c.words[0] == "podman")
		}
	}
	if !ours {
		return nil
	}
	with := step.get("with")
	loose := step.get("continue-on-error").text()
	return &gate{id: step.get("id").text(), tarball: with.get("tarball").text(), out: cmp.Or(with.get("output").text(), "publishgate-out"),
		loose: loose != "" && loose != "false"}
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
	if slices.Contains(s.seen, dir) || len(s.seen) >= maxNesting {
		return
	}
	for _, name := range []string{"action.yml", "action.yaml"} {
		file := path.Join(dir, name)
		data := f.read(file)
		if data == nil {
			continue
		}
		root, err := parse(data)
		if err != nil {
			f.trouble = fmt.Errorf("%s: %w", file, err)
			return
		}
		s.seen = append(slices.Clone(s.seen), dir)
		s.via = append(slices.Clone(s.via), fmt.Sprintf("line %d of %s", s.line, s.file))
		s.file = file
		f.list(root.get("runs", "steps"), s, func(step node) string { return step.get("working-directory").text() })
		return
	}
}
