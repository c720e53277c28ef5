package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	api "github.com/google/go-github/v89/github"
)

// The limits of looking for an issue: the newest of those with the label are read.
const (
	issuesPerPage = 100
	maxIssuePages = 5
)

// An Issue is the one issue of a repository that is kept about something.
type Issue struct {
	Owner, Repo string
	Marker      string // what Body begins with, and no other issue of this user
	Title       string
	Body        string // markdown, at most MaxComment bytes
	Label       string // by which it is found again; made by GitHub if there is none of that name

	// Open means that there is something to tell: an issue is made, or the one that
	// is there is brought up to date and opened. Done means that all of it is over:
	// the one that is there is closed. Neither means that it is not known: one that
	// is open is brought up to date, and none is made.
	Open, Done bool
}

// A KeptIssue says what became of an Issue.
type KeptIssue struct {
	Number int  // 0: there is none, and none was needed
	Made   bool // it is a new one
	Edited bool // it has another text than before, or was opened
	Closed bool // it was open, and is not any more
}

// KeepIssue writes the issue, or brings the one up to date that is there. It changes
// no issue but the token's own: one that begins with the marker and that the user
// made that the token acts as. Where that user cannot be known nothing is changed.
// Of several such issues the oldest is kept up to date.
//
// Each attempt begins by looking, so one that was lost on its way is not made twice.
// An issue that was not written is a *NotUploadedError; any other error is a misuse of
// this function. The token needs issues: write.
func KeepIssue(ctx context.Context, cfg Config, m Issue) (KeptIssue, error) {
	if err := m.check(); err != nil {
		return KeptIssue{}, err
	}
	if !cfg.Token.Given() {
		return KeptIssue{}, aboutIssue(&NotUploadedError{Reason: NoToken, Text: "there is no GitHub token: set GITHUB_TOKEN"})
	}
	c, err := newClient(cfg, maxCommentPage)
	if err != nil {
		return KeptIssue{}, err
	}
	return tried(ctx, c, func(ctx context.Context) (KeptIssue, *NotUploadedError) { return c.keepIssue(ctx, m) })
}

func (m Issue) check() error {
	if err := checkRepository(m.Owner, m.Repo); err != nil {
		return err
	}
	switch {
	case m.Marker == "" || !strings.HasPrefix(m.Body, m.Marker):
		return errors.New("an issue that does not begin with its marker")
	case len(m.Body) > MaxComment:
		return fmt.Errorf("an issue of %d bytes, GitHub takes %d characters", len(m.Body), MaxComment)
	case m.Title == "" || m.Label == "" || m.Open && m.Done:
		return errors.New("an issue without title or label, or one that is both open and done")
	}
	return nil
}

func (c *client) keepIssue(ctx context.Context, m Issue) (KeptIssue, *NotUploadedError) {
	old, why := c.ownIssue(ctx, m)
	if why != nil {
		return KeptIssue{}, why
	}
	is, closed := "", "closed"
	if old != nil {
		is = old.GetState()
	}
	switch {
	case old == nil && !m.Open:
		return KeptIssue{}, nil
	case old == nil:
		made, _, err := c.api.Issues.Create(ctx, m.Owner, m.Repo, &api.IssueRequest{Title: &m.Title, Body: &m.Body, Labels: &[]string{m.Label}})
		if err == nil && made.GetNumber() <= 0 {
			err = errBadAnswer
		}
		if err != nil {
			return KeptIssue{}, ofIssue(unsure(c.notIssued(err)))
		}
		return KeptIssue{Number: made.GetNumber(), Made: true}, nil
	case is == closed && !m.Open:
		return KeptIssue{Number: old.GetNumber()}, nil
	}
	state := is
	if m.Open {
		state = "open"
	} else if m.Done {
		state = closed
	}
	if state == is && sameText(old.GetBody(), m.Body) && old.GetTitle() == m.Title {
		return KeptIssue{Number: old.GetNumber()}, nil
	}
	now, _, err := c.api.Issues.Edit(ctx, m.Owner, m.Repo, old.GetNumber(), &api.IssueRequest{Title: &m.Title, Body: &m.Body, State: &state})
	if err == nil && (now.GetNumber() != old.GetNumber() || now.GetState() != state) {
		err = errBadAnswer
	}
	if err != nil {
		return KeptIssue{}, ofIssue(unsure(c.notIssued(err)))
	}
	return KeptIssue{Number: old.GetNumber(), Edited: true, Closed: state == closed && is != closed}, nil
}

