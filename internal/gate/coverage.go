package gate

import (
	"context"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/written"
)

// proseFiles are where a written policy is looked for if nobody names it.
var proseFiles = []string{"SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md"}

// DraftLines returns a line file for the policy that people wrote: the file
// document, else that of the policy file, else SECURITY.md. What the line file
// there answers already is kept. Nothing but these files is read.
func DraftLines(_ context.Context, w Where, document string) ([]byte, error) {
	p, parsed, err := openPolicy(w)
	defer p.close()
	if err != nil {
		return nil, err
	}
	named := parsed.For("", policy.Flags{}).Document
	names := proseFiles
	switch {
	case document != "":
		names = []string{document}
	case named.File != "":
		names = []string{named.File}
	}
	prose, shown, err := p.first(names, written.MaxBytes)
	if err != nil {
		return nil, err
	}
	if prose == nil {
		return nil, fmt.Errorf("%w: there is no %s: name the written policy with -document", ErrUsage, names[0])
	}
	statements, err := written.Statements(prose)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	var answers []written.Answer
	if named.Lines != "" {
		lines, at, err := p.either(named.Lines, written.MaxBytes)
		if err != nil {
			return nil, err
		}
		if answers, err = written.ParseAnswers(lines, at); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	return written.Draft(statements, answers, shown, display.Text), nil
}

// Covered holds the policy that people wrote against its line file. The policy
// file must name both.
func Covered(_ context.Context, w Where) (*check.Written, error) {
	p, parsed, err := openPolicy(w)
	defer p.close()
	if err != nil {
		return nil, err
	}
	r := rules{parsed: parsed, policy: parsed.For("", policy.Flags{})}
	found, err := readWritten(w, r, p, gitCheckout{}, "")
	if err == nil && found == nil {
		err = fmt.Errorf("%w: the policy file names no written policy: document: {file: SECURITY.md, lines: .publishgate.lines}", ErrUsage)
	}
	return found, err
}

// Said returns what the policy files say about the package in a folder, each key
// with its file and line.
func Said(w Where) ([]policy.Setting, error) {
	p, parsed, err := openPolicy(w)
	defer p.close()
	if err != nil {
		return nil, err
	}
	return parsed.Said(nameIn(p)), nil
}

// nameIn returns the name of the package in a folder; empty: it has none, as one of
// documents alone.
func nameIn(p place) string {
	if m, err := readManifest(p); err == nil {
		return m.Name
	}
	return ""
}

// openPolicy opens a folder and reads its policy file, as it is there.
func openPolicy(w Where) (place, *policy.Policy, error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return p, nil, err
	}
	r, err := readPolicy(w, p, gitCheckout{}, nameIn(p))
	return p, r.parsed, err
}

// first reads the first of some files that is there; nil if none is.
func (p place) first(names []string, limit int64) (data []byte, shown string, err error) {
	for name := range slices.Values(names) {
		if data, shown, err = p.either(name, limit); err != nil || data != nil {
			return data, shown, err
		}
	}
	return nil, "", nil
}
