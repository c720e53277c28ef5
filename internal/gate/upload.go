package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
)

// A filing is the commit and the ref that code scanning files the findings for.
// It is always the commit that was looked at: alerts filed for another commit
// would open and close alerts of that one.
type filing struct {
	sha, ref string
	why      string // why the findings are filed for no commit; empty: they are
}

// filed returns the filing. head is the commit that is checked out; nil: none.
// The runner says what the event is about.
func filed(c Acting, r *action.Runner, head *source.Revision) filing {
	if c.Upload == Never || r == nil {
		return filing{}
	}
	if head == nil {
		return filing{why: "there is no git checkout, so which commit was looked at is not known"}
	}
	if c.SARIFRef != "" {
		return filing{sha: head.SHA, ref: c.SARIFRef}
	}
	if head.SHA == r.SHA && (r.OwnRef() || strings.HasPrefix(r.Ref, "refs/pull/")) {
		return filing{sha: head.SHA, ref: r.Ref}
	}
	if pull, err := r.Pull(); err == nil && pull.SHA == head.SHA {
		return filing{sha: head.SHA, ref: pull.Ref()}
	}
	if head.SHA == r.SHA {
		return filing{
			why: fmt.Sprintf("on the event %s anybody's change may be in the checkout of %s, and its findings would be "+
				"those of %s", display.Text(r.Event), head.SHA, display.Text(r.Ref))}
	}
	return filing{
		why: fmt.Sprintf("checked out is commit %s, and the run is of commit %s (GITHUB_SHA): findings of the one would be "+
			"filed as the other's; say with -sarif-ref which ref the checkout is of", head.SHA, display.Text(r.SHA))}
}

// upload sends the SARIF file to code scanning.
func (o *Outcome) upload(ctx context.Context, c Acting, n Net, r *action.Runner, in *input) error {
	if c.Upload == Never || o.sarif == nil { // nil: it could not be written, which is reported elsewhere
		return nil
	}
	if r == nil || !c.GitHubToken.Given() {
		if c.Upload == Always {
			return o.failed("upload", report.Upload, errors.New("upload the SARIF file: there is no runner, or no token"))
		}
		o.did("upload", report.Skipped, o.sarifFile, "code scanning: no token was given")
		return nil
	}
	if in.filing.why != "" {
		if c.Upload == Always {
			return o.failed("upload", report.Upload, errors.New("upload the SARIF file: "+in.filing.why))
		}
		o.did("upload", report.Failed, o.sarifFile, "code scanning: %s", in.filing.why)
		return nil
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	result, err := github.UploadSARIF(ctx, github.Config{BaseURL: r.APIURL, Token: c.GitHubToken,
		HTTPClient: &http.Client{Transport: n.Transport}, UserAgent: n.agent(), Now: n.Now},
		github.Upload{Owner: owner, Repo: name, CommitSHA: in.filing.sha, Ref: in.filing.ref, SARIF: o.sarif,
			CheckoutURI: "file:///github/workspace/", StartedAt: in.now, ToolName: "publishgate"})
	o.sarifID = result.ID
	switch {
	case err != nil && c.Upload == Always:
		return o.failed("upload", report.Upload, err)
	case err != nil:
		o.did("upload", report.Failed, o.sarifFile, "code scanning: %s", display.Text(err.Error()))
	case result.Warning != "":
		o.did("upload", report.Accepted, o.sarifFile, "code scanning: %s", display.Text(result.Warning))
	default:
		o.did("upload", report.Done, o.sarifFile, "SARIF to code scanning, %s", display.Text(result.Status))
	}
	return nil
}
