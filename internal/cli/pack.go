package cli

import (
	"context"
	"fmt"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
)

// packOptions are the flags of pack.
func packOptions() []option {
	return []option{
		{name: "list", def: "false", does: "print the paths that would be packed, one a line, and write nothing"},
		{name: "o", arg: "FILE", does: "where the tarball goes, - for standard output; without it NAME-VERSION.tgz here"},
	}
}

// runPack makes the tarball that npm pack would make; it judges nothing.
func runPack(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, packOptions())
	s := &settings{values: v, known: packOptions(), mistakes: mistakes}
	c := gate.Where{Dir: s.folder(dirs)}
	list, file := s.truth("list"), s.text("o")
	if list && file != "" {
		s.mistake("-list writes nothing, so that -o has no place beside it")
	}
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	if list {
		return gate.PackList(ctx, c, p.Stdout)
	}
	name, notes, err := gate.Pack(ctx, c, p.Stdout, file)
	for _, note := range notes {
		newPrinter(p.Stderr).Printf("warning: %s", note)
	}
	if err == nil && name != "" {
		_, err = fmt.Fprintln(p.Stdout, display.Text(name))
	}
	return err
}
