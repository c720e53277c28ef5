package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/forge"
	"github.com/publishgate/publishgate/internal/github"
)

// A hearing is what was asked about a commit and answered, once for all members
// of a workspace.
type hearing struct {
	question forge.Question
	evidence *forge.Evidence
	err      error
}

// beginSource asks GitHub about the commit that is checked out, if the policy
// does, while the rest is read. The function that it returns waits for the answer.
//
// A change under test is not asked about: its review and its checks go on. Where
// GitHub cannot be asked at all, that is told, and blocks a release. Where it was
// asked and does not answer, or the token may not know, nothing is decided.
func beginSource(ctx context.Context, c Config, in *input) (finish func() (*forge.Evidence, []check.Unchecked, error)) {
	asked := &in.policy.Source
	said := func(e *forge.Evidence, not []check.Unchecked, err error) func() (*forge.Evidence, []check.Unchecked, error) {
		return func() (*forge.Evidence, []check.Unchecked, error) { return e, not, err }
	}
	if !asked.Asked() {
		return said(nil, nil, nil)
	}
	if why := unaskable(c, in); why != "" {
		return said(nil, []check.Unchecked{{Key: asked.Keys(), Why: why}}, nil)
	}
	q := question(c, in)
	if c.heard != nil && c.heard.question == q {
		return said(c.heard.evidence, nil, c.heard.err)
	}
	result := make(chan hearing, 1)
	go func() {
		owner, name, _ := strings.Cut(c.Runner.Repository, "/")
		e, err := github.ReadEvidence(ctx, atGitHub(c.Acting, c.Net, c.Runner), owner, name, q)
		if err != nil {
			err = down(gitHub, fmt.Errorf("the policy asks for %s: %w", asked.Keys(), err))
		} else {
			_, job := c.Runner.Job()
			e.Checks = forge.Without(forge.Newest(e.Checks), c.Runner.RunID, job)
		}
		result <- hearing{q, e, err}
	}()
	return func() (*forge.Evidence, []check.Unchecked, error) {
		defer c.Log.waitFor("GitHub to say what it knows of the commit")()
		select {
		case h := <-result:
			if c.heard != nil {
				*c.heard = h
			}
			return h.evidence, nil, h.err
		case <-ctx.Done():
			return nil, nil, errors.Join(errUnfinished, ctx.Err())
		}
	}
}

// unaskable returns why GitHub is not asked about the commit; "" if it is.
func unaskable(c Config, in *input) string {
	switch why := underTest(in); {
	case why != "":
		return why
	case c.Offline:
		return "-offline: what GitHub knows of the commit was not asked"
	case c.Runner == nil:
		return "this run is none of GitHub Actions, so that no repository can be asked about the commit: release in a workflow of its own"
	}
	return unplaced(c, in)
}

// underTest says that a change is under test, of which no commit is released yet;
// "": none is.
func underTest(in *input) string {
	switch {
	case in.judgesOnly:
		return fmt.Sprintf("on the event %s a change is under test, whose review and checks go on: the commit that is released is "+
			"looked at", in.event)
	case in.git.base != nil:
		return "a change is under test that is not merged yet: the commit that is released is looked at"
	}
	return ""
}

// unplaced says why the commit that is checked out is none that a source would
// vouch for; "": it may be.
func unplaced(c Config, in *input) string {
	switch {
	case in.git.head == nil:
		return "there is no git checkout, so which commit is released is not known: check it out with actions/checkout"
	case !in.asked && c.Trigger != nil && c.Runner != nil && strings.HasPrefix(c.Runner.Ref, "refs/heads/") && !c.Trigger.Protected &&
		c.Runner.DefaultBranch() != "" &&
		c.Runner.Ref != "refs/heads/"+c.Runner.DefaultBranch():
		return c.Runner.Ref + " is neither the default branch nor protected, and nothing is released: the commit that is released is " +
			"looked at"
	}
	return ""
}

// question says what is asked, and about which commit: the one that is checked
// out. The run's own branch counts only for the run's own commit.
func question(c Config, in *input) forge.Question {
	p := in.policy.Source.OfGitHub()
	q := forge.Question{SHA: in.git.head.SHA, Default: c.Runner.DefaultBranch(), Review: p.Review, Protected: p.Protected,
		Checks: len(p.Checks) > 0, Scans: len(p.Scans) > 0, Alerts: p.Alerts, Secrets: p.Secrets}
	if branch, is := strings.CutPrefix(c.Runner.Ref, "refs/heads/"); is && q.SHA == c.Runner.SHA {
		q.Branch = branch
	}
	return q
}
