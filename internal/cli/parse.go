package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// values are the options that the user set, by name.
type values map[string]string

// parseArgs parses flags and positional arguments in any order. Unlike package
// flag, it collects all mistakes instead of stopping at the first.
func parseArgs(args []string, known []option) (v values, dirs, mistakes []string) {
	v = values{}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			dirs = append(dirs, args...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			dirs = append(dirs, arg)
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		at := slices.IndexFunc(known, func(o option) bool { return o.name == name })
		if at < 0 {
			mistakes = append(mistakes, unknown("flag", "-", name, known))
			continue
		}
		switch boolean := known[at].arg == ""; {
		case !given && boolean:
			value = "true"
		case !given && known[at].bare != "" && (len(args) == 0 || !slices.Contains(strings.Fields(known[at].words), args[0])):
			value = known[at].bare
		case !given && len(args) == 0:
			mistakes = append(mistakes, fmt.Sprintf("-%s wants a value: -%s %s", name, name, known[at].arg))
			continue
		case !given:
			value, args = args[0], args[1:]
		}
		if known[at].many {
			dirs = append(dirs, value)
			continue
		}
		if have, twice := v[name]; twice && known[at].list {
			value = have + "," + value
		} else if twice && known[at].rows {
			value = have + "\n" + value
		} else if twice {
			mistakes = append(mistakes, fmt.Sprintf("-%s is given twice", name))
		}
		v[name] = value
	}
	return v, dirs, mistakes
}

// unknown returns the message for an unknown name, with the most similar known
// one.
func unknown(what, prefix, name string, known []option) string {
	text := fmt.Sprintf("unknown %s %s%s", what, prefix, name)
	names := make([]string, len(known))
	for i, o := range known {
		names[i] = o.name
	}
	if best := display.Nearest(name, names); best != "" {
		text += fmt.Sprintf("; did you mean %s%s?", prefix, best)
	}
	return text
}
