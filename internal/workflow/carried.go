package workflow

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// shell follows a shell file of the repository, or the text behind -c or <<<.
func (f *finder) shell(words []string, s site) {
	args := words
	if name := path.Base(words[0]); slices.Contains(shells, name) || name == "source" || name == "." {
		args = words[1:]
	}
	option := "" // the one before
	for i, a := range args {
		flag := strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--")
		switch {
		case flag && strings.HasSuffix(a, "c") && i+1 < len(args):
			f.quoted(args[i+1:i+2], s)
			return
		case strings.HasPrefix(a, "-"), strings.HasSuffix(option, "o"): // -euo pipefail
			option = ""
			if flag {
				option = a
			}
		case strings.ContainsAny(a, " \n"):
			f.quoted(args[i:i+1], s)
			return
		default:
			f.shellFile(path.Join(s.dir, a), s)
			return
		}
	}
}

// quoted goes through a script that stands in the words of a command.
func (f *finder) quoted(words []string, s site) {
	if !f.deep(len(s.seen)) {
		s.seen = append(slices.Clone(s.seen), "-c")
		f.script(strings.Join(words, " "), s, false)
	}
}

// shellFile goes through a shell file of the repository.
func (f *finder) shellFile(name string, s site) {
	data := f.read(name)
	if data == nil || slices.Contains(s.seen, name) || f.deep(len(s.seen)) {
		return
	}
	s.seen = append(slices.Clone(s.seen), name)
	s.via = append(slices.Clone(s.via), name)
	f.script(string(data), s, false)
}

var interpreter = pattern.New(`^#!.*\b(ba|z|da|k)?sh\b`)

// isShellFile reports whether a command is a file of the repository that a shell
// runs, whatever its name.
func (f *finder) isShellFile(word string, s site) bool {
	return strings.Contains(word, "/") && interpreter.Match(f.read(path.Join(s.dir, word)))
}

// other follows the command that a shell of Windows, or su, is given: what stands
// behind /c, -c or -Command.
func (f *finder) other(args []string, s site) {
	for i, a := range args {
		if slices.Contains([]string{"/c", "-c", "-command", "/k"}, strings.ToLower(a)) {
			f.quoted(args[i+1:], s)
			return
		}
	}
}

// tasks follows the targets that nx runs: NAME, PROJECT:NAME, -t NAME, --target=NAME.
func (f *finder) tasks(args []string, s site) {
	for _, a := range args {
		if _, value, ok := strings.Cut(a, "="); ok && strings.HasPrefix(a, "-") {
			a = value
		}
		for _, task := range strings.Split(a, ",") {
			if at := strings.LastIndexByte(task, ':'); at >= 0 {
				f.run(task[at+1:], nil, s)
			}
			f.run(task, nil, s)
		}
	}
}

// computed reports whether a shell or the runner computes which command it is.
func computed(word string) bool {
	return strings.HasPrefix(word, "${{") || strings.HasPrefix(word, "$") && !strings.ContainsAny(word, " \n/")
}
