package cli

import (
	"context"
	"slices"

	"github.com/publishgate/publishgate/internal/gate"
)

// baselineOptions are the flags of baseline.
func baselineOptions() []option {
	only := []option{{name: "o", arg: "FILE", does: "where the baseline goes, which must not exist; without it standard output"}}
	for _, o := range options {
		if slices.Contains([]string{"tarball"}, o.name) {
			only = append(only, o)
		}
	}
	return only
}

// runBaseline lists the candidates for secrets and judges nothing.
func runBaseline(_ context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, baselineOptions())
	s := &settings{values: v, known: baselineOptions(), mistakes: mistakes}
	c := gate.Config{Dir: s.folder(dirs), Tarball: s.text("tarball"), Version: Version(), Now: p.Now}
	file := s.text("o")
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	b, err := gate.WriteBaseline(c)
	if err != nil {
		return err
	}
	if err := p.deliver(b.Data, file); err != nil {
		return err
	}
	speaker := voice(p.Stderr)
	for _, left := range b.Unscanned {
		speaker.Printf("not searched: %s", left)
	}
	speaker.Printf("%d candidates for secrets", b.Secrets)
	if b.Secrets > 0 {
		speaker.Hint("look at each: what is in the baseline will not block; renew what is real, and name the file as secrets.baseline in the policy")
	}
	return nil
}
