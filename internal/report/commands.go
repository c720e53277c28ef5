package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// maxCommand is the number of characters of a command that is shown. A longer one
// is not offered.
const maxCommand = 4000

// maxRecipe is the number of lines to copy; who has more to do takes step by step.
const maxRecipe = 60

// What may stand in a command that people copy: names, versions and ranges. All
// of these are quoted but for plainWord.
var (
	plainWord = pattern.New(`^[A-Za-z0-9@/._+=:,-]+$`)
	safeWord  = pattern.New(`^[A-Za-z0-9@/._+=:,^~<>|* \[\]$-]+$`)
)

// A recipe is the part of a fix plan that can be copied into a shell.
type recipe struct {
	lines   []string
	steps   []int // the numbers of the steps that it does
	ofPatch bool  // it applies the patch of the evidence
}

// recipe returns the commands of the plan. It leaves out steps that need a person,
// and steps with a name that has no place in a shell.
func (d *Document) recipe() recipe {
	if d.Plan == nil {
		return recipe{}
	}
	var sets, commands []string
	var r recipe
	names := map[string][]string{} // the operands of a command
	seen := map[string]bool{}
	for i, s := range d.Plan.Steps {
		set, edits := setting(s)
		switch {
		case s.Do > upgrade.Prune || s.Command == "" || !shellSafe(strings.Fields(s.Command)):
			continue
		case edits && set == nil, !edits && s.File != "", slices.ContainsFunc(s.Notes, notPatched):
			continue
		}
		sets, r.steps = append(sets, set...), append(r.steps, i+1)
		head, named := strings.CutSuffix(s.Command, " "+s.Name)
		switch {
		case seen[s.Command]:
		case named:
			if names[head] == nil {
				commands = append(commands, head)
			}
			names[head] = append(names[head], s.Name)
		default:
			commands = append(commands, s.Command)
		}
		seen[s.Command] = true
	}
	switch {
	case len(r.steps) == 0:
		return recipe{}
	case len(sets) > patched(d.Plan.Patch): // nobody checked what the steps would write
		return recipe{}
	case len(sets) > 0 && len(sets) < patched(d.Plan.Patch):
		// The patch writes more than the steps name: another field with the same package.
		r.ofPatch, r.lines = true, []string{"git apply " + patchName}
	case len(sets) > 0:
		r.lines = wrapped("npm pkg set", sets)
	}
	for _, c := range commands {
		r.lines = append(r.lines, wrapped(c, names[c])...)
	}
	if len(r.lines) > maxRecipe || slices.ContainsFunc(r.lines, func(l string) bool { return len(l) > maxCommand }) {
		return recipe{}
	}
	return r
}

// setting returns what a step writes into package.json as operands of `npm pkg
// set`. edits is false for a step that writes nothing there by hand; set is nil
// where it writes into another file, or something that cannot be written so.
func setting(s upgrade.Step) (set []string, edits bool) {
	if s.Do != upgrade.Raise && s.Do != upgrade.Override {
		return nil, false
	}
	if s.File != "package.json" || s.New == "" {
		return nil, true
	}
	for _, key := range append([]string{s.Key}, s.Also...) {
		operand := ""
		for i, name := range strings.Split(key, " > ") {
			switch plain := strings.ReplaceAll(name, " || ", ""); {
			case name == "" || strings.ContainsAny(plain, "[]= "):
				return nil, true
			case plain != name || strings.Contains(name, "."):
				operand += "[" + name + "]"
			case i > 0:
				operand += "." + name
			default:
				operand += name
			}
		}
		operand += "=" + s.New
		if !safeWord.MatchString(operand) {
			return nil, true
		}
		set = append(set, quotedFor(operand))
	}
	return set, true
}

// notPatched reports whether a note says that a step could not be put into the
// patch.
func notPatched(note string) bool { return strings.HasPrefix(note, "it is not in the patch") }

// quotedFor quotes an operand for a shell, if it has to be.
func quotedFor(operand string) string {
	if plainWord.MatchString(operand) {
		return operand
	}
	return "'" + operand + "'"
}

func shellSafe(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !plainWord.MatchString(w) })
}

// patched returns the number of values that a patch writes. A line that only gets
// a comma, since one comes after it now, is none.
func patched(patch string) int {
	n, gone := 0, map[string]int{}
	for line := range strings.Lines(patch) {
		value := strings.TrimRight(line, "\r\n,")
		switch {
		case !strings.HasSuffix(value, `"`):
		case value[0] == '-':
			gone[value[1:]]++
		case value[0] == '+' && gone[value[1:]] > 0:
			gone[value[1:]]--
		case value[0] == '+':
			n++
		}
	}
	return n
}

// wrapped returns a command with its operands, in lines of some 80 characters.
func wrapped(head string, operands []string) []string {
	lines := []string{head}
	for _, o := range operands {
		last := &lines[len(lines)-1]
		if len(*last)+1+len(o) > 78 && *last != head {
			*last += ` \`
			lines = append(lines, "  "+o)
			continue
		}
		*last += " " + o
	}
	return lines
}

// shellLines returns commands as they are shown: a hostile one is no command any
// more, but harms nobody who reads it.
func shellLines(commands []string) []string {
	lines := make([]string, len(commands))
	for i, c := range commands {
		lines[i] = display.Cap(c, maxCommand)
	}
	return lines
}

// title says which steps the recipe does.
func (r recipe) title(all int) string {
	if len(r.steps) == all {
		return "The whole plan"
	}
	what := numbers(r.steps)
	return strings.ToUpper(what[:1]) + what[1:]
}

// numbers names steps: "steps 1 to 3, 5".
func numbers(steps []int) string {
	what := "step "
	if len(steps) > 1 {
		what = "steps "
	}
	for i := 0; i < len(steps); {
		to := i
		for to+1 < len(steps) && steps[to+1] == steps[to]+1 {
			to++
		}
		if i > 0 {
			what += ", "
		}
		if what += strconv.Itoa(steps[i]); to > i {
			what += " to " + strconv.Itoa(steps[to])
		}
		i = to + 1
	}
	return what
}

// where says where to run it.
func (r recipe) where() string {
	if r.ofPatch {
		return "run beside `package.json`, with `" + patchName + "` of the evidence there; then test"
	}
	return "run beside `package.json`, then test"
}

// stepsOf returns the number of the step about a package, by name@version.
func (d *Document) stepsOf() map[string]int {
	if d.Plan == nil {
		return nil
	}
	of := map[string]int{}
	for i, s := range d.Plan.Steps {
		for _, r := range append(slices.Clone(s.Removes), s.Part...) {
			if _, known := of[r.Package]; !known {
				of[r.Package] = i + 1
			}
		}
	}
	return of
}
