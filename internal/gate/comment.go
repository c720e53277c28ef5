package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/web"
)

// compareBase judges the base commit too, if the run is to comment on a pull
// request.
func (o *Outcome) compareBase(ctx context.Context, c Config, in *input, v judgement) {
	if c.Comment == Never || !commentable(c) {
		return
	}
	o.log.enter("base")
	defer o.log.waitFor("the base commit to be judged")()
	ctx, cancel := halfOf(ctx)
	defer cancel()
	o.Document.Change = in.sinceBase(ctx, c, v)
}

// commentable reports whether the run can comment on a pull request.
func commentable(c Config) bool { return mute(c) == "" && c.Runner.Event == onPullRequest }

// onPullRequest is the one event on which is commented.
const onPullRequest = "pull_request"

// mute returns why the run does not comment. It returns "" if it may try.
func mute(c Config) string {
	switch r := c.Runner; {
	case r == nil:
		return "this run is none of GitHub Actions"
	case r.Event == "pull_request_target":
		return "on the event pull_request_target the token may write more than a comment, which cannot be seen from it, and the run is " +
			"about a change that anybody may have made: run the gate on pull_request"
	case r.Event != onPullRequest:
		return "the event " + r.Event + " is about no pull request"
	case c.Offline:
		return "-offline: nothing is sent"
	case !c.GitHubToken.Given():
		return "no token was given: the job needs `permissions: pull-requests: write`, and GITHUB_TOKEN or the input github-token"
	}
	return ""
}

// halfOf returns a context that ends after half of the time that is left: what
// comes after needs time too.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	if until, limited := ctx.Deadline(); limited {
		return context.WithTimeout(ctx, time.Until(until)/2)
	}
	return context.WithCancel(ctx)
}

// comment keeps the one comment of this run on the pull request. ran is how the
// run ended. A comment that is not written changes neither the verdict nor the
// exit code.
func (o *Outcome) comment(ctx context.Context, c Config, ran error) {
	if c.Comment == Never || c.part {
		return
	}
	o.onPull = c.Runner != nil && c.Runner.Event == onPullRequest
	if why := mute(c); why != "" {
		o.did("comment", report.Skipped, report.File{}, "%s", why)
		return
	}
	pull, err := c.Runner.Pull()
	disconnect := func() {}
	if err == nil {
		disconnect, err = c.connect(c.Runner)
	}
	defer disconnect()
	if err != nil {
		o.did("comment", report.Failed, report.File{}, "the pull request: %s", oneLine(err))
		return
	}
	o.log.enter("comment")
	defer o.log.waitFor("GitHub to take the comment")()
	o.Run.Reason = reasonOf(ran) // the comment says how the run ended
	ctx, cancel := halfOf(ctx)
	defer cancel()
	owner, name, _ := strings.Cut(c.Runner.Repository, "/")
	marker := markerOf(c)
	kept, err := github.KeepComment(ctx, atGitHub(c.Acting, c.Net, c.Runner), github.Comment{Owner: owner, Repo: name, Pull: pull.Number,
		Marker: marker, Body: string(o.commentText(marker, runPage(c.Runner))), Needed: c.Comment == Always || o.worth()})
	var not *github.NotUploadedError
	switch {
	case errors.As(err, &not):
		o.notCommented(c.Runner, not)
	case err != nil:
		o.did("comment", report.Failed, report.File{}, "%s", oneLine(err))
	case kept.ID == 0:
		o.did("comment", report.Skipped, report.File{}, "nothing is new or fixed, and there is no comment yet")
	case kept.Same:
		o.did("comment", report.Already, report.File{}, "it says so already%s", commentPage(c.Runner, pull.Number, kept.ID))
	case kept.Edited:
		o.did("comment", report.Done, report.File{}, "the comment was brought up to date%s", commentPage(c.Runner, pull.Number, kept.ID))
	default:
		o.did("comment", report.Done, report.File{}, "on pull request %d%s", pull.Number, commentPage(c.Runner, pull.Number, kept.ID))
	}
}

// notCommented notes that GitHub did not take the comment. Where nothing in the
// workflow could change that, it was skipped.
func (o *Outcome) notCommented(r *action.Runner, not *github.NotUploadedError) {
	state, text := report.Failed, not.Text
	if why := onlyReads(not, r); why != "" {
		state, text = report.Skipped, why
	}
	if slices.Contains([]github.Reason{github.NoToken, github.Locked, github.NotOurs, github.TooMany}, not.Reason) {
		state = report.Skipped
	}
	o.did("comment", state, report.File{}, "%s", text)
}

// worth reports whether there is something to say that a comment is made for.
func (o *Outcome) worth() bool {
	if o.Whole == nil {
		return o.Document.Worth()
	}
	return slices.ContainsFunc(o.Whole.Members, func(m report.Member) bool { return m.Document.Worth() })
}

func (o *Outcome) commentText(marker, page string) []byte {
	if o.Whole != nil {
		return report.MembersComment(o.Whole, marker, page)
	}
	return report.Comment(&o.Document, marker, page)
}

// markerOf returns the line by which the comment is found again. It is the same
// for the same directory, members and -category, whatever the change does to
// package.json, so that no old verdict stays; jobs that differ in one of these
// have a comment each. It holds no foreign text.
func markerOf(c Config) string {
	dir := filepath.Clean(c.Dir)
	if abs, err := filepath.Abs(dir); err == nil && c.Runner.Workspace != "" {
		if rel, err := filepath.Rel(c.Runner.Workspace, abs); err == nil {
			dir = rel
		}
	}
	members := slices.Sorted(slices.Values(c.Workspace))
	sum := sha256.Sum256([]byte(strings.Join(append(members, filepath.ToSlash(dir), fmt.Sprint(c.Workspaces), c.Category), "\x00")))
	return "<!-- publishgate:comment:" + hex.EncodeToString(sum[:16]) + " -->"
}

// runPage returns the address of the run's page. It returns "" if the runner
// does not say enough for one.
func runPage(r *action.Runner) string {
	if r.RunID == "" || strings.Trim(r.RunID, "0123456789") != "" {
		return ""
	}
	return repositoryPage(r, "actions", "runs", r.RunID)
}

// repositoryPage returns the address of a page of the repository, or "".
func repositoryPage(r *action.Runner, path ...string) string {
	server, ok := web.Address(r.ServerURL)
	owner, name, found := strings.Cut(r.Repository, "/")
	if !ok || !found {
		return ""
	}
	all := append([]string{owner, name}, path...)
	for i := range all {
		all[i] = strings.NewReplacer("(", "%28", ")", "%29").Replace(url.PathEscape(all[i]))
	}
	return strings.TrimSuffix(server.String(), "/") + "/" + strings.Join(all, "/")
}

// commentPage returns where the comment is, as the end of a sentence.
func commentPage(r *action.Runner, pull int, id int64) string {
	if page := repositoryPage(r, "pull", fmt.Sprint(pull)); page != "" {
		return fmt.Sprintf(", at %s#issuecomment-%d", page, id)
	}
	return ""
}
