package cli

import (
	"maps"
	"slices"
	"testing"
)

// TestFlagsStandAnywhere: of every command that takes flags and an operand, the
// flags stand before or after it, and among several.
func TestFlagsStandAnywhere(t *testing.T) {
	all := map[string][]option{}
	for _, c := range commands() {
		if flags := flagsOf(c.name); len(flags) > 0 {
			all[c.name] = flags
		}
	}
	for _, c := range subcommands() {
		if len(c.options) > 0 {
			all[c.name] = c.options
		}
	}
	if len(all) < 14 {
		t.Fatalf("%d commands have flags", len(all))
	}
	for name, flags := range all {
		for _, o := range flags {
			given := []string{"-" + o.name}
			if o.arg != "" {
				given = append(given, "value")
			}
			if o.bare != "" {
				given[1] = o.bare
			}
			want, operands, mistakes := parseArgs(append(slices.Clone(given), "one", "two"), flags)
			if len(mistakes) > 0 || !slices.Equal(operands[len(operands)-2:], []string{"one", "two"}) {
				t.Errorf("%s -%s: %q, %q", name, o.name, operands, mistakes)
			}
			slices.Sort(operands)
			for _, args := range [][]string{append([]string{"one", "two"}, given...), append(append([]string{"one"}, given...), "two")} {
				got, places, mistakes := parseArgs(args, flags)
				slices.Sort(places)
				if len(mistakes) > 0 || !maps.Equal(got, want) || !slices.Equal(places, operands) {
					t.Errorf("%s %q: %v, %q, %q", name, args, got, places, mistakes)
				}
			}
		}
	}
}
