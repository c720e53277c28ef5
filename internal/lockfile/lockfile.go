// Package lockfile turns the bytes of a lockfile into the dependency graph:
// every installed copy, its edges as Node would resolve them, its scope.
//
// It reads as npm does but is stricter where npm ignores errors: what npm
// treats as "no lockfile" (merge conflicts, truncation, an unknown version) is
// an error here, since a gate that cannot look may not pass. It fetches
// nothing, follows no symbolic links, and does not judge: oddities become Notes
// for the checks.
package lockfile

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// MaxBytes is the largest lockfile that is read. The largest real ones are
// about a quarter of it.
const MaxBytes = 64 << 20

// A Format is one kind of lockfile, found by its file name.
type Format struct {
	File    string // base name
	Manager string
	// Parse reads it; nil: the format is recognised but this version cannot
	// read it.
	Parse func(Input) (*npm.Graph, error)
}

// Formats lists every kind of lockfile we know, in the order in which they win
// when several stand in one directory and package.json does not say which
// manager is used: npm up to 11 prefers the shrinkwrap.
var Formats = []Format{
	{"npm-shrinkwrap.json", "npm", parsePackageLock},
	{"package-lock.json", "npm", parsePackageLock},
	{"yarn.lock", "yarn", parseYarn},
	{"pnpm-lock.yaml", "pnpm", parsePnpm},
	{"bun.lock", "bun", parseBunLock},
	{"bun.lockb", "bun", nil},
}

// An Input is what a lockfile is read from.
type Input struct {
	Data []byte
	File string // its path as shown to users; the base name tells the format

	Manifest *npm.Manifest // of the package that is judged
	Member   string        // its directory relative to the lockfile's, a slash path; "": the same
	// Owner is the manifest beside the lockfile when Member is set; nil: its
	// dependencies are taken from the lockfile and it has no overrides.
	Owner *npm.Manifest
	// Checkout is for formats that need the package.json files of other directories
	// (yarn); nil: there are none.
	Checkout *Checkout
}

// Parse reads a lockfile that is beside the manifest. Errors begin with file,
// and with line and column if known.
func Parse(data []byte, file string, manifest *npm.Manifest) (*npm.Graph, error) {
	return ParseInput(Input{Data: data, File: file, Manifest: manifest})
}

// ParseInput reads a lockfile for the package it is beside or for a workspace
// member below it.
func ParseInput(in Input) (*npm.Graph, error) {
	format, err := formatOf(in.File)
	if err != nil {
		return nil, err
	}
	if format.Parse == nil {
		return nil, unread(in.File, format)
	}
	if len(in.Data) > MaxBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB", in.File, MaxBytes>>20)
	}
	in.Member = strings.TrimPrefix(path.Clean("/"+in.Member), "/")
	g, err := format.Parse(in)
	if err != nil {
		return nil, hint(in, err)
	}
	g.Manager = format.Manager
	declareMembers(in, g)
	if in.Member != "" && in.Owner != nil {
		for _, o := range in.Owner.Overrides {
			o.File = path.Join(path.Dir(in.File), "package.json")
			g.Overrides = append(g.Overrides, o)
		}
	}
	if path.Base(in.File) == "npm-shrinkwrap.json" {
		g.Notes = append(g.Notes, npm.Note{
			Kind: npm.NoteShrinkwrap, File: in.File, Line: 1, Column: 1,
			Text: "npm-shrinkwrap.json was read, as npm up to 11 does; npm 12 ignores it",
		})
	}
	if err := notEmpty(in, g); err != nil {
		return nil, err
	}
	return g, nil
}

// formatOf finds the format of a path. A file that the user named some other
// way and that ends in .json is a package-lock.
func formatOf(file string) (Format, error) {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	for _, f := range Formats {
		if f.File == base {
			return f, nil
		}
	}
	if strings.HasSuffix(base, ".json") {
		return Format{base, "npm", parsePackageLock}, nil
	}
	return Format{}, fmt.Errorf("%s: not a lockfile this version knows: it reads %s", file, readable())
}

// readable names the formats that have a parser.
func readable() string {
	var names []string
	for _, f := range Formats {
		if f.Parse != nil {
			names = append(names, f.File)
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func unread(file string, f Format) error {
	if f.File == "bun.lockb" {
		return fmt.Errorf("%s: the binary lockfile of bun, which this version cannot read: run bun install "+
			"--save-text-lockfile --frozen-lockfile --lockfile-only, delete it and commit bun.lock", file)
	}
	return fmt.Errorf("%s: a lockfile of %s, which this version cannot read: it reads %s", file, f.Manager, readable())
}

// tool returns the manager a lockfile belongs to, as far as its name tells.
func tool(file string) npm.Tool {
	f, _ := formatOf(file)
	return npm.ToolOf(f.Manager, "")
}

// hint adds the remedy for the commonest fault.
func hint(in Input, err error) error {
	if bytes.HasPrefix(in.Data, []byte("<<<<<<< ")) || bytes.Contains(in.Data, []byte("\n<<<<<<< ")) {
		return fmt.Errorf("%w: it holds merge conflict markers; resolve the conflict, or run %s, and commit the result",
			err, tool(in.File).Install)
	}
	return err
}

// notEmpty refuses a lockfile without packages if the manifest has
// dependencies: whatever the cause, nothing was looked at.
func notEmpty(in Input, g *npm.Graph) error {
	if in.Manifest == nil {
		return nil
	}
	for _, p := range g.Packages {
		if p != g.Root && p.Location != "" {
			return nil
		}
	}
	for _, d := range in.Manifest.Dependencies {
		if d.Kind == npm.EdgeProd || d.Kind == npm.EdgeDev || d.Kind == npm.EdgeOptional {
			return fmt.Errorf("%s: it holds no packages, but %s has dependencies (line %d): run %s and commit the lockfile",
				in.File, in.Manifest.File, d.Line, tool(in.File).Install)
		}
	}
	return nil
}
