package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/migrate"
)

// errNotAll says that not every entry in force was converted. The exit code is
// that of a block: whoever takes the result for the complete list would be
// surprised at the next release.
var errNotAll = errors.New("not everything could be converted: each entry that was not is named above and, " +
	"as a comment, in the result")

// importOptions are the flags of import.
func importOptions() []option {
	return []option{
		{name: "from", arg: "KIND", does: "what FILE is, where its name does not tell: " + strings.Join(kinds(), ", ")},
		{name: "owner", arg: "NAME", does: "who answers for the exceptions; without it they are marked as unassigned"},
		{name: "expires", arg: "DATE", does: "when an exception ends whose entry has no end; without it in 90 days"},
		{name: "o", arg: "FILE", does: "where the result goes, which must not exist; without it standard output"},
	}
}

// kinds returns the names of the formats.
func kinds() []string {
	var names []string
	for _, f := range migrate.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// runImport converts one ignore list.
func runImport(_ context.Context, p Process) error {
	v, files, mistakes := parseArgs(p.Args, importOptions())
	s := &settings{values: v, known: importOptions(), mistakes: mistakes}
	o := migrate.Options{Owner: s.text("owner"), Now: p.Now(), Expires: s.end("expires", p.Now())}
	format := s.format(files)
	out := s.text("o")
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	o.File = files[0]
	data, err := disk.ReadNamed(o.File, migrate.MaxBytes)
	if err != nil {
		return err
	}
	r, err := format.Convert(data, o)
	if err != nil {
		return err
	}
	if err := p.deliver(r.YAML, out); err != nil {
		return err
	}
	speaker := newPrinter(p.Stderr)
	for _, n := range r.Notes {
		speaker.Printf("%s:%d: %s", o.File, n.Line, n)
	}
	speaker.Printf("%s: %d converted", o.File, r.Converted)
	if o.Owner == "" && r.Converted > 0 {
		speaker.Hint("-owner NAME says who answers for the exceptions")
	}
	if !r.Complete() {
		return errNotAll
	}
	return nil
}

// format returns the format of the one file given.
func (s *settings) format(files []string) migrate.Format {
	if len(files) != 1 {
		s.mistake("import takes one file, but %d were given: publishgate import FILE", len(files))
		return migrate.Format{}
	}
	from := s.text("from")
	f, found := migrate.Find(from, files[0])
	switch {
	case found:
	case from != "":
		var known []option
		for _, name := range kinds() {
			known = append(known, option{name: name})
		}
		s.mistakes = append(s.mistakes, unknown("kind of ignore list", "", from, known))
	default:
		s.mistake("%s goes by the name of no ignore list that is known; say what it is: -from %s", files[0],
			strings.Join(kinds(), ", "))
	}
	return f
}

// end reads the day on which exceptions end; the zero time if it is not given.
func (s *settings) end(name string, now time.Time) time.Time {
	text := s.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || !t.After(now) || t.Sub(now) > 365*24*time.Hour {
		s.mistake("-%s wants a day such as 2026-12-31, to come and at most 365 days ahead", name)
	}
	return t
}

// deliver writes a result to a new file, or to standard output if file is "".
// It does not overwrite a policy, which may contain what the result does not.
func (p Process) deliver(data []byte, file string) error {
	if file == "" {
		if _, err := p.Stdout.Write(data); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
		return nil
	}
	if _, err := os.Lstat(file); err == nil {
		return &UsageError{[]string{fmt.Sprintf("-o %s exists already and is not overwritten; write to another "+
			"file and move the lines over", file)}}
	}
	folder, err := disk.Create(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Write(filepath.Base(file), data)
}
