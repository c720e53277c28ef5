package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	api "github.com/google/go-github/v89/github"
)

// The limits of a comment.
const (
	// MaxComment is the longest comment that GitHub takes, in characters: "body is
	// too long (maximum is 65536 characters)".
	MaxComment      = 65536
	commentsPerPage = 100
	maxCommentPages = 10
	// maxCommentPage is for a page on which every comment is as long as GitHub
	// takes and every character of it is escaped, in bytes.
	maxCommentPage = 48 << 20
)

// A Comment is the one comment that is kept on a pull request.
type Comment struct {
	Owner, Repo string
	Pull        int    // number of the pull request
	Marker      string // what Body begins with, and no other comment of this user
	Body        string // markdown, at most MaxComment bytes
	// Needed means that a comment is made if there is none. Else only one that is
	// there already is brought up to date.
	Needed bool
}

// A Commented says what became of a Comment.
type Commented struct {
	ID     int64 // of the comment; 0: there is none, and none was needed
	Edited bool  // the comment was there with another text
	Same   bool  // the comment was there with this very text: nothing was sent
}

// KeepComment writes the comment, or brings up to date the one that is there. It
// edits no comment but the token's own: one that begins with the marker and
// whose author is the user that the token acts as. Where that user cannot be
// known, nothing is edited. If the token's user has several such comments, as
// after a race of two jobs, the oldest is kept up to date and the others stay.
//
// Each attempt begins by looking, so one that was lost on its way is not made
// twice. A comment that was not written is a *NotUploadedError; any other error
// is a misuse of this function. The token needs pull-requests: write.
func KeepComment(ctx context.Context, cfg Config, m Comment) (Commented, error) {
	if err := m.check(); err != nil {
		return Commented{}, err
	}
	if !cfg.Token.Given() {
		return Commented{}, aboutComment(&NotUploadedError{Reason: NoToken,
			Text: "there is no GitHub token: set GITHUB_TOKEN or the input github-token"})
	}
	c, err := newClient(cfg, maxCommentPage)
	if err != nil {
		return Commented{}, err
	}
	return tried(ctx, c, func(ctx context.Context) (Commented, *NotUploadedError) { return c.keep(ctx, m) })
}

// check refuses values that would change the request's address, or that GitHub
// would refuse.
func (m Comment) check() error {
	if err := checkRepository(m.Owner, m.Repo); err != nil {
		return err
	}
	switch {
	case m.Pull <= 0:
		return fmt.Errorf("pull request %d: expected a number above 0", m.Pull)
	case m.Marker == "" || !strings.HasPrefix(m.Body, m.Marker):
		return errors.New("a comment that does not begin with its marker")
	case len(m.Body) > MaxComment:
		return fmt.Errorf("a comment of %d bytes, GitHub takes %d characters", len(m.Body), MaxComment)
	}
	return nil
}

// keep looks for the comment, then edits or makes it.
func (c *client) keep(ctx context.Context, m Comment) (Commented, *NotUploadedError) {
	marked, why := c.marked(ctx, m)
	if why != nil {
		return Commented{}, why
	}
	// Who the token acts as is asked only where there is something to edit.
	if len(marked) > 0 {
		self, why := c.self(ctx)
		if why != nil {
			return Commented{}, why
		}
		for _, old := range marked {
			if old.GetUser().GetID() == self {
				return c.edit(ctx, m, old)
			}
		}
	}
	if !m.Needed {
		return Commented{}, nil
	}
	made, _, err := c.api.Issues.CreateComment(ctx, m.Owner, m.Repo, m.Pull, &api.IssueComment{Body: &m.Body})
	if err == nil && made.GetID() <= 0 {
		err = errBadAnswer
	}
	if err != nil {
		return Commented{}, unsure(c.notCommented(err))
	}
	return Commented{ID: made.GetID()}, nil
}

// edit gives a comment its new text.
func (c *client) edit(ctx context.Context, m Comment, old *api.IssueComment) (Commented, *NotUploadedError) {
	if sameText(old.GetBody(), m.Body) {
		return Commented{ID: old.GetID(), Same: true}, nil
	}
	now, _, err := c.api.Issues.EditComment(ctx, m.Owner, m.Repo, old.GetID(), &api.IssueComment{Body: &m.Body})
	if err == nil && now.GetID() != old.GetID() {
		err = errBadAnswer
	}
	if err != nil {
		why := unsure(c.notCommented(err))
		if why.status == http.StatusNotFound { // look again
			why.Reason, why.Text = Unavailable, "the comment was deleted when it was to be edited"
		}
		return Commented{}, why
	}
	return Commented{ID: old.GetID(), Edited: true}, nil
}

// unsure adds that the comment may have been written, where an answer to that was
// none of GitHub's.
func unsure(e *NotUploadedError) *NotUploadedError {
	if e.Reason == BadAnswer {
		e.Text += "; whether the comment was written is not known"
	}
	return e
}

