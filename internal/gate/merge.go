package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
)

// A Merging says which evidence is merged, and where.
type Merging struct {
	Folders []string // of evidence, of one package or several, or that hold such folders
	Out     string   // directory of the merged evidence
	Expect  string   // the plan, as JSON: each of its packages must be there; "" whatever is there
	Version string   // publishgate's own
	Now     func() time.Time
	Runner  *action.Runner // nil: not on a GitHub runner
	Telling
}

// Merge makes one verdict of the evidence of several runs, as a run over all their
// packages writes it, with all of the evidence beside it. Whatever order the folders
// come in, the bytes are the same. It believes what the evidence says of itself, and
// takes none that contradicts itself, is not whole or is there twice: who publishes
// judges again. Its error is nil only if every package passed, and each that was
// expected is there.
func Merge(ctx context.Context, m Merging) (*Outcome, error) {
	c := Config{Telling: m.Telling, Net: Net{Version: m.Version, Now: m.Now}}
	c.Out = filepath.Clean(m.Out)
	o := newOutcome(c)
	o.Whole = &report.Whole{Run: &o.Run, Version: m.Version}
	folder, err := m.open()
	if err != nil {
		o.Whole, o.Document.Problem = nil, oneLine(err)
	} else {
		defer folder.Close()
		err = o.merge(ctx, m, folder)
	}
	return o, o.tell(Acting{}, m.Runner, m.Telling, folder, err)
}

// open opens the directory of the merged evidence, which must be apart from what is
// merged.
func (m Merging) open() (*disk.Folder, error) {
	out, err := realPath(m.Out)
	if err != nil {
		return nil, fmt.Errorf("%w: -o %s: %w", ErrUsage, m.Out, disk.Cause(err))
	}
	for _, f := range m.Folders {
		if from, err := realPath(f); err == nil && (below(out, from) || below(from, out)) {
			return nil, fmt.Errorf("%w: -o %s and %s are one folder, or one holds the other: name another with -o", ErrUsage, m.Out, f)
		}
	}
	where := Where{Out: filepath.Clean(m.Out)}
	folder, err := openFolder(where, m.Runner)
	if err != nil {
		return nil, err
	}
	if err := forget(where, m.Runner); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return folder, nil
}

// merge reads, compares and copies the evidence, and writes the verdict on all.
func (o *Outcome) merge(ctx context.Context, m Merging, folder *disk.Folder) error {
	p := &pile{}
	for _, f := range m.Folders {
		p.find(f)
	}
	if len(p.pieces) == 0 && len(p.problems) == 0 {
		p.problem("%s: there is no evidence", strings.Join(m.Folders, ", "))
	}
	p.unite()
	if m.Expect != "" {
		plan, err := readExpected(m.Expect)
		if err != nil {
			return err
		}
		p.expect(plan)
	}
	for _, x := range p.pieces {
		if ctx.Err() != nil {
			return explain(ctx, errors.New("not all of the evidence was copied"))
		}
		if err := x.copyTo(o.Folder); err != nil {
			p.problem("%s: %s", x.shown, oneLine(err))
			continue
		}
		x.document.Rules, x.document.At = Rules(), o.began
		o.Whole.Members = append(o.Whole.Members, report.Member{Folder: x.dir, Evidence: x.folder, Tarball: x.tarball, Document: x.document})
		o.Document.Verdict.Counts = sum(o.Document.Verdict.Counts, x.document.Verdict.Counts)
	}
	slices.Sort(p.problems)
	o.Whole.Problems, o.Whole.LeftOut = slices.Compact(p.problems), p.left()
	o.Run.Acts = p.done()
	if err := o.putMerged(folder); err != nil {
		return err
	}
	return o.mergedError()
}

// mergedError returns why the merged verdict is no pass; nil: it is one.
func (o *Outcome) mergedError() error {
	var errs []error
	for _, p := range o.Whole.Problems {
		errs = append(errs, because(report.Input, errors.New(p)))
	}
	for _, m := range o.Whole.Members {
		name := m.Document.Package.Name
		switch reason := m.Document.Run.Reason; {
		case m.Document.Ending() == policy.Pass:
		case reason.Exit() == 1:
			errs = append(errs, because(reason, ErrBlocked))
		default:
			why := oneLine(errors.New(m.Document.Problem))
			if why == "" {
				why = "its run ended with " + string(reason)
			}
			errs = append(errs, because(reason, fmt.Errorf("%s: %s", name, why)))
		}
	}
	return errors.Join(errs...)
}
