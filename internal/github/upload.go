package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v89/github"

	"github.com/publishgate/publishgate/internal/web"
)

// An Upload is one SARIF file and the commit it is about.
type Upload struct {
	Owner, Repo string
	CommitSHA   string // 40 hex digits, or 64 of a SHA-256 repository
	Ref         string // refs/heads/…, refs/tags/… or refs/pull/N/{merge,head}
	Packed      []byte // the SARIF, compressed with gzip: the one copy, it is encoded while it is sent

	// Smaller returns a file of at most limit bytes, and how many findings it
	// lacks. It is called once, if GitHub finds Packed too large. Nil: there is
	// no smaller one.
	Smaller func(limit int) (packed []byte, leftOut int, err error)

	CheckoutURI string    // base of absolute paths, file:///…; may be empty
	StartedAt   time.Time // when the analysis began; zero: not stated
	ToolName    string    // may be empty: the SARIF names it
}

// A Result is the outcome of an upload. Its ID is set as soon as GitHub
// returned one, also together with an error.
type Result struct {
	ID      string // of the upload, for the output sarif-id
	Status  string // "pending", "complete" or "failed"; empty: not uploaded
	Warning string // something to report although the upload succeeded; may be empty
	LeftOut int    // findings that were left out because GitHub found the whole file too large
}

// statusWaits are the waits between status requests, two minutes in all.
var statusWaits = [...]time.Duration{
	1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second,
	60 * time.Second,
}

// maxUnread is how many answers about an upload may be unreadable.
const maxUnread = 3

// UploadSARIF uploads a SARIF file and waits up to two minutes until it is
// processed; if it is still pending then, that is a warning. A failed upload is
// a *NotUploadedError; any other error is a misuse of this function.
func UploadSARIF(ctx context.Context, cfg Config, u Upload) (Result, error) {
	return uploadWithin(ctx, cfg, u, MaxSARIF)
}

func uploadWithin(ctx context.Context, cfg Config, u Upload, limit int) (Result, error) {
	if err := u.check(); err != nil {
		return Result{}, err
	}
	if !cfg.Token.Given() {
		return Result{}, &NotUploadedError{Reason: NoToken,
			Text: "there is no GitHub token: set GITHUB_TOKEN or the input github-token"}
	}
	c, err := newClient(cfg, maxAnswer)
	if err != nil {
		return Result{}, err
	}
	id, err := c.send(ctx, u, limit)
	var not *NotUploadedError
	if !errors.As(err, &not) || not.Reason != TooLarge || u.Smaller == nil {
		if err != nil {
			return Result{}, err
		}
		return c.wait(ctx, u, id)
	}
	packed, left, err := u.Smaller(min(len(u.Packed), limit) / 2)
	if err != nil {
		return Result{}, fmt.Errorf("make the SARIF file smaller: %w", err)
	}
	if left == 0 && len(packed) >= len(u.Packed) { // there is nothing to leave out
		return Result{}, not
	}
	u.Packed = packed
	if id, err = c.send(ctx, u, limit); errors.As(err, &not) {
		not.Text += fmt.Sprintf("; this is about the second file, without the %d least severe findings: the whole one was too large", left)
	}
	if err != nil {
		return Result{}, err
	}
	r, err := c.wait(ctx, u, id)
	r.LeftOut = left
	return r, err
}

// send uploads the file if it is within the limit.
func (c *client) send(ctx context.Context, u Upload, limit int) (id string, err error) {
	if len(u.Packed) > limit {
		return "", &NotUploadedError{Reason: TooLarge, Text: fmt.Sprintf("the SARIF file has %d bytes after "+
			"gzip, code scanning takes %d", len(u.Packed), limit)}
	}
	return c.upload(ctx, u)
}

// checkRepository refuses names that would change the request's address.
func checkRepository(owner, repo string) error {
	word := func(s, more string) bool {
		return s != "" && strings.Trim(s, ".") != "" && !strings.ContainsFunc(s, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(more, r))
		})
	}
	if !word(owner, "-_") || !word(repo, "-_.") {
		return fmt.Errorf("repository %+.100q: expected owner/name", owner+"/"+repo)
	}
	return nil
}

// checkFiled refuses a repository, commit or ref that would change the
// request's address or says nothing.
func checkFiled(owner, repo, sha, ref string) error {
	if err := checkRepository(owner, repo); err != nil {
		return err
	}
	switch {
	case len(sha) != 40 && len(sha) != 64 || strings.Trim(sha, "0123456789abcdef") != "":
		return fmt.Errorf("commit %+.100q: expected 40 or 64 hex digits", sha)
	case !strings.HasPrefix(ref, "refs/heads/") && !strings.HasPrefix(ref, "refs/tags/") && !strings.HasPrefix(ref, "refs/pull/"):
		return fmt.Errorf("ref %+.100q: expected refs/heads/…, refs/tags/… or refs/pull/…", ref)
	}
	return nil
}

// check refuses values that would change the request's address or say nothing.
func (u Upload) check() error {
	if err := checkFiled(u.Owner, u.Repo, u.CommitSHA, u.Ref); err != nil {
		return err
	}
	if len(u.Packed) == 0 {
		return errors.New("there is no SARIF to upload")
	}
	return nil
}

