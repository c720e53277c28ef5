// Package gate is the conductor: it reads the package, has it judged, writes
// down what was seen, and acts only on a pass. It holds no rule of its own; it
// is the one room that sees all others, and no other room sees it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
	"github.com/publishgate/publishgate/internal/vex"
)

// An Outcome is what happened, as far as it got.
type Outcome struct {
	Document report.Document // what was judged; its Run is below
	Run      report.Run      // what was done
	Whole    *report.Whole   // of several members of a workspace, in place of Document; nil: one package was judged
	Folder   string          // of the evidence
	Evidence []string        // paths of the files written, in the order of writing
	Preview  []byte          // of -dry-run: what would be sent, as JSON

	sums, sarif  []byte        // SHA256SUMS, results.sarif
	bill         []byte        // sbom.cdx.json, where it is to be signed
	attestations []sign.Bundle // those that were signed and are not stored yet
	sarifFile    report.File   // the latter, where it is uploaded
	tarball      report.File   // the tarball's copy
	packed       string        // path of the tarball: of that copy where it was made here, else as it was named
	bundle       string        // path of the tarball's bundle
	prefix       string        // from the checkout's root to the package's folder
	things       []string      // what was signed, in the words of signing.require
	sarifID      string
	trouble      string // what went wrong, in one line
	clock        func() time.Time
}

// Run gates one package, and tells in every way there is how that went. The
// error is nil only when the package passed and everything that was asked for
// was done; otherwise it is a *Failure, which says why.
func Run(ctx context.Context, c Config) (*Outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
	defer cancel()

	c.Out = filepath.Clean(c.Out)
	if c.Workspaces || len(c.Workspace) > 0 {
		return runMembers(ctx, c)
	}
	o := &Outcome{Folder: c.Out, clock: c.Now}
	o.Document.Run = &o.Run
	folder, err := o.openFolder(c)
	if err != nil {
		o.Document.Problem, o.Document.PackageUnread, o.Document.PolicyUnread = oneLine(err), true, true
		return o, o.tell(c, nil, err)
	}
	defer folder.Close()
	err = explain(ctx, o.run(ctx, c, folder))
	return o, o.tell(c, folder, err)
}

// run is all of it but telling.
func (o *Outcome) run(ctx context.Context, c Config, folder *disk.Folder) error {
	disconnect, err := c.connect()
	if err != nil {
		return o.undecided(c, folder, nothing(), err)
	}
	defer disconnect()

	if err := c.CheckSigner(); err != nil {
		return o.undecided(c, folder, nothing(), err)
	}

	// Look: all input there is, or an error.
	in, err := read(ctx, c)
	defer in.close()
	if err != nil {
		return o.undecided(c, folder, in, explain(ctx, err))
	}
	// Preflight: what the registry holds already is an input too. Nothing after
	// this looks anywhere.
	in.preflight(ctx, c)

	// Judge: pure.
	in, verdict, err := in.judgeWithin(ctx)
	if err != nil {
		return o.undecided(c, folder, in, explain(ctx, err))
	}

	// Evidence: always, and most of all when it is blocked. The judgement is
	// complete with it, and is never changed afterwards.
	err = o.writeEvidence(c, folder, in, verdict)
	err = errors.Join(err, o.upload(ctx, c, in))
	refused := o.refuse(c.Acting, in)
	switch {
	case verdict.Result == policy.Block:
		return errors.Join(in.blocked(), refused, err)
	case refused != nil:
		return errors.Join(refused, err)
	case in.registry.err != nil || err != nil:
		return errors.Join(in.registry.err, err)
	case !verdict.Passed():
		return errors.New("no verdict was reached")
	case in.acts(c) && !advisory.Complete(in.statuses):
		return errPartial
	}

	// Sign, then publish: on a pass alone, with a token that is one, and only
	// what the registry has not got yet.
	for _, w := range in.registry.Warnings {
		o.did("registry", report.Noted, report.File{}, "%s", display.Text(w))
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("nothing was begun")
	case in.registry.Token != nil:
		return o.failed("publish", report.NotPublished, in.registry.Token)
	case in.registry.Already:
		return o.alreadyThere(ctx, c.Acting, c.Net, c.Runner, folder, in)
	}
	if err := o.sign(ctx, c.Acting, c.Net, folder, in); err != nil {
		return o.failed("sign", report.NotSigned, err)
	}
	if in.acting && c.Publish != Never && !c.DryRun {
		if err := o.required(in); err != nil {
			return o.failed("sign", report.NotSigned, err)
		}
	}
	if in.acting {
		if err := o.store(ctx, c.Acting, c.Net, c.Runner); err != nil {
			return err
		}
	}
	return o.publish(ctx, c.Acting, c.Net, in, verdict)
}

// judge is what the policy makes of all that was read. An error says that a time
// decides, and that it is not known.
func (in *input) judge() (policy.Verdict, error) {
	findings := check.Run(in.subject)
	if err := in.timely(findings); err != nil {
		return policy.Verdict{}, err
	}
	said := in.weigh(findings)
	findings = append(findings, said.Findings...)
	return policy.Decide(in.subject.Policy, findings, policy.Context{Now: in.now, Version: in.subject.Manifest.Version, Previous: in.previous, Vouched: said.Vouched}), nil
}

// Rules lists the documentation of every rule there is.
func Rules() []finding.Rule {
	return slices.Concat(check.Rules(), policy.Rules, vex.Rules)
}
