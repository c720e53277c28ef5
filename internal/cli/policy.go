package cli

import (
	"context"
	"errors"
	"fmt"

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
