package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// helpFlags ask for help at any position.
var helpFlags = []string{"-h", "-help", "--help"}

// asksForHelp reports whether arguments ask for help, and returns the command
// they name.
func asksForHelp(args []string) (about []string, asked bool) {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	if !slices.ContainsFunc(args, func(a string) bool { return slices.Contains(helpFlags, a) }) {
		return nil, false
	}
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			break
		}
		about = append(about, a)
	}
	if len(about) == 0 || !isCommand(about[0]) {
		return nil, true
	}
	if groups()[about[0]] == nil {
		return about[:1], true
	}
	return about[:min(len(about), 2)], true
}

func isCommand(name string) bool {
	return slices.ContainsFunc(commands(), func(c command) bool { return c.name == name })
}

// noFolder returns the argument that was given as a directory but does not
// exist; empty if it exists or is written as a path.
func noFolder(dirs []string) string {
	if len(dirs) == 0 || strings.ContainsAny(dirs[0], "./\\") || dirs[0] == "" {
		return ""
	}
	if _, err := os.Lstat(dirs[0]); !os.IsNotExist(err) {
		return ""
	}
	return dirs[0]
}

// unknownCommand returns the message for a word that is not a command, and
// whether a similar command exists.
func unknownCommand(word string) (text string, near bool) {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if best := display.Nearest(word, names); best != "" {
		return fmt.Sprintf("unknown command %s; did you mean %s?", word, best), true
	}
	return fmt.Sprintf("unknown command %s, and there is no folder of that name", word), false
}

// runHelp prints the whole page, or the help of one command.
func runHelp(_ context.Context, p Process) error {
	text := page()
	if len(p.Args) > 0 {
		name := strings.Join(p.Args, " ")
		var known bool
		if text, known = helpOf(name); !known {
			if group, sub, _ := strings.Cut(name, " "); groups()[group] != nil {
				return &UsageError{[]string{unknown("command", group+" ", sub, namesOf(group))}}
			}
			text, _ := unknownCommand(name)
			return &UsageError{[]string{text}}
		}
	}
	_, err := p.Stdout.Write([]byte(text))
	return err
}

// flagsOf returns the flags of a command, if it has any; those of groups have
// their own.
func flagsOf(name string) []option {
	switch name {
	case "gate", "preflight":
		return options
	case "plan":
		return planOptions()
	case "merge":
		return mergeOptions()
	case "sbom":
		return sbomOptions()
	case "pack":
		return packOptions()
	case "baseline":
		return baselineOptions()
	case "precommit":
		return precommitOptions()
	case "deprecate":
		return deprecateOptions()
	case "review":
		return reviewOptions()
	case "import":
		return importOptions()
	case "init":
		return initOptions()
	case "verify":
		return verifyOptions()
	case "monitor":
		return monitorOptions()
	}
	return nil
}

// helpOf returns the help of one command; false if there is none of that name.
func helpOf(name string) (string, bool) {
	var b strings.Builder
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		fmt.Fprintf(&b, "publishgate %s\n\n  %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
		if flags := flagsOf(name); len(flags) > 0 {
			b.WriteString("\nFlags:\n\n")
			listFlags(&b, flags)
		}
	}
	for _, c := range subcommands() {
		if group, _, _ := strings.Cut(c.name, " "); c.name == name || group == name {
			fmt.Fprintf(&b, "\npublishgate %s %s\n\n", c.name, c.args)
			listFlags(&b, c.options)
		}
	}
	return strings.TrimPrefix(b.String(), "\n"), b.Len() > 0
}

// page returns the complete help.
func page() string {
	var b strings.Builder
	b.WriteString("publishgate judges an npm package before it is published, and publishes it only if it passed.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  publishgate %-32s %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
	}
	b.WriteString("\nFlags of gate, which are also the inputs of the action:\n\n")
	listFlags(&b, options)
	b.WriteString("\nFlags of plan:\n\n")
	listFlags(&b, planOptions())
	b.WriteString("\nFlags of baseline:\n\n")
	listFlags(&b, baselineOptions())
	b.WriteString("\nFlags of precommit:\n\n")
	listFlags(&b, precommitOptions())
	b.WriteString("\nFlags of deprecate:\n\n")
	listFlags(&b, deprecateOptions())
	b.WriteString("\nFlags of review:\n\n")
	listFlags(&b, reviewOptions())
	b.WriteString("\nFlags of import:\n\n")
	listFlags(&b, importOptions())
	b.WriteString("\nFlags of init:\n\n")
	listFlags(&b, initOptions())
	b.WriteString("\nFlags of verify:\n\n")
	listFlags(&b, verifyOptions())
	b.WriteString("\nFlags of monitor:\n\n")
	listFlags(&b, monitorOptions())
	for _, c := range subcommands() {
		fmt.Fprintf(&b, "\nFlags of %s (%s):\n\n", c.name, c.args)
		listFlags(&b, c.options)
	}
	b.WriteString(`
Credentials come from the environment: NODE_AUTH_TOKEN or NPM_TOKEN, GITHUB_TOKEN,
COSIGN_PASSWORD, SIGSTORE_ID_TOKEN, NPM_ID_TOKEN, and the runner's own.

Exit codes: 0 passed, 1 blocked, 2 wrong use, 3 could not decide or could not act.
`)
	return b.String()
}

// listFlags writes the flags and their descriptions.
func listFlags(b *strings.Builder, flags []option) {
	for _, o := range flags {
		fmt.Fprintf(b, "  -%s\n      %s", strings.TrimSpace(o.name+" "+o.arg), o.does)
		if o.def != "" && o.arg != "" {
			fmt.Fprintf(b, " (default %s)", o.def)
		}
		b.WriteByte('\n')
	}
}
