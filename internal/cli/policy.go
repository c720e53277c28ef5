package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/report"
)

// errUncovered says that a line of the written policy has no answer that stands.
// The exit code is that of a block.
var errUncovered = errors.New("not every line of the written policy has an answer that stands: each that has none is in the table")

var policyOption = option{name: "policy", arg: "FILE", does: "the policy file; without it `.publishgate.yml` in DIR or at the " +
	"repository root; twice for an organisation's and the package's own", rows: true}

// policyCommands are about the policy that people wrote. They read the two or
// three files that they name and ask nobody.
var policyCommands = []subcommand{
	{"policy lines", "[-document FILE] [-o FILE] [DIR]", nil, []option{
		{name: "document", arg: "FILE", does: "the written policy, below DIR; without it the policy file's document.file, else SECURITY.md"},
		{name: "o", arg: "FILE", does: "where the line file goes, which must not exist; without it standard output"},
		policyOption,
	}, policyLines},
	{"policy coverage", "[-format F] [DIR]", []string{"text", "markdown", "json"}, []option{
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text, markdown or json"},
		policyOption,
	}, policyCoverage},
	{"policy show", "[-format F] [DIR]", []string{"text", "json"}, []option{
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text or json"},
		policyOption,
	}, policyShow},
}

// policyLines drafts the line file of a written policy. What the one that is
// there answers stays.
func policyLines(ctx context.Context, p Process, s *settings, dirs []string) error {
	w := gate.Where{Dir: s.folder(dirs)}
	s.policies(&w)
	if err := s.usage(); err != nil {
		return err
	}
	draft, err := gate.DraftLines(ctx, w, s.text("document"))
	if err != nil {
		return err
	}
	return p.deliver(draft, s.text("o"))
}

// policyCoverage prints what answers each line of a written policy. It is a
// block if one has no answer that stands.
func policyCoverage(ctx context.Context, p Process, s *settings, dirs []string) error {
	w := gate.Where{Dir: s.folder(dirs)}
	s.policies(&w)
	if err := s.usage(); err != nil {
		return err
	}
	found, err := gate.Covered(ctx, w)
	if err != nil {
		return err
	}
	write := map[string]func() error{
		"text":     func() error { return report.CoverageText(p.Stdout, found.Prose, found.Lines, found.Coverage) },
		"markdown": func() error { return report.CoverageMarkdown(p.Stdout, found.Prose, found.Lines, found.Coverage) },
		"json":     func() error { return report.CoverageJSON(p.Stdout, found.Prose, found.Lines, found.Coverage) },
	}
	if err := write[s.text("format")](); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	if !found.Coverage.Whole() {
		return errUncovered
	}
	return nil
}

// policyShow prints what the policy files say about a package, each key with its
// file and line.
func policyShow(_ context.Context, p Process, s *settings, dirs []string) error {
	w := gate.Where{Dir: s.folder(dirs)}
	s.policies(&w)
	if err := s.usage(); err != nil {
		return err
	}
	said, err := gate.Said(w)
	if err != nil {
		return err
	}
	type row struct {
		Key   string `json:"key"`
		Value string `json:"value"`
		File  string `json:"file"`
		Line  int    `json:"line"`
	}
	rows, wide := []row{}, 0
	for _, one := range said {
		rows = append(rows, row{one.Key, one.Value, one.File, one.Line})
		wide = max(wide, len(one.Key))
	}
	say := &display.Printer{Out: p.Stdout}
	if s.text("format") == "json" {
		data, err := json.MarshalIndent(rows, "", "  ")
		if err != nil {
			return err
		}
		say.JSON(data)
		return nil
	}
	for _, r := range rows {
		say.Printf("%-*s  %s  (%s:%d)", wide, r.Key, r.Value, r.File, r.Line)
	}
	if len(rows) == 0 {
		say.Printf("no policy file sets a key: the built-in policy holds")
	}
	return nil
}
