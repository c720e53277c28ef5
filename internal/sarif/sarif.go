// Package sarif writes findings as SARIF 2.1.0 for GitHub code scanning. It
// uploads nothing (see package github) and decides nothing.
//
// How GitHub uses the fields (GitHub docs, "SARIF support for code scanning";
// github/codeql-action, src/fingerprints.ts):
//
//   - The severity of an alert is the rule's security-severity, never the
//     result's. One of our rules covers all severities, so a finding that does
//     not have its rule's own severity gets the rule "<id>/<severity>".
//   - security-severity is a string; "over 9.0" is critical, so 9.0 is not enough.
//   - Only locations[0] places the alert. A result without one is refused, and so
//     is an empty string for a required property.
//   - Only partialFingerprints.primaryLocationLineHash identifies an alert. The
//     upload action computes it from the line's text; with the API nobody does.
//     Ours is made of rule, package and file, so that neither a regenerated
//     lockfile nor one more advisory reopens alerts.
//   - The category is the part of automationDetails.id before the last "/". One
//     package of a monorepo must not close the alerts of another.
//   - What one change fixes is one result: the advisories about one version of a
//     package, or one rule's findings about many packages (policy.Group).
//   - A file with more than 25,000 results, or 10 MB when compressed, is refused.
//     5,000 results are shown: the first ones are the worst. Notifications are
//     shown to nobody, so what is left out is a result of its own.
//
// Messages are plain text: markdown is never made from foreign data. Only the
// rules' help, our own text, is markdown.
package sarif

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// GitHub's limits ("SARIF support for code scanning", "validating your file").
const (
	MaxResults    = 25_000
	Shown         = 5000      // results that are shown
	maxCompressed = 9_000_000 // bytes after gzip; GitHub takes 10 MB, the rest is margin for another compressor
)

// Input is the content of a SARIF file.
type Input struct {
	Rules       []finding.Rule // of all checks; only those used are written
	Verdict     policy.Verdict
	Package     string // npm name of the judged package; may be empty
	Category    string // tells apart what several jobs find out about one package; may be empty
	ToolVersion string // publishgate's own; may be empty

	// Root is the slash path from the repository's root to the package's
	// directory, "" if they are the same. Findings are relative to that
	// directory; GitHub needs paths relative to the repository.
	Root string

	// PolicyFile is the file with the exceptions, relative to the package's
	// directory; "" if the policy is built in.
	PolicyFile string

	// Same reports whether a file of the repository, by its path from the root,
	// has the very bytes of a packed one: then a finding in the tarball is
	// located there. Nil: no file has.
	Same func(packed, file string) bool

	// Step returns where the installation path of a finding goes from one package
	// to the next, "name@version" each: the line that asks for it or has it, in a
	// file relative to the package's directory. Nil: that is not known.
	Step func(from, to string) []Place

	// Fixes are changes to package.json that end what is found about a package,
	// by "name@version".
	Fixes map[string]Fix

	placed int // results whose paths have their places: no more than are shown
}

// A Place is a line of a file.
type Place struct {
	File         string
	Line, Column int
	Text         string // what is there
}

// A Fix replaces whole lines of package.json: those from Line to End, the last of
// which has Width characters, by New.
type Fix struct {
	Line, End, Width int
	New              string
	Text             string // what it does
}

// Write writes in as SARIF, ending in a newline, and returns how many findings
// were left out to stay within GitHub's limits: the last in the verdict's
// order, which is by state, then severity. The last result says it too.
func Write(w io.Writer, in Input) (leftOut int, err error) {
	return write(w, in, MaxResults, maxCompressed)
}

func write(w io.Writer, in Input, results, compressed int) (leftOut int, err error) {
	groups := in.Verdict.Groups()
	ids := identities(groups)
	keep := len(groups)
	in.placed = Shown
	if keep > results {
		keep = results - 1 // the last result says how many there are more
	}
	for {
		parts, err := encode(in, groups, ids, keep)
		if err != nil {
			return 0, fmt.Errorf("write sarif: %w", err)
		}
		size, err := gzipped(parts, compressed)
		if err != nil {
			return 0, fmt.Errorf("write sarif: %w", err)
		}
		if size > compressed && in.placed > 0 {
			in.placed = 0 // the places of paths go before any finding does
			continue
		}
		if size > compressed && keep > 0 {
			keep = min(keep-1, int(float64(keep)*0.9*float64(compressed)/float64(size)))
			continue
		}
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return 0, fmt.Errorf("write sarif: %w", err)
			}
		}
		return count(groups[keep:]), nil
	}
}

