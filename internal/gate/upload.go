package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
	"github.com/publishgate/publishgate/internal/source"
)

// A filing is the commit and the ref that code scanning files the findings for,
// or the dependency graph the dependencies. It is always the commit that was
// looked at: alerts filed for another commit would open and close alerts of that
// one.
type filing struct {
	sha, ref string
	why      string // why they are filed for no commit; empty: they are
}

// filed returns the filing of what was found, in one word. head is the commit
// that is checked out; nil: none. The runner says what the event is about.
func filed(c Acting, r *action.Runner, head *source.Revision, what string) filing {
	if r == nil {
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
			why: fmt.Sprintf("on the event %s anybody's change may be in the checkout of %s, and its %s would be "+
				"those of %s", r.Event, head.SHA, what, r.Ref)}
	}
	return filing{
		why: fmt.Sprintf("checked out is commit %s, and the run is of commit %s (GITHUB_SHA): %s of the one would be "+
			"filed as the other's; say with -sarif-ref which ref the checkout is of", head.SHA, r.SHA, what)}
}

// upload sends the SARIF file to code scanning.
func (o *Outcome) upload(ctx context.Context, c Acting, n Net, r *action.Runner, in *input) error {
	if c.Upload == Never || o.sarif == nil { // nil: it could not be written, which is reported elsewhere
		return nil
	}
	if r == nil || !c.GitHubToken.Given() {
		return o.notUploaded(c, report.Skipped, errors.New("there is no runner, or no token: give the job `permissions: "+
			"security-events: write`, and GITHUB_TOKEN or the input github-token"))
	}
	if in.filing.why != "" {
		return o.notUploaded(c, report.Failed, errors.New(in.filing.why))
	}
	if stopped := c.uploads.stopped(); stopped != nil {
		return o.notUploaded(c, stopped.state, errors.New(stopped.why))
	}
	o.log.enter("upload")
	defer o.log.waitFor("GitHub code scanning to process the SARIF file")()
	if until, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.uploads.share(time.Until(until)))
		defer cancel()
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	result, err := github.UploadSARIF(ctx, atGitHub(c, n, r), github.Upload{
		Owner: owner, Repo: name, CommitSHA: in.filing.sha, Ref: in.filing.ref, Packed: o.sarif,
		Smaller:     func(limit int) ([]byte, int, error) { return sarif.Packed(o.sarifInput(in), limit) },
		CheckoutURI: checkoutURI(r), StartedAt: in.now, ToolName: "publishgate"})
	o.sarifID = result.ID
	var not *github.NotUploadedError
	switch {
	case errors.As(err, &not):
		state, why := endOf(not, r)
		c.uploads.ended(result.ID, not, state, why)
		return o.notUploaded(c, state, errors.New(why))
	case err != nil:
		return o.notUploaded(c, report.Failed, err)
	}
	file, left := o.sarifFile, ""
	if result.LeftOut > 0 {
		file = report.File{} // what was sent is no file of the evidence
		left = fmt.Sprintf(", without the %d least severe findings: GitHub found the whole file too large", result.LeftOut)
	}
	switch {
	case result.Warning != "" && c.Upload == Always:
		return o.failed("upload", report.Upload, fmt.Errorf("code scanning: %s%s", result.Warning, left))
	case result.Warning != "":
		o.did("upload", report.Accepted, file, "code scanning: %s%s", result.Warning, left)
	case left != "":
		o.did("upload", report.Noted, file, "SARIF to code scanning, %s%s", result.Status, left)
	default:
		o.did("upload", report.Done, file, "SARIF to code scanning, %s", result.Status)
	}
	return nil
}

// notUploaded notes that the findings did not reach code scanning. It is an error
// if the user asked for that.
func (o *Outcome) notUploaded(c Acting, state report.State, err error) error {
	if c.Upload == Always {
		return o.failed("upload", report.Upload, fmt.Errorf("upload the SARIF file: %w", err))
	}
	o.did("upload", state, o.sarifFile, "code scanning: %s", err)
	return nil
}

// onlyReads returns what to say where GitHub refused something because this run
// can only have a token that may not write. It returns "" if that is not why.
func onlyReads(not *github.NotUploadedError, r *action.Runner) string {
	switch not.Reason {
	case github.Unauthorized, github.Forbidden, github.NotFound:
		if why := r.ReadOnly(); why != "" {
			return why + ": " + not.Text
		}
	}
	return ""
}

// endOf returns how an upload ended that GitHub did not take, and why. It was
// skipped if the repository has no code scanning for this token, or this run can
// only have a token that may not upload.
func endOf(not *github.NotUploadedError, r *action.Runner) (report.State, string) {
	if text := onlyReads(not, r); text != "" {
		return report.Skipped, text
	}
	switch not.Reason {
	case github.NoToken, github.CodeScanningOff:
		return report.Skipped, not.Text
	case github.Forbidden, github.NotFound:
		if not.Reason == github.Forbidden && r.Private() {
			return report.Skipped, "the repository is private, where code scanning needs GitHub Code Security (enable it in the " +
				"settings): " + not.Text
		}
		if not.Reason == github.NotFound {
			return report.Skipped, not.Text
		}
	case github.Rejected, github.Failed:
		return report.Failed, not.Text + "; that GitHub does not take this file is a mistake of publishgate: please report it with " +
			"results.sarif of the evidence at " + finding.Home + "/issues"
	}
	return report.Failed, not.Text
}

// checkoutURI returns where the checkout lay, for readers of absolute paths.
func checkoutURI(r *action.Runner) string {
	folder := path.Clean("/" + cmp.Or(r.Workspace, "/github/workspace"))
	return (&url.URL{Scheme: "file", Path: strings.TrimSuffix(folder, "/") + "/"}).String()
}
