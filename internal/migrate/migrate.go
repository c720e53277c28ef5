// Package migrate converts the ignore lists of other tools to a part of our
// policy file: exceptions and, where a file sets them, levels and licences.
//
// No entry is lost silently. What cannot be converted becomes a note with its
// line and the reason, and every note reports whether the entry was in force.
// No entry is widened either: if our exceptions cannot express an entry's
// condition, it is not converted.
//
// The package reads no files and queries no database, so it does not translate
// one vendor's ids to another's. It does not guess the owner of an exception:
// the user must name one.
package migrate

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// MaxBytes is the largest input file, and also the largest policy file.
const MaxBytes = 1 << 20

// A Format is the ignore list of one tool.
type Format struct {
	Name  string   // for Find: "nsprc"
	Tool  string   // for people: "better-npm-audit"
	Files []string // the names it goes by, as path.Match patterns of the last element

	read    func(data []byte) (value, error)
	convert func(c *conversion, root value)
	// The list is part of a file about other things; a file without it is a
	// mistake.
	part bool
}

// Formats returns every format, in the order in which file names are tried. It
// is a function so that nothing is built at start-up.
func Formats() []Format {
	return []Format{
		{Name: "nsprc", Tool: "better-npm-audit", Files: []string{".nsprc", ".nsprc.json"}, read: readJSON, convert: nsprc},
		{Name: "audit-ci", Tool: "audit-ci", Files: []string{"audit-ci.json", "audit-ci.jsonc", "audit-ci.json5",
			".audit-ci.json", ".audit-ci.jsonc", ".audit-ci.json5"}, read: readJSON, convert: auditCI},
		{Name: "osv-scanner", Tool: "osv-scanner",
			Files: []string{"osv-scanner.toml", ".osv-scanner.toml", "osv-scanner*.toml"}, read: readTOML, convert: osvScanner},
		{Name: "trivyignore", Tool: "trivy", Files: []string{".trivyignore"}, read: readLines, convert: trivyLines},
		{Name: "trivyignore-yaml", Tool: "trivy", Files: []string{".trivyignore.yaml", ".trivyignore.yml"},
			read: readYAML, convert: trivyYAML},
		{Name: "snyk", Tool: "snyk", Files: []string{".snyk"}, read: readYAML, convert: snyk},
		{Name: "pnpm", Tool: "pnpm audit", Files: []string{"package.json", "pnpm-workspace.yaml"}, read: readEither,
			convert: pnpm, part: true},
		{Name: "yarn", Tool: "yarn npm audit", Files: []string{".yarnrc.yml"}, read: readYAML, convert: yarn, part: true},
		{Name: "dependency-review", Tool: "dependency-review-action",
			Files: []string{"dependency-review*.yml", "dependency-review*.yaml", ".dependency-review*.yml",
				".dependency-review*.yaml"}, read: readYAML, convert: dependencyReview, part: true},
		{Name: "grype", Tool: "grype", Files: []string{".grype.yaml", ".grype.yml", "grype.yaml", "grype.yml"},
			read: readYAML, convert: grype, part: true},
	}
}

// Find returns the format of that name or, with name "", the format that the
// file name belongs to. It reports whether there is one.
func Find(name, file string) (Format, bool) {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	for _, f := range Formats() {
		if name != "" && f.Name == name {
			return f, true
		}
		if name != "" {
			continue
		}
		if slices.ContainsFunc(f.Files, func(p string) bool { ok, _ := path.Match(p, base); return ok }) {
			return f, true
		}
	}
	return Format{}, false
}

// Options hold what our exceptions need and other tools' files do not say.
type Options struct {
	File    string    // the input's name, for people
	Owner   string    // owner of the exceptions; "": not named yet, and the result says so
	Expires time.Time // end of entries without one; the zero value: DefaultSpan from Now
	Now     time.Time // required; an entry that ended before Now is not converted
}

// DefaultSpan is how long an exception runs if its entry had no end.
const DefaultSpan = 90 * 24 * time.Hour

// maxSpan is how far ahead the policy lets an exception end.
const maxSpan = 365 * 24 * time.Hour

// Unowned is written as the owner where none was named.
const Unowned = "unassigned"

// ErrNothing is the error for a file that may hold an ignore list but does not.
var ErrNothing = errors.New("holds no ignore list")

// A Note is an entry that was not converted.
type Note struct {
	Line    int    // in the input, 1-based
	What    string // the entry, in short; foreign text
	Why     string // one clause, may quote foreign text
	InForce bool   // the other tool ignored something because of it, and our gate does not
}

// A Result is the outcome of converting a file.
type Result struct {
	YAML      []byte // a policy file, or a part of one; comments say what was added or left out
	Converted int    // entries and settings
	Notes     []Note // for all other entries, in file order
}

// Complete reports whether every entry in force was converted.
func (r Result) Complete() bool {
	return !slices.ContainsFunc(r.Notes, func(n Note) bool { return n.InForce })
}

// Convert reads one file. It returns an error and no result if the file cannot
// be read or the result would not be a valid policy file.
func (f Format) Convert(data []byte, o Options) (Result, error) {
	if len(data) > MaxBytes {
		return Result{}, fmt.Errorf("%s has %d bytes, more than %d", o.File, len(data), MaxBytes)
	}
	root, err := f.read(data)
	if err != nil {
		return Result{}, fmt.Errorf("read %s: %w", o.File, err)
	}
	if o.Expires.IsZero() {
		o.Expires = o.Now.UTC().Truncate(24 * time.Hour).Add(DefaultSpan)
	}
	c := &conversion{format: f, options: o, seen: map[string]int{}}
	f.convert(c, root)
	if f.part && c.converted == 0 && len(c.items) == 0 {
		return Result{}, fmt.Errorf("%s %w of %s", o.File, ErrNothing, f.Tool)
	}
	slices.SortStableFunc(c.items, func(a, b item) int { return a.line() - b.line() })
	r := Result{YAML: c.yaml(), Converted: c.converted, Notes: c.notes()}
	if _, err := policy.Parse(r.YAML, "the result"); err != nil {
		return Result{}, fmt.Errorf("convert %s: %w", o.File, err)
	}
	return r, nil
}
