package cli

import (
	"context"
	"slices"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
)

// baselineOptions are the flags of baseline.
func baselineOptions() []option {
	return append([]option{{name: "o", arg: "FILE", does: "where the baseline goes, which must not exist; " +
		"without it standard output"},
		{name: "scope", arg: "SCOPE", does: "packed: the files of the tarball; commit: those of the commit that is checked out too; without " +
			"it as secrets.scope of the policy says"},
		policyOption}, named("tarball")...)
}

// named returns the options of gate with those names.
func named(names ...string) []option {
	var out []option
	for _, o := range options {
		if slices.Contains(names, o.name) {
			out = append(out, o)
		}
	}
	return out
}

// runBaseline lists the candidates for secrets; it judges nothing.
func runBaseline(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, baselineOptions())
	s := &settings{values: v, known: append(baselineOptions(), named("out")...), mistakes: mistakes}
	// baseline reads what gate would pack, so it leaves out gate's evidence.
	c := gate.Where{Dir: s.folder(dirs), Tarball: s.text("tarball"), Out: s.text("out")}
	s.policies(&c)
	file, scope := s.text("o"), s.text("scope")
	if !slices.Contains([]string{"", "packed", "commit"}, scope) {
		s.mistake("-scope %s: want packed or commit", display.Text(scope))
	}
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	b, err := gate.WriteBaseline(ctx, c, scope)
	if err != nil {
		return err
	}
	if err := p.deliver(b.Data, file); err != nil {
		return err
	}
	speaker := newPrinter(p.Stderr)
	for _, left := range b.Unscanned {
		speaker.Printf("not searched: %s", left)
	}
	speaker.Printf("candidates for secrets: %d", b.Secrets)
	if b.Secrets > 0 {
		speaker.Hint("look at each: what is in the baseline will not block; renew what is real, and name the file " +
			"as secrets.baseline in the policy")
	}
	return nil
}
