package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A planStep is one step of a plan as verdict.json has it.
type planStep struct {
	Do, Package, To, File, Key, Old, New, Command string
	Also                                          []string
	Removes, Part                                 []removal
}

// A removal is a copy and the advisories about it.
type removal struct {
	Package string
	IDs     []string `json:"ids"`
}

// acts reports whether a step changes something.
func (s planStep) acts() bool { return s.Do != "none" && s.Do != "remove" }

// managerOf tells the manager by its lockfile.
func managerOf(dir string) string {
	for _, l := range [][2]string{{"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}, {"bun.lock", "bun"}} {
		if _, err := os.Stat(filepath.Join(dir, l[0])); err == nil {
			return l[1]
		}
	}
	return "npm"
}

// apply does what a plan says: edits, one install of the lockfile alone, then the
// commands.
func (p planner) apply(dir, manager string, v *judged) error {
	if v.Patch != "" {
		if err := os.WriteFile(filepath.Join(dir, "fix.patch"), []byte(v.Patch), 0o644); err != nil {
			return err
		}
		if said, err := p.command(dir, "patch", "-p1", "-i", "fix.patch"); err != nil {
			return fmt.Errorf("the patch: %w: %s", err, said)
		}
	}
	var commands []string
	edits := v.Patch != ""
	for _, s := range v.Plan {
		switch {
		case s.Do == "override" && manager == "npm":
			commands = append(commands, s.Command)
		case s.Do == "raise" && s.File != "package.json":
			edits = true
			if err := raiseIn(filepath.Join(dir, s.File), s); err != nil {
				return err
			}
		case s.Do == "override" && strings.HasSuffix(s.File, ".yaml"):
			edits = true
			if err := overrideIn(filepath.Join(dir, s.File), s); err != nil {
				return err
			}
		case s.Do == "update" && s.File != "": // by hand
			edits = true
			if err := unlock(filepath.Join(dir, s.File), s.Package); err != nil {
				return err
			}
		case s.Do == "update" || s.Do == "prune":
			commands = append(commands, s.Command)
		}
	}
	m := p.tool(dir, manager)
	commands = together(commands)
	if manager == "npm" {
		// One command looks once at each package that it names. What another of
		// them held back is free only then; one step after the other it is at once.
		commands = append(commands, commands...)
	}
	if edits {
		commands = append([]string{m.lock}, commands...)
	}
	for _, c := range commands {
		words := strings.Fields(c)
		args := append(append(m.prefix, words[1:]...), m.flags(words[1:])...)
		if said, err := p.command(dir, m.program, args...); err != nil {
			return fmt.Errorf("%s: %w: %s", c, err, worst(said))
		}
	}
	return nil
}

// together makes one command of those that differ only in the package's name.
func together(commands []string) []string {
	var list []string
	at := map[string]int{}
	for _, c := range commands {
		last := strings.LastIndexByte(c, ' ')
		i, found := at[c[:last]]
		if !found {
			i = len(list)
			at[c[:last]], list = i, append(list, c[:last])
		}
		if !slices.Contains(strings.Fields(list[i]), c[last+1:]) {
			list[i] += c[last:]
		}
	}
	return list
}

// worst is the line of a manager's words that says what went wrong.
func worst(said string) string {
	for _, mark := range []string{"ERESOLVE", "ETARGET", "EOVERRIDE", "ERR_PNPM", "error", "ERR"} {
		for line := range strings.Lines(said) {
			if strings.Contains(line, mark) {
				return strings.TrimSpace(line) + "\n" + said
			}
		}
	}
	return said
}

// A tool is a manager of the version that a project is for.
type tool struct {
	program string
	prefix  []string
	lock    string // writes the lockfile alone
	flags   func(args []string) []string
}

func (p planner) tool(dir, manager string) tool {
	bin := func(folder string) string { return filepath.Join(p.managers, folder, "node_modules", ".bin", manager) }
	flags := func(list ...string) func([]string) []string {
		return func(args []string) []string {
			var add []string
			for _, f := range list {
				if !strings.Contains(strings.Join(args, " "), f) {
					add = append(add, f)
				}
			}
			return add
		}
	}
	lock := func(file string) string {
		text, _ := os.ReadFile(filepath.Join(dir, file)) // a lockfile without these words is the newest
		return string(text[:min(len(text), 2000)])
	}
	switch manager {
	case "pnpm":
		folder := "pnpm10"
		if version := regexp.MustCompile(`lockfileVersion: '?(\d)`).FindStringSubmatch(lock("pnpm-lock.yaml")); version !=
			nil && version[1] < "6" {
			folder = "pnpm7"
		} else if version != nil && version[1] < "9" {
			folder = "pnpm8"
		}
		return tool{bin(folder), nil, "pnpm install --no-frozen-lockfile", flags("--lockfile-only", "--ignore-scripts")}
	case "yarn":
		if strings.Contains(lock("yarn.lock"), "yarn lockfile v1") {
			return tool{bin("yarn1"), nil, "yarn install", flags("--ignore-scripts", "--ignore-engines", "--non-interactive")}
		}
		folder := "yarn4"
		if regexp.MustCompile(`version: [4-7]\b`).MatchString(lock("yarn.lock")) {
			folder = "yarn3"
		}
		return tool{bin(folder), nil, "yarn install", flags("--mode=update-lockfile")}
	case "bun":
		return tool{filepath.Join(p.managers, "bun", "node_modules", "@oven", "bun-linux-x64", "bin", "bun"), nil,
			"bun install", flags("--lockfile-only", "--ignore-scripts")}
	}
	return tool{bin("npm11"), nil, "npm install", flags("--package-lock-only", "--ignore-scripts", "--no-audit")}
}

// raiseIn edits the package.json of a member.
//
// Some of the archive's lockfiles are older than the manifests beside them, or know
// of members that are gone: an install mends that, and there is nothing to edit.
func raiseIn(path string, s planStep) error {
	_, line, _ := strings.Cut(s.Key, " > ")
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), fmt.Sprintf("%q", s.Old)) {
		return nil
	}
	return replaceIn(path, regexp.MustCompile(`("`+regexp.QuoteMeta(line)+`"\s*:\s*")`+regexp.QuoteMeta(s.Old)+`"`), "${1}"+s.New+`"`)
}

