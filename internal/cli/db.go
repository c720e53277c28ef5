package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
)

// A subcommand is one of the commands of a group, such as db.
type subcommand struct {
	name, args string
	formats    []string // words that -format takes; nil: there is no such flag
	options    []option
	run        func(context.Context, Process, *settings, []string) error
}

// textOrJSON is what most commands print.
var textOrJSON = []string{"text", "json"}

// dbCommands lists them. They judge nothing. What they build is used by
// -advisories file:PATH and by the policy's advisories.fallback.
var dbCommands = []subcommand{
	{"db build", "-from PATH… -o FILE", textOrJSON, []option{
		{name: "from", arg: "PATH", many: true, does: "folder, zip, .json, .jsonl or .jsonl.gz of OSV records, or " +
			"a database; npm's are kept. Repeat it, or name more paths"},
		{name: "o", arg: "FILE", does: "where the database goes"},
		{name: "partial", def: "false", does: "mark it as not holding every advisory there is"},
		{name: "without-reports", def: "false",
			does: "leave out OpenSSF's malware reports (MAL-…), nine tenths of the size; it is then partial"},
		formatOption,
	}, dbBuild},
	{"db info", "[FILE]", textOrJSON, []option{formatOption}, dbInfo},
	{"db fetch", "-url URL -sha256 HEX|-digest FILE -o FILE", textOrJSON, []option{
		{name: "url", arg: "URL", does: "where the database is: https, or http on this machine"},
		{name: "sha256", arg: "HEX", does: "the digest it must have"},
		{name: "digest", arg: "FILE", does: "or a file that holds it, as sha256sum writes"},
		{name: "o", arg: "FILE", does: "where it goes; a file there that has the digest is kept, and nothing is fetched"},
		{name: "https-proxy", arg: "URL", does: "proxy for the connection; the environment's is not used"},
		{name: "ca-file", arg: "FILE", does: "certificates (PEM) to trust beside the system's"},
		{name: "deadline", arg: "D", def: "10m", does: "the time budget"},
		formatOption,
	}, dbFetch},
}

var formatOption = option{name: "format", arg: "F", def: "text", does: "what stdout carries: text or json"}

// groups returns the commands that have commands of their own.
func groups() map[string][]subcommand {
	return map[string][]subcommand{"db": dbCommands, "incident": incidentCommands, "policy": policyCommands}
}

// subcommands lists those of all groups.
func subcommands() []subcommand { return slices.Concat(dbCommands, incidentCommands, policyCommands) }

// namesOf returns the names of a group's commands, without the group's.
func namesOf(group string) []option {
	var names []option
	for _, c := range groups()[group] {
		names = append(names, option{name: strings.TrimPrefix(c.name, group+" ")})
	}
	return names
}

// runGroup runs one of a group's commands.
func runGroup(group string) func(context.Context, Process) error {
	return func(ctx context.Context, p Process) error {
		names := namesOf(group)
		if len(p.Args) == 0 {
			var words []string
			for _, n := range names {
				words = append(words, n.name)
			}
			return &UsageError{[]string{group + " wants one of its commands: " + strings.Join(words, ", ")}}
		}
		at := slices.IndexFunc(names, func(o option) bool { return o.name == p.Args[0] })
		if at < 0 {
			return &UsageError{[]string{unknown("command", group+" ", p.Args[0], names)}}
		}
		c := groups()[group][at]
		v, args, mistakes := parseArgs(p.Args[1:], c.options)
		s := &settings{values: v, known: c.options, mistakes: mistakes}
		if len(c.formats) > 0 {
			s.word("format", c.formats...)
		}
		return c.run(ctx, p, s, args)
	}
}

// usage returns the mistakes in the flags as an error, or nil.
func (s *settings) usage() error {
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	return nil
}

// required returns the value of a required option.
func (s *settings) required(name string) string {
	if s.values[name] == "" {
		s.mistake("-%s is missing", name)
	}
	return s.text(name)
}

// buildMemory is the memory limit for building, in bytes. Building holds all
// records at once; the limit of the gate would make it slow.
const buildMemory = 512 << 20

func dbBuild(ctx context.Context, p Process, s *settings, paths []string) error {
	if len(paths) == 0 {
		s.mistake("-from is missing: it names what the database is made from")
	}
	o := advisory.BuildOptions{Now: p.Now(), Partial: s.truth("partial"), WithoutReports: s.truth("without-reports")}
	file := s.required("o")
	if err := s.usage(); err != nil {
		return err
	}
	debug.SetMemoryLimit(buildMemory)
	var built advisory.Built
	d := described{File: file}
	err := writeFile(file, func(f *os.File) (err error) {
		hash := sha256.New()
		out := &counter{to: io.MultiWriter(hash, f)}
		built, err = advisory.Build(ctx, out, paths, o)
		d.Size, d.SHA256 = out.n, fmt.Sprintf("%x", hash.Sum(nil))
		return err
	})
	if err != nil {
		return err
	}
	d.about(built.Info)
	d.Built = &counts{built.Documents, built.Elsewhere, built.Told, built.Withdrawn}
	return d.print(p.Stdout, s.text("format"))
}

// dbInfo describes a database, by default the one in the binary. It reads the
// whole file, so that the description is true.
func dbInfo(ctx context.Context, p Process, s *settings, args []string) error {
	if len(args) > 1 {
		s.mistake("one database at a time, but %d were given", len(args))
	}
	if err := s.usage(); err != nil {
		return err
	}
	if len(args) == 0 {
		info, err := advisory.SnapshotInfo()
		if err != nil {
			return err
		}
		d := described{File: "snapshot"}
		d.about(info)
		return d.print(p.Stdout, s.text("format"))
	}
	d, err := describe(ctx, args[0])
	if err != nil {
		return err
	}
	return d.print(p.Stdout, s.text("format"))
}

// describe reads and verifies a database.
func describe(ctx context.Context, file string) (described, error) {
	db, err := advisory.OpenFile(file)
	if err != nil {
		return described{}, err
	}
	if db == nil {
		return described{}, fmt.Errorf("read %s: a folder, zip or document of advisories, not a database; "+
			"publishgate db build makes one of it", file)
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		return described{}, fmt.Errorf("read %s: %w", file, err)
	}
	d := described{File: file}
	d.about(db.Info)
	digest, n, err := digestOf(file)
	d.Size, d.SHA256 = n, fmt.Sprintf("%x", digest)
	return d, err
}

// writeFile writes a file completely or not at all. An error of content is
// returned unchanged, since it is usually about another file.
func writeFile(file string, content func(f *os.File) error) error {
	folder, err := disk.Create(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	var cause error
	err = folder.WriteWith(filepath.Base(file), func(f *os.File) error {
		cause = content(f)
		return cause
	})
	return cmp.Or(cause, err)
}

// digestOf hashes a file.
func digestOf(file string) (digest [sha256.Size]byte, n int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return digest, 0, err
	}
	defer f.Close()
	hash := sha256.New()
	n, err = io.Copy(hash, f)
	hash.Sum(digest[:0])
	return digest, n, err
}

// A counter counts what is written.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