// upload sends the file and returns the id of the upload. Sending it twice is
// harmless: an analysis replaces an earlier one of the same commit and
// category.
func (c *client) upload(ctx context.Context, u Upload) (string, error) {
	retry := c.retry()
	id := ""
	var why *NotUploadedError
	err := retry.Do(ctx, func(ctx context.Context) error {
		got, err := c.uploadOnce(ctx, u)
		if err != nil {
			why = c.explain(err)
			return why
		}
		id = got
		return nil
	})
	if err != nil {
		return "", why
	}
	return id, nil
}

// retry is how often a call is repeated.
func (c *client) retry() web.Retry {
	return web.Retry{Attempts: maxAttempts, Each: callTimeout, First: time.Second, Growth: 4, Patience: longestWait,
		Clock: web.Clock{Now: c.now, Sleep: c.sleep, Jitter: func(width time.Duration) time.Duration { return width }}}
}

// tried makes a call until it is taken, refused for good, or given up.
func tried[T any](ctx context.Context, c *client, call func(context.Context) (T, *NotUploadedError)) (done T, err error) {
	var why *NotUploadedError
	retry := c.retry()
	if retry.Do(ctx, func(ctx context.Context) error {
		if done, why = call(ctx); why != nil {
			return why
		}
		return nil
	}) != nil {
		var none T
		return none, why
	}
	return done, nil
}

func (c *client) uploadOnce(ctx context.Context, u Upload) (string, error) {
	req, err := c.api.NewRequest(ctx, http.MethodPost, fmt.Sprintf("repos/%s/%s/code-scanning/sarifs", u.Owner, u.Repo), nil)
	if err != nil {
		return "", err
	}
	if err := u.attach(req); err != nil {
		return "", err
	}
	// The library returns the body of a 202 in an error of its own, and nothing
	// that an upload answers is anything else.
	_, err = c.api.Do(req, nil)
	var accepted *api.AcceptedError
	if err == nil {
		return "", errBadAnswer
	} else if !errors.As(err, &accepted) {
		return "", err
	}
	var got api.SarifID
	if json.Unmarshal(accepted.Raw, &got) != nil {
		return "", errBadAnswer
	}
	id := got.GetID()
	// The id becomes part of the next address.
	if id == "" || len(id) > 100 || strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	}) {
		return "", errBadAnswer
	}
	return id, nil
}

// status is GitHub's answer about an upload; the library's own type lacks the
// errors.
type status struct {
	ProcessingStatus string    `json:"processing_status"`
	Errors           complaint `json:"errors"`
}

// complaint is what GitHub says is wrong with a file: a list of texts, by its
// description. Anything else is kept as it came, because the status counts
// whatever stands beside it.
type complaint []string

// UnmarshalJSON implements json.Unmarshaler.
func (c *complaint) UnmarshalJSON(data []byte) error {
	var texts []string
	if json.Unmarshal(data, &texts) != nil {
		texts = []string{string(data)}
	}
	*c = texts
	return nil
}

// wait polls until the upload is processed. If GitHub does not show the status,
// that is only a warning: it has the file. An answer that is no status at all
// says that the upload cannot be relied on.
func (c *client) wait(ctx context.Context, u Upload, id string) (Result, error) {
	r := Result{ID: id, Status: "pending"}
	trouble, unread := "", 0
	for _, wait := range statusWaits {
		if c.sleep(ctx, wait) != nil {
			break
		}
		s, err := c.statusOnce(ctx, u, id)
		switch {
		case errors.Is(err, errNoStatus):
			if unread++; unread == maxUnread {
				return Result{ID: id}, &NotUploadedError{Reason: BadAnswer, Text: errNoStatus.Error()}
			}
			continue
		case err != nil:
			why := c.explain(err)
			trouble = ": " + why.Text
			if why.Reason != Unavailable && why.Reason != NotFound { // the upload may not be visible everywhere yet
				r.Warning = stillPending + trouble
				return r, nil
			}
			continue
		}
		trouble = ""
		switch s.ProcessingStatus {
		case "complete":
			r.Status = "complete"
			return r, nil
		case "failed":
			r.Status = "failed"
			return r, &NotUploadedError{Reason: Failed, Text: "GitHub could not process the SARIF file" + c.list(s.Errors)}
		case "pending":
		default:
			return Result{ID: id}, &NotUploadedError{Reason: BadAnswer,
				Text: "GitHub took the SARIF file and gives it a status that is none" + c.quote(s.ProcessingStatus) + again}
		}
	}
	r.Warning = stillPending + trouble
	return r, nil
}

const stillPending = "GitHub has the SARIF file and had not finished processing it when the gate stopped asking; the alerts " +
	"come up when it has"

var errNoStatus = errors.New("GitHub took the SARIF file, and what it answers when asked about it is no status: see that " +
	"GITHUB_API_URL is GitHub's and that no proxy answers in its place, then run the job again")

func (c *client) statusOnce(ctx context.Context, u Upload, id string) (status, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var s status
	req, err := c.api.NewRequest(ctx, http.MethodGet,
		fmt.Sprintf("repos/%s/%s/code-scanning/sarifs/%s", u.Owner, u.Repo, id), nil)
	if err != nil {
		return s, err
	}
	_, err = c.api.Do(req, &s)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && s.ProcessingStatus == "" {
		return s, errNoStatus
	}
	return s, err
}
