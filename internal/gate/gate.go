// Package gate is the conductor: it reads the package, has it judged, writes
// down what was seen, and acts only on a pass. It holds no rule of its own; it
// is the one room that sees all others, and no other room sees it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/vex"
)

// ErrBlocked says that the gate worked and says no. The reasons are in the
// report.
var ErrBlocked = errors.New("blocked")

// ErrUsage marks a mistake of the user that only reading could show: a policy
// file that is none, a package marked private.
var ErrUsage = errors.New("wrong use")

// An Outcome is what happened, as far as it got.
type Outcome struct {
	Document report.Document
	Folder   string   // of the evidence
	Evidence []string // paths of the files written, in the order of writing
	Acts     []Act    // what was done, or left undone, after judging
	Preview  []byte   // of -dry-run: what would be sent, as JSON

	sums, sarif        []byte // SHA256SUMS, results.sarif
	tarball            string // name of the tarball's copy
	packed             string // path of that copy, where the tarball was made here
	bundle             string // path of the tarball's bundle
	prefix             string // from the checkout's root to the package's folder
	sarifID, published string
}

// An Act is one thing done, or left undone, after judging.
type Act struct {
	What string // "signed", "uploaded", "published"
	Text string // our own words, digests and paths; a server's words only escaped
	Warn bool   // it is a warning
}

// Run gates one package. The error is nil only when the package passed and
// everything that was asked for was done; ErrBlocked when the answer is no;
// ErrUsage when the question was wrong; any other: it could not decide, or could
// not act.
func Run(ctx context.Context, c Config) (*Outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
	defer cancel()

	o := &Outcome{Folder: c.Out}
	folder, err := o.openFolder(c)
	if err != nil {
		return o, err
	}
	defer folder.Close()

	// Read: all input there is, or an error. Nothing after this looks anywhere.
	in, err := read(ctx, c)
	defer in.place.close()
	defer in.git.close()
	if err != nil {
		return o, o.undecided(c, folder, in, explain(ctx, err))
	}

	// Judge: pure.
	findings := check.Run(in.subject)
	said := in.weigh(findings)
	findings = append(findings, said.Findings...)
	verdict := policy.Decide(in.subject.Policy, findings, policy.Context{Now: in.now, Version: in.subject.Manifest.Version, Previous: in.previous, Vouched: said.Vouched})
	o.Document, o.prefix = in.document(c, verdict), in.place.prefix()

	// Write: always, and most of all when it is blocked.
	err = o.writeEvidence(c, folder, in)
	err = errors.Join(err, o.upload(ctx, c, in))

	// Act: on a pass alone.
	switch {
	case verdict.Result == policy.Block:
		return o, errors.Join(ErrBlocked, err)
	case err != nil:
		return o, explain(ctx, err)
	case !verdict.Passed():
		return o, errors.New("no verdict was reached")
	}
	if err := o.sign(ctx, c, folder, in); err != nil {
		return o, explain(ctx, err)
	}
	return o, explain(ctx, o.publish(ctx, c, in, verdict))
}

// explain says that the time was up, or that we were told to stop, where that
// is why something failed.
func explain(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ErrBlocked) {
		return err
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return fmt.Errorf("stopped by a signal: %w", err)
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// Rules lists the documentation of every rule there is.
func Rules() []finding.Rule {
	return slices.Concat(check.Rules(), policy.Rules, vex.Rules)
}