// Packed returns the file compressed, within limit bytes, and how many findings
// it lacks.
func Packed(in Input, limit int) (packed []byte, leftOut int, err error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	leftOut, err = write(z, in, MaxResults, limit)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, 0, err
	}
	return b.Bytes(), leftOut, nil
}

// count returns the number of findings in some groups.
func count(groups []policy.Group) int {
	n := 0
	for i := range groups {
		n += len(groups[i].Findings)
	}
	return n
}

// gzipped returns the compressed size, or an upper bound if that is within
// limit: what is small enough after the fastest compression is so after any.
func gzipped(parts [][]byte, limit int) (int, error) {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if bound := size + size/1000 + 64; bound <= limit {
		return bound, nil
	}
	var n counter
	for _, level := range []int{gzip.BestSpeed, gzip.DefaultCompression} {
		n = 0
		z, err := gzip.NewWriterLevel(&n, level)
		if err != nil {
			return 0, err
		}
		for _, part := range parts {
			if _, err := z.Write(part); err != nil {
				return 0, err
			}
		}
		if err := z.Close(); err != nil {
			return 0, err
		}
		if int(n) <= limit {
			break
		}
	}
	return int(n), nil
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// encode encodes the first keep groups, in parts. Results are encoded one by
// one, so that each is in memory only once.
func encode(in Input, groups []policy.Group, ids []identity, keep int) ([][]byte, error) {
	rules := newRuleSet(in.Rules)
	results, err := encodeResults(in, groups, keep, ids, rules)
	if err != nil {
		return nil, err
	}
	report, err := gosarif.New(gosarif.Version210)
	if err != nil {
		return nil, err
	}
	run := newRun(in)
	run.Tool.Driver.Rules = rules.used
	report.AddRun(run)
	frame, err := display.NewEncoder().Append(nil, report, 0)
	// Quotes within a text are escaped, so this can only be the field itself.
	const none = `"results": []`
	before, after, ok := bytes.Cut(append(frame, '\n'), []byte(none))
	if err != nil || !ok {
		return nil, cmp.Or(err, errors.New("the run has no results"))
	}
	return slices.Concat([][]byte{before, []byte(none[:len(none)-2])}, results, [][]byte{after}), nil
}

// encodeResults encodes the first keep results, and one for those that are left
// out, in parts: what grows to many megabytes would be copied as often as it
// doubles. It collects the rules they use.
func encodeResults(in Input, groups []policy.Group, keep int, ids []identity, rules *ruleSet) ([][]byte, error) {
	const depth, size = 4, 1400           // nesting level of a result; its usual size in bytes
	const full, room = 64 << 10, 80 << 10 // of a part
	d, e := newDescriber(in), display.NewEncoder()
	var parts [][]byte
	out := append(make([]byte, 0, min(2+size*(keep+1), room)), '[')
	for i := range groups[:keep] {
		if len(out) >= full {
			parts, out = append(parts, out), make([]byte, 0, room)
		}
		g := &groups[i]
		index, rule := rules.use(g.Of())
		var err error
		if out, err = e.Item(out, d.result(g, rule, index, ids[i], i >= in.placed), depth, i == 0); err != nil {
			return nil, err
		}
	}
	if left := groups[keep:]; len(left) > 0 {
		var err error
		if out, err = e.Item(out, d.closing(left, rules), depth, keep == 0); err != nil {
			return nil, err
		}
	}
	return append(parts, display.End(out, depth-1, len(groups) == 0)), nil
}

// Category returns the category of a package's findings at code scanning: by its
// name, or else its folder, and what the user adds. It is never empty, and never
// that of another package of the repository.
func Category(name, folder, added string) string {
	category := "publishgate"
	if name = cmp.Or(name, folder); name != "" {
		category += "/" + display.Cap(name, 214) // npm's longest name
	}
	if added != "" {
		category += "/" + display.Cap(added, 214)
	}
	return category
}

// semantic returns a version of ours as Semantic Versioning has it.
func semantic(version string) string {
	if v, err := npm.ParseVersion(strings.TrimPrefix(version, "v")); err == nil {
		return v.String()
	}
	return "0.0.0-devel" // built from no release
}

func newRun(in Input) *gosarif.Run {
	home, number := finding.Home, semantic(in.ToolVersion)
	driver := &gosarif.ToolComponent{Name: "publishgate", InformationURI: &home, Version: &number, SemanticVersion: &number}
	run := gosarif.NewRun(gosarif.Tool{Driver: driver}) // with an empty list of results
	run.AutomationDetails = gosarif.NewRunAutomationDetails().WithID(Category(in.Package, in.Root, in.Category) + "/")
	run.ColumnKind = "unicodeCodePoints"
	ok := true
	run.Invocations = []*gosarif.Invocation{{ExecutionSuccessful: &ok}}
	return run
}
