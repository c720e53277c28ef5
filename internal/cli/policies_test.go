package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/gate"
)

// One policy file or two: flags, or an input with a line for each.
func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		args                          []string
		input                         string
		organisation, policy, mistake string
	}{
		{args: []string{"-policy", "a.yml"}, policy: "a.yml"},
		{args: []string{"-policy", "a.yml", "-policy=b, c.yml"}, organisation: "a.yml", policy: "b, c.yml"},
		{input: "a.yml", policy: "a.yml"},
		{input: "\n  org/a.yml\r\n\n\tb.yml\n", organisation: "org/a.yml", policy: "b.yml"},
		{args: []string{"-policy", "a", "-policy", "b", "-policy", "c"}, mistake: "-policy is given 3 times"},
		{args: []string{"-policy", "a", "-policy", "a"}, organisation: "a", policy: "a", mistake: "-policy names a twice"},
		{input: "a\x00", mistake: "NUL"},
		{input: strings.Repeat("a", maxValue+1), mistake: "longer than"},
	} {
		v, _, mistakes := parseArgs(c.args, options)
		if c.input != "" {
			v["policy"] = c.input
		}
		s := &settings{values: v, known: slices.Clone(options), mistakes: mistakes}
		var w gate.Where
		s.policies(&w)
		told := strings.Join(s.mistakes, "; ")
		if w.Organisation != c.organisation || w.Policy != c.policy || (told == "") != (c.mistake == "") || !strings.Contains(told, c.mistake) {
			t.Errorf("%q %q: %q and %q, %s", c.args, c.input, w.Organisation, w.Policy, told)
		}
	}
}
