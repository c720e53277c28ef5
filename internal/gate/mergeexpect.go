package gate

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxPlan is the largest plan that is read, in bytes.
const maxPlan = 64 << 20

// An expected is a package that a plan has judged.
type expected struct{ name, version, dir string }

// readExpected reads the packages of a plan, as publishgate plan prints it.
func readExpected(file string) (all []expected, err error) {
	data, err := disk.ReadNamed(file, maxPlan)
	if err != nil {
		return nil, fmt.Errorf("-expect %s: %w", file, err)
	}
	plan, err := strict.ParseWithin(data, strict.Limits{Bytes: maxPlan})
	if err != nil {
		return nil, fmt.Errorf("-expect %s: %w", file, err)
	}
	entries := plan.Get("include")
	if entries.Kind() != strict.Array {
		return nil, fmt.Errorf("%w: -expect %s: it is no plan, as publishgate plan prints one", ErrUsage, file)
	}
	for entry := range entries.Elements() {
		members := entry.Get("members")
		if members.Kind() != strict.Array {
			return nil, fmt.Errorf("%w: -expect %s: an entry lists no members", ErrUsage, file)
		}
		for m := range members.Elements() {
			one := expected{m.Get("name").Text(), m.Get("version").Text(), m.Get("dir").Text()}
			if one.name == "" {
				return nil, fmt.Errorf("%w: -expect %s: a member has no name", ErrUsage, file)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// expect holds the evidence against a plan: each of its packages must be there, in
// its version, and no other.
func (p *pile) expect(plan []expected) {
	of := map[string]*piece{}
	for _, x := range p.pieces {
		of[x.name()] = x
	}
	planned := map[string]bool{}
	for _, e := range plan {
		x := of[e.name]
		switch planned[e.name] = true; {
		case x == nil:
			p.problem("%s: there is no evidence of it, and the plan names it: a shard did not run or was killed; run it again", e.name)
		case e.version != "" && e.version != x.document.Package.Version:
			p.problem("%s: the evidence is of %s, and the plan of %s", e.name, x.document.Package.Version, e.version)
		case x.dir == "":
			x.dir = e.dir
		}
	}
	p.pieces = slices.DeleteFunc(p.pieces, func(x *piece) bool {
		if !planned[x.name()] {
			p.problem("%s: it is evidence of %s, which the plan does not name", x.shown, x.name())
		}
		return !planned[x.name()]
	})
}