// overrideIn adds overrides to pnpm-workspace.yaml.
func overrideIn(path string, s planStep) error {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	var lines string
	for _, key := range append([]string{s.Key}, s.Also...) {
		quoted, err := json.Marshal(strings.TrimPrefix(key, "overrides > "))
		if err != nil {
			return err
		}
		lines += fmt.Sprintf("  %s: %q\n", quoted, s.New)
	}
	if head := "\noverrides:\n"; strings.Contains("\n"+string(text), head) {
		text = []byte(strings.Replace("\n"+string(text), head, head+lines, 1))
	} else {
		text = append(text, "\noverrides:\n"+lines...)
	}
	return os.WriteFile(path, text, 0o644)
}

// unlock takes a package's entries out of a lockfile of yarn 1 or bun.
func unlock(path, name string) error {
	entry := `(?m)^"?` + regexp.QuoteMeta(name) + `@[^\n]*:\n(?:  [^\n]*\n)*\n?`
	if filepath.Base(path) == "bun.lock" {
		entry = `(?m)^    "(?:[^"]*/)?` + regexp.QuoteMeta(name) + `": \[.*\n`
	}
	return replaceIn(path, regexp.MustCompile(entry), "")
}

func replaceIn(path string, old *regexp.Regexp, new string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := old.ReplaceAllString(string(text), new)
	if changed == string(text) {
		return fmt.Errorf("%s: nothing there is %s", filepath.Base(path), old)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}
