package script

import (
	"path"
	"strings"
)

// A form is the language of a file.
type form int

const (
	none  form = iota // no program
	plain             // JavaScript
	typed             // TypeScript, or JavaScript with tags in it
	types             // declarations
	maybe             // JavaScript if its first line says so
)

// formOf tells a file's form by its name.
func formOf(file string) form {
	file = strings.ToLower(path.Base(file))
	switch path.Ext(file) {
	case ".js", ".mjs", ".cjs", ".es6", ".es", ".jsm":
		return plain
	case ".jsx":
		return typed
	case ".ts", ".mts", ".cts", ".tsx":
		if before := strings.TrimSuffix(file, path.Ext(file)); strings.HasSuffix(before, ".d") || strings.Contains(before, ".d.") {
			return types
		}
		return typed
	case "":
		return maybe
	}
	return none
}

// Named reports whether the file of this name may be one that Read knows.
func Named(file string) bool { return formOf(file) != none }

// Reads reports whether the file of this name, which begins with head, is one
// that Read knows. head may be short; one without an extension is a program if
// its first line names an interpreter.
func Reads(file string, head []byte) bool {
	switch formOf(file) {
	case none:
		return false
	case maybe:
		return interpreted(head)
	}
	return true
}

// interpreted reports whether the first line of a file names an interpreter of
// JavaScript.
func interpreted(head []byte) bool {
	line, _, _ := strings.Cut(string(head[:min(len(head), 256)]), "\n")
	if !strings.HasPrefix(line, "#!") {
		return false
	}
	for _, name := range []string{"node", "deno", "bun", "tsx"} {
		if strings.Contains(line, name) {
			return true
		}
	}
	return false
}
