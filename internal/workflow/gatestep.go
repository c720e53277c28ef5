package workflow

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// gateOf returns the gate, if a step is our action or our image.
func gateOf(step node) *gate {
	uses := step.get("uses").text()
	name, _, _ := strings.Cut(uses, "@")
	name = strings.TrimPrefix(name, "docker://")
	if image, _, tagged := strings.Cut(path.Base(name), ":"); tagged {
		name = image
	}
	name = strings.TrimSuffix(name, "/binary") // where no container runs
	if uses == "" || !strings.EqualFold(path.Base(name), "publishgate") {
		return nil
	}
	with := step.get("with")
	g := &gate{tarball: with.get("tarball").text(), out: with.get("output").text()}
	g.of(step)
	return g
}

// of fills in what a step says of the gate in it.
func (g *gate) of(step node) {
	g.id, g.when = step.get("id").text(), condition(step)
	g.out = cmp.Or(g.out, "publishgate-out")
	if loose := step.get("continue-on-error").text(); loose != "" && loose != "false" {
		g.loose = "the gate's step has continue-on-error"
	}
}

// condition returns the condition of a step, without ${{ }}.
func condition(step node) string {
	text := strings.TrimSpace(step.get("if").text())
	if inner, is := expression(text); is {
		return inner
	}
	return strings.Join(strings.Fields(text), "")
}

// judging are what our command does beside judging a package.
var judging = []string{"baseline", "db", "explain", "help", "import", "init", "policy", "precommit",
	"report", "review", "deprecate", "incident", "monitor", "pack", "plan", "preflight", "sbom", "verify",
	"version", "-help", "--help", "-h", "-version", "--version"}

// gateCommand returns the gate, if a command of a script is ours and judges.
func gateCommand(c command, s site) *gate {
	words := c.words
	for len(words) > 1 && slices.Contains(before, words[0]) {
		words = words[1:]
	}
	for i, w := range words {
		image, _, _ := strings.Cut(path.Base(w), ":")
		image, _, _ = strings.Cut(image, "@")
		if image != "publishgate" || i > 0 && !starts(words[:i]) {
			continue
		}
		if i+1 < len(words) && slices.Contains(judging, words[i+1]) {
			return nil
		}
		g := &gate{out: "publishgate-out"}
		for j, a := range words {
			if (a == "-out" || a == "--out") && j+1 < len(words) {
				g.out = words[j+1]
			}
			if (a == "-tarball" || a == "--tarball") && j+1 < len(words) {
				g.tarball = s.expand(words[j+1])
			}
		}
		switch {
		case c.then == "||":
			g.loose = "a || stands behind its command"
		case c.then == "|" && !s.pipefail:
			g.loose = "its output goes into a pipe, and the shell has no pipefail"
		}
		return g
	}
	return nil
}

// starts reports whether what stands before a program's name starts it: a container
// tool, or a package manager that runs a command of a package.
func starts(words []string) bool {
	named := map[string][]string{"npx": {}, "bunx": {}, "npm": {"exec", "x"}, "pnpm": {"exec", "dlx"}, "yarn": {"exec", "dlx", "run"},
		"bun": {"x", "run"}}
	if words[0] == "docker" || words[0] == "podman" {
		return true
	}
	commands, manager := named[words[0]]
	return manager && !slices.ContainsFunc(words[1:], func(w string) bool {
		return !strings.HasPrefix(w, "-") && !slices.Contains(commands, w)
	})
}

// given goes through what other actions are given to run, as nick-fields/retry is.
func (f *finder) given(name string, with node, s site) {
	for _, input := range []string{"run", "command", "cmd", "script", "args"} {
		text := with.get(input).text()
		switch {
		case text == "" || name == "actions/github-script":
		case input == "args" && with.get("entrypoint").text() != "":
			f.quoted([]string{with.get("entrypoint").text(), text}, s)
		case input == "cmd" && strings.Contains(name, "yarn"):
			f.quoted([]string{"yarn", text}, s)
		default:
			f.quoted([]string{text}, s)
		}
	}
}
