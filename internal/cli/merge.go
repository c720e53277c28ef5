package cli

import (
	"context"
	"time"

	"github.com/publishgate/publishgate/internal/gate"
)

// mergeOptions are the flags of merge.
func mergeOptions() []option {
	return []option{
		{name: "o", arg: "OUT", def: "publishgate-out", does: "where the merged evidence goes: that of each package in the folder of its name"},
		{name: "expect", arg: "FILE", does: "the plan that publishgate plan printed: each of its packages must be there exactly once"},
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text, json or markdown"},
	}
}

// runMerge makes one verdict of the evidence of several runs.
func runMerge(ctx context.Context, p Process) error {
	say := newVoice(p)
	v, folders, mistakes := parseArgs(p.Args, mergeOptions())
	s := &settings{values: v, known: mergeOptions(), mistakes: mistakes}
	if len(folders) == 0 {
		s.mistake("merge wants at least one folder of evidence")
	}
	format := s.word("format", "text", "json", "markdown")
	m := gate.Merging{Folders: folders, Out: s.text("o"), Expect: s.text("expect"), Version: Version(), Now: p.Now, Runner: say.runner}
	if m.Out == "" {
		s.mistake("-o wants a folder")
	}
	say.begin(p, format)
	if len(s.mistakes) > 0 {
		return tellMistakes(p, say.runner, &UsageError{s.mistakes})
	}
	p.streams.until = time.Now().Add(mergeTime)
	m.Show = func(o *gate.Outcome, ran error) error { return show(p, format, o, ran) }
	m.Warn = func(err error) { warn(p, err) }
	m.Heard = func() error { return p.streams.written(ctx) }
	_, err := gate.Merge(ctx, m)
	return err
}

// mergeTime is how long the readers of the streams have.
const mergeTime = 10 * time.Minute