// ownIssue finds the issue of the token's user with the marker, the oldest first, an
// open one before closed ones; nil: there is none. It is looked for by its label, and
// among the open ones by its text alone: GitHub drops the label where the token may
// not set any.
func (c *client) ownIssue(ctx context.Context, m Issue) (*api.Issue, *NotUploadedError) {
	found, why := c.markedIssues(ctx, m, &api.IssueListByRepoOptions{State: "all", Labels: []string{m.Label}})
	if why == nil && len(found) == 0 {
		found, why = c.markedIssues(ctx, m, &api.IssueListByRepoOptions{State: "open"})
	}
	if why != nil {
		return nil, why
	}
	if len(found) == 0 {
		return nil, nil
	}
	self, why := c.self(ctx)
	if why != nil {
		return nil, aboutIssue(why)
	}
	var best *api.Issue
	for _, one := range found { // the newest first
		if one.GetUser().GetID() == self && (best == nil || one.GetState() == "open" || best.GetState() != "open") {
			best = one
		}
	}
	return best, nil
}

// markedIssues lists the issues that begin with the marker, the newest first. Pull
// requests are issues too, and are left out.
func (c *client) markedIssues(ctx context.Context, m Issue, options *api.IssueListByRepoOptions) (found []*api.Issue,
	why *NotUploadedError) {
	options.Sort, options.Direction = "created", "desc"
	at := &options.ListOptions
	at.PerPage, at.Page = issuesPerPage, 1
	for range maxIssuePages {
		page, resp, err := c.api.Issues.ListByRepo(ctx, m.Owner, m.Repo, options)
		if err == nil && page == nil {
			err = errBadAnswer
		}
		if err != nil {
			return nil, c.notIssued(err)
		}
		for _, one := range page {
			if one.GetNumber() > 0 && !one.IsPullRequest() && strings.HasPrefix(one.GetBody(), m.Marker) {
				found = append(found, one)
			}
		}
		if resp.NextPage <= at.Page {
			break
		}
		at.Page = resp.NextPage
	}
	return found, nil
}

func (c *client) notIssued(err error) *NotUploadedError { return aboutIssue(c.notCommented(err)) }

// ofIssue makes what is said of a comment said of an issue.
func ofIssue(e *NotUploadedError) *NotUploadedError {
	e.Text = strings.ReplaceAll(e.Text, "the comment", "the issue")
	return e
}

// aboutIssue says what the answers mean that mean something else for a comment.
func aboutIssue(e *NotUploadedError) *NotUploadedError {
	e.what = "issue not written"
	const needs = "the job needs `permissions: issues: write`"
	switch {
	case e.status == http.StatusGone:
		e.Text = "issues are switched off in this repository: name another one with -issue, or leave it out"
	case e.Reason == Forbidden, e.Reason == Locked:
		e.Text = "the token may not write issues: " + needs + e.said
	case e.Reason == NotFound:
		e.Text = "GitHub shows the token no such repository: " + needs + e.said
	case e.Reason == NotOurs:
		e.Text = strings.Replace(e.Text, "a comment with the marker of this gate", "an issue with the marker of this monitor", 1)
	case e.Reason == Rejected:
		e.Text = fmt.Sprintf("GitHub rejected the issue with %d%s", e.status, e.said)
	}
	return e
}
