package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gate"
)

// errStaged says that something must not be committed. The exit code is that of a
// block.
var errStaged = errors.New("nothing is committed: what is named above must not be")

// precommitOptions are the flags of precommit.
func precommitOptions() []option { return []option{policyOption} }

// runPrecommit searches what the next commit brings. It is made to be a hook: it
// reads git's index, and of the environment the name that git gives it.
func runPrecommit(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, precommitOptions())
	s := &settings{values: v, known: precommitOptions(), mistakes: mistakes}
	w := gate.Where{Dir: s.folder(dirs)}
	s.policies(&w)
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	found, err := gate.Precommit(ctx, w, p.Getenv("GIT_INDEX_FILE"), p.Now())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(p.Stdout, stagedLines(found)); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	speaker := newPrinter(p.Stderr)
	for _, u := range found.Unscanned {
		speaker.Printf("not searched: %s: %s", u.Path, u.Why)
	}
	if found.Earlier > 0 {
		speaker.Printf("candidates for secrets that the last commit has too, not judged here: %d", found.Earlier)
	}
	speaker.Printf("staged files searched for secrets: %d", found.Files)
	if !found.Blocked() {
		return nil
	}
	speaker.Hint("git reset -- FILE takes a file out of the commit; then take the value out of it, and stage it again")
	speaker.Hint("a value that is no secret: its hash under secrets.allow of .publishgate.yml; publishgate explain RULE says more")
	return errStaged
}

// stagedLines returns two lines for each thing that is found: the place, as
// compilers write it, and what to do.
func stagedLines(found *gate.Precommitted) string {
	var b strings.Builder
	for i := range found.Judged {
		j := &found.Judged[i]
		f := &j.Finding
		place := f.File
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, f.Line)
		}
		word := j.State.String()
		if j.State == finding.Waived {
			continue
		}
		fmt.Fprintf(&b, "%s: %s: [%s] %s\n    %s\n", display.Text(place), word, f.Rule, display.Text(f.Message), display.Text(f.Fix))
	}
	return b.String()
}
