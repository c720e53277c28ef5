package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/forge"
)

// The limits of what is read about a commit.
const (
	maxEvidence      = 32 << 20 // bytes of one answer
	evidencePerPage  = 100
	maxEvidencePages = 10
	maxReviewers     = 20  // of one pull request whose permission is asked
	maxPulls         = 5   // pull requests whose reviews are read
	maxPullCommits   = 250 // that GitHub lists of one
)

// ReadEvidence asks what GitHub knows about a commit, the questions side by side.
// All of it is read, or the error says what was not, and which permission the job
// lacks: it is a *NotUploadedError, or a misuse of this function. Nothing is
// changed. The token needs contents: read, and as asked pull-requests, checks,
// statuses and security-events: read.
func ReadEvidence(ctx context.Context, cfg Config, owner, repo string, q forge.Question) (*forge.Evidence, error) {
	if err := checkFiled(owner, repo, q.SHA, "refs/heads/main"); err != nil {
		return nil, err
	}
	if !cfg.Token.Given() {
		return nil, unread("source evidence", &NotUploadedError{Reason: NoToken,
			Text: "there is no GitHub token: set GITHUB_TOKEN or the input github-token"})
	}
	c, err := newClient(cfg, maxEvidence)
	if err != nil {
		return nil, err
	}
	a := asking{c, ctx, "repos/" + owner + "/" + repo + "/", q}
	e := &forge.Evidence{SHA: q.SHA}
	if q.Review || q.Protected || q.Scans || q.Alerts {
		if e.Branch.Name, err = a.branch(); err != nil {
			return nil, err
		}
	}
	asks := []struct {
		asked bool
		ask   func() error
	}{
		{q.Review, func() (err error) { e.Pulls, err = a.pulls(); return err }},
		{q.Protected && e.Branch.Name != "", func() error { return a.protection(&e.Branch) }},
		{q.Checks, func() (err error) { e.Checks, err = a.checks(); return err }},
		{q.Scans, func() (err error) { e.Scans, err = a.scans(e.Branch.Name); return err }},
		{q.Alerts, func() error { return a.codeAlerts(e) }},
	}
	var group sync.WaitGroup
	errs := make([]error, len(asks))
	for i, one := range asks {
		if one.asked {
			group.Go(func() { errs[i] = one.ask() })
		}
	}
	group.Wait()
	if q.Secrets { // after codeAlerts, which writes the same list
		errs = append(errs, a.secretAlerts(e))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return e, nil
}

// asking is one inquiry about a commit.
type asking struct {
	*client
	ctx  context.Context
	home string // "repos/OWNER/NAME/"
	q    forge.Question
}

// A subject is what one request reads, and the permission of the job's token that
// it takes.
type subject struct{ what, permission string }

var (
	ofBranch  = subject{"the branch of the commit", "contents: read"}
	ofPulls   = subject{"pull requests and their reviews", "pull-requests: read"}
	ofChecks  = subject{"check runs", "checks: read"}
	ofStates  = subject{"commit statuses", "statuses: read"}
	ofScans   = subject{"code scanning analyses", "security-events: read"}
	ofAlerts  = subject{"code scanning alerts", "security-events: read"}
	ofSecrets = subject{"secret scanning alerts", ""} // no permission of a job gives them
)

// get reads one answer, and returns the number of the next page; 0: there is none.
// into must not be nil afterwards: GitHub has no answer that is null or empty.
func (a asking) get(s subject, path string, query url.Values, into any) (next int, err error) {
	var why *NotUploadedError
	retry := a.retry()
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if retry.Do(a.ctx, func(ctx context.Context) error {
		req, err := a.api.NewRequest(ctx, http.MethodGet, a.home+path, nil)
		var raw json.RawMessage
		if err == nil {
			resp, doErr := a.api.Do(req, &raw)
			if err = doErr; err == nil {
				next = resp.NextPage
				err = fill(raw, into)
			}
		}
		if why = nil; err != nil {
			why = aboutEvidence(s, a.explain(jsonError(err)))
			return why
		}
		return nil
	}) != nil {
		return 0, why
	}
	return next, nil
}

// fill decodes an answer. One that is empty or null is none of GitHub's.
func fill(raw json.RawMessage, into any) error {
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" {
		return errBadAnswer
	}
	if json.Unmarshal(raw, into) != nil {
		return errBadAnswer
	}
	return nil
}

// jsonError returns errBadAnswer for an answer that is no JSON, else err.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return errBadAnswer
	}
	return err
}

// list reads all pages of a list. After maxEvidencePages it stops; more says that
// there are others.
func list[T any](a asking, s subject, path string, query url.Values) (all []T, more bool, err error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("per_page", strconv.Itoa(evidencePerPage))
	for page := 1; ; {
		query.Set("page", strconv.Itoa(page))
		var got []T
		next, err := a.get(s, path, query, &got)
		if err != nil {
			return nil, false, err
		}
		all = append(all, got...)
		switch {
		case next <= page:
			return all, false, nil
		case next > maxEvidencePages:
			return all, true, nil
		}
		page = next
	}
}

// tooMany is the error of a list that is longer than what is read.
func tooMany(s subject) error {
	return unread(s.what, &NotUploadedError{Reason: TooMany, Text: fmt.Sprintf("there are more than the %d that are read, so that what "+
		"they say together is not known", maxEvidencePages*evidencePerPage)})
}

func unread(what string, e *NotUploadedError) *NotUploadedError {
	e.what = what + " not read"
	return e
}

// aboutEvidence says what the answers mean that mean something else for a SARIF
// file.
func aboutEvidence(s subject, e *NotUploadedError) *NotUploadedError {
	unread(s.what, e)
	needs := "the job needs `permissions: " + s.permission + "`"
	if s.permission == "" {
		needs = "they are shown to an administrator of the repository, so the input github-token must be one of such a person, or of " +
			"an app that may read secret scanning alerts; a job's own token cannot"
	}
	switch {
	case e.Reason == CodeScanningOff:
	case e.Reason == Forbidden:
		e.Text = "the token may not read them: " + needs + e.said
	case e.Reason == NotFound && s == ofSecrets:
		e.Text = "secret scanning is off (enable it in the repository's settings), or the token may not read its alerts: " + needs + e.said
	case e.Reason == NotFound:
		e.Text = "GitHub shows the token no such thing: " + needs + ", in a private repository `contents: read` too; if the commit was " +
			"not pushed, push it" + e.said
	case e.Reason == Redirected:
		e.Text = "the API redirected the request; nothing was sent there: was the repository renamed? Start the workflow anew, " +
			"so that it has the new name"
	case e.Reason == Rejected, e.Reason == TooLarge:
		e.Reason, e.Text = Rejected, fmt.Sprintf("GitHub answered %d%s: see that the commit is pushed to this repository", e.status, e.said)
	case e.Reason == BadAnswer:
		e.Text = "what answered was not GitHub's API, or its answer was cut off: see that GITHUB_API_URL is GitHub's and that no proxy " +
			"answers in its place, then run the job again"
	}
	return e
}
