package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
)

// What is new, still there and fixed between two judgements.
func TestSince(t *testing.T) {
	// "rule name@version file ids|subject state"
	read := func(text string) (all []Judged) {
		for line := range strings.Lines(text) {
			w := strings.Fields(line)
			j := Judged{Finding: finding.Finding{Rule: w[0], File: w[2], Line: len(all) + 1}}
			j.Finding.Name, j.Finding.Version, _ = strings.Cut(w[1], "@")
			if ids, is := strings.CutPrefix(w[3], "#"); is {
				j.Finding.Subject = ids
			} else {
				j.Finding.IDs = strings.Split(w[3], ",")
			}
			j.State = map[string]finding.State{"block": finding.Block, "warn": finding.Warn, "waived": finding.Waived}[w[4]]
			all = append(all, j)
		}
		return all
	}
	show := func(all []Judged) string {
		var words []string
		for _, j := range all {
			words = append(words, j.Finding.Name+"@"+j.Finding.Version)
		}
		return strings.Join(words, " ")
	}
	for _, c := range []struct{ name, before, now, want string }{
		{"one of each", "v a@1 L G1 block\nv b@1 L G2 block", "v a@1 L G1 block\nv c@1 L G3 block", "new c@1 still a@1 fixed b@1"},
		{"nothing", "", "", "new  still  fixed "},
		{"the version moved, the advisory not", "v a@1 L G1 block", "v a@2 L G1 block", "new  still a@2 fixed "},
		{"a second copy", "v a@1 L G1 block", "v a@1 L G1 block\nv a@2 L G1 block", "new a@2 still a@1 fixed "},
		{"a second copy, listed first", "v a@2 L G1 block", "v a@1 L G1 block\nv a@2 L G1 block", "new a@1 still a@2 fixed "},
		{"one of two copies went", "v a@1 L G1 block\nv a@2 L G1 block", "v a@2 L G1 block", "new  still a@2 fixed a@1"},
		{"ids in another order", "v a@1 L G1,C1 block", "v a@1 L C1,G1 block", "new  still a@1 fixed "},
		{"one id in common", "v a@1 L G1,C1 block", "v a@1 L X,C1 block", "new  still a@1 fixed "},
		{"one id in common with another", "v a@1 L G2,C1 block", "v a@1 L G1,C1 block\nv a@1 L G2,C1 waived", "new a@1 still  fixed "},
		{"another advisory", "v a@1 L G1 block", "v a@1 L G2 block", "new a@1 still  fixed a@1"},
		{"another lockfile", "v a@1 OLD G1 block", "v a@1 L G1 block", "new  still a@1 fixed "},
		{"another file", "v a@1 x G1 block", "v a@1 y G1 block", "new a@1 still  fixed a@1"},
		{"another rule", "v a@1 L #s block", "w a@1 L #s block", "new a@1 still  fixed a@1"},
		{"another subject", "v a@1 L #s block", "v a@1 L #t block", "new a@1 still  fixed a@1"},
		{"a subject is no id", "v a@1 L #G1 block", "v a@1 L G1 block", "new a@1 still  fixed a@1"},
		{"it blocks now", "v a@1 L G1 warn", "v a@1 L G1 block", "new a@1 still  fixed "},
		{"it only warns now", "v a@1 L G1 block", "v a@1 L G1 warn", "new  still a@1 fixed "},
		{"waived before", "v a@1 L G1 waived", "", "new  still  fixed "},
		{"waived now", "", "v a@1 L G1 waived", "new  still  fixed "},
		{"no longer waived", "v a@1 L G1 waived", "v a@2 L G1 block", "new a@2 still  fixed "},
	} {
		before := Side{read(c.before), "L"}
		if strings.Contains(c.before, "OLD") {
			before.Lockfile = "OLD"
		}
		got := Since(before, Side{read(c.now), "L"})
		if s := fmt.Sprintf("new %s still %s fixed %s", show(got.New), show(got.Still), show(got.Fixed)); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
	among, others := Side{read("v a@1 L G1 block"), "L"}.Split(read("v a@1 L G1 warn\nv b@1 L G1 block\nv a@2 L G1 block"))
	if show(among) != "a@1" || show(others) != "b@1 a@2" {
		t.Errorf("among %s, others %s", show(among), show(others))
	}
}