// sameText compares two texts as GitHub stores them.
func sameText(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// marked lists the comments of the pull request that begin with the marker, the
// oldest first, as GitHub lists them. A marker further down is a quotation.
func (c *client) marked(ctx context.Context, m Comment) ([]*api.IssueComment, *NotUploadedError) {
	var found []*api.IssueComment
	options := &api.IssueListCommentsOptions{ListOptions: api.ListOptions{PerPage: commentsPerPage, Page: 1}}
	for range maxCommentPages {
		page, resp, err := c.api.Issues.ListComments(ctx, m.Owner, m.Repo, m.Pull, options)
		if err == nil && page == nil {
			err = errBadAnswer // null, or nothing at all: none there would be []
		}
		if err != nil {
			return nil, c.notCommented(err)
		}
		for _, old := range page {
			if old.GetID() > 0 && strings.HasPrefix(old.GetBody(), m.Marker) {
				found = append(found, old)
			}
		}
		if resp.NextPage <= options.Page {
			return found, nil
		}
		options.Page = resp.NextPage
	}
	if len(found) > 0 {
		return found, nil // a later one is younger
	}
	return nil, aboutComment(&NotUploadedError{Reason: TooMany, Text: fmt.Sprintf("the pull request has more than %d comments, and "+
		"none of the first %[1]d is this gate's: later ones were not read, and the summary of the job says the same",
		maxCommentPages*commentsPerPage)})
}

// self returns the id of the user that the token acts as.
//
// GET /user would do for a personal token, but answers the token of a job, or of
// an app, with 403 "Resource not accessible by integration". GraphQL's viewer
// names the user of each of them ("github-actions[bot]" has an id too), and is
// where the REST API is: /graphql beside it, on an Enterprise Server /api/graphql
// beside /api/v3 (docs.github.com, "Managing Enterprise accounts with GraphQL").
func (c *client) self(ctx context.Context) (int64, *NotUploadedError) {
	at := *c.base
	at.Path = strings.TrimSuffix(at.Path, "v3/") + "graphql"
	req, err := c.api.NewRequest(ctx, http.MethodPost, at.String(), map[string]string{"query": "query{viewer{databaseId}}"})
	if err != nil {
		return 0, c.notCommented(err)
	}
	var got struct {
		Data struct {
			Viewer struct {
				ID int64 `json:"databaseId"`
			} `json:"viewer"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	_, err = c.api.Do(req, &got)
	if err == nil && got.Data.Viewer.ID > 0 && len(got.Errors) == 0 {
		return got.Data.Viewer.ID, nil
	}
	said := ""
	if err != nil {
		why := c.notCommented(err)
		if _, _, again := why.Later(); again {
			return 0, why
		}
		said = why.said
	} else if len(got.Errors) > 0 {
		said = c.quote(got.Errors[0].Message)
	}
	return 0, aboutComment(&NotUploadedError{Reason: NotOurs, Text: "a comment with the marker of this gate is there, and GitHub does not " +
		"say whether it is the token's own (viewer of its GraphQL API), so it was not edited; delete it, and the next run makes one" + said})
}

// notCommented converts an error of the library to a reason and a remedy. An
// answer that is no JSON of the expected form is none of GitHub's.
func (c *client) notCommented(err error) *NotUploadedError {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		err = errBadAnswer
	}
	return aboutComment(c.explain(err))
}

// aboutComment says what the answers mean that mean something else for a SARIF
// file.
func aboutComment(e *NotUploadedError) *NotUploadedError {
	e.what = "comment not written"
	const needs = "the job needs `permissions: pull-requests: write`"
	switch {
	case e.status == http.StatusGone, e.status == http.StatusForbidden && strings.Contains(strings.ToLower(e.said), "locked"):
		e.Reason, e.Text = Locked, "the conversation is locked or closed to comments: unlock it, or read the "+
			"summary of the job, which says the same"+e.said
	case e.Reason == Forbidden, e.Reason == CodeScanningOff:
		e.Reason, e.Text = Forbidden, "the token may not comment: "+needs+"; pull requests from forks never get it"+e.said
	case e.Reason == NotFound:
		e.Text = "GitHub shows the token no such pull request: " + needs + ", in a private repository `contents: read` too" + e.said
	case e.Reason == Rejected, e.Reason == TooLarge:
		e.Reason, e.Text = Rejected, fmt.Sprintf("GitHub rejected the comment with %d%s; the summary of the job says the same", e.status, e.said)
	case e.Reason == Redirected:
		e.Text = "the API redirected the request; nothing was sent there: was the repository renamed? Start the workflow anew, " +
			"so that it has the new name"
	case e.Reason == BadAnswer:
		e.Text = "what answered was not GitHub's API: see that GITHUB_API_URL is GitHub's and that no proxy answers in its place, then " +
			"run the job again"
	}
	return e
}
