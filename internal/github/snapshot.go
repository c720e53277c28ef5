package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v89/github"

	"github.com/publishgate/publishgate/internal/depgraph"
)

// A Snapshot is what a commit depends on, for the repository's dependency graph.
type Snapshot struct {
	Owner, Repo string
	CommitSHA   string // as that of an Upload
	Ref         string // the same

	// Correlator names the job over time: a snapshot takes the place of the
	// earlier one with the same correlator. RunID names this run of it.
	Correlator, RunID string
	RunURL            string    // the page of the run; may be empty
	Version           string    // publishgate's own
	Scanned           time.Time // when the lockfiles were read
	Manifests         []depgraph.Manifest
}

// A Submission is the outcome of a snapshot that GitHub took.
type Submission struct {
	ID int64
	// Current says that the repository's graph is now that of the snapshot. It
	// is that of the default branch; for another ref GitHub keeps the snapshot
	// for reviews of the commit.
	Current bool
}

// maxSnapshot is the largest snapshot that is sent, in bytes. GitHub names no
// limit of its own; one of 25 MB was taken, and its page could not be shown
// (gradle/gradle-build-action#791).
const maxSnapshot = 32 << 20

// SubmitSnapshot submits a snapshot to the repository's dependency graph. One
// that GitHub did not take is a *NotUploadedError; any other error is a misuse
// of this function. The token needs contents: write. Sending it twice is
// harmless: the second takes the place of the first.
func SubmitSnapshot(ctx context.Context, cfg Config, s Snapshot) (Submission, error) {
	if err := s.check(); err != nil {
		return Submission{}, err
	}
	if !cfg.Token.Given() {
		return Submission{}, aboutSnapshot(&NotUploadedError{Reason: NoToken,
			Text: "there is no GitHub token: set GITHUB_TOKEN or the input github-token"})
	}
	if size := s.size(); size > maxSnapshot {
		return Submission{}, &NotUploadedError{Reason: TooLarge, what: notSubmitted,
			Text: fmt.Sprintf("the snapshot has about %d MB, and at most %d MB are sent", size>>20, maxSnapshot>>20) + inTheBill}
	}
	c, err := newClient(cfg, maxAnswer)
	if err != nil {
		return Submission{}, err
	}
	body := s.body()
	return tried(ctx, c, func(ctx context.Context) (Submission, *NotUploadedError) { return c.submitOnce(ctx, s, body) })
}

var errNoSnapshot = errors.New("what answered gives the snapshot no number and no result: it was not GitHub, or its answer was " +
	"cut off: see that GITHUB_API_URL is GitHub's and that no proxy answers in its place, then run the job again")

const inTheBill = "; all packages are in sbom.cdx.json of the evidence"

func (c *client) submitOnce(ctx context.Context, s Snapshot, body *api.DependencyGraphSnapshot) (Submission, *NotUploadedError) {
	got, resp, err := c.api.DependencyGraph.CreateSnapshot(ctx, s.Owner, s.Repo, body)
	unread := resp != nil && resp.StatusCode/100 == 2 && ctx.Err() == nil // an answer, and not a documented one
	switch {
	case err != nil && !unread:
		return Submission{}, aboutSnapshot(c.explain(err))
	case err != nil, got == nil, resp.StatusCode != http.StatusCreated, got.Result == nil:
	case *got.Result == "INVALID":
		said := ""
		if got.Message != nil {
			said = c.quote(*got.Message)
		}
		return Submission{}, &NotUploadedError{Reason: Rejected, what: notSubmitted, Text: "GitHub finds the snapshot invalid" + said}
	case got.ID > 0 && (*got.Result == "SUCCESS" || *got.Result == "ACCEPTED"):
		return Submission{ID: got.ID, Current: *got.Result == "SUCCESS"}, nil
	}
	return Submission{}, &NotUploadedError{Reason: BadAnswer, what: notSubmitted, Text: errNoSnapshot.Error()}
}

// check refuses values that would change the request's address or say nothing.
func (s Snapshot) check() error {
	if err := checkFiled(s.Owner, s.Repo, s.CommitSHA, s.Ref); err != nil {
		return err
	}
	switch {
	case s.Correlator == "" || s.RunID == "" || s.Version == "" || s.Scanned.IsZero():
		return errors.New("the snapshot does not say which run made it, or when")
	case len(s.Manifests) == 0:
		return errors.New("there is no manifest to submit")
	}
	return nil
}

// size is about how many bytes the snapshot has as JSON.
func (s Snapshot) size() int {
	size := 0
	for _, m := range s.Manifests {
		for _, p := range m.Packages {
			size += 2*len(p.PURL) + 100
			for _, d := range p.Dependencies {
				size += len(d) + 3
			}
		}
	}
	return size
}

// body returns the snapshot in the library's form. A manifest is named by its
// path, and a package by its purl: so does GitHub's own toolkit.
func (s Snapshot) body() *api.DependencyGraphSnapshot {
	name, home, version := "publishgate", "https://github.com/publishgate/publishgate", s.Version
	relationship := map[bool]*string{true: api.Ptr("direct"), false: api.Ptr("indirect")}
	scope := map[bool]*string{true: api.Ptr("development"), false: api.Ptr("runtime")}
	b := &api.DependencyGraphSnapshot{
		Sha: &s.CommitSHA, Ref: &s.Ref, Scanned: &api.Timestamp{Time: s.Scanned.UTC().Truncate(time.Second)},
		Job:       &api.DependencyGraphSnapshotJob{Correlator: &s.Correlator, ID: &s.RunID},
		Detector:  &api.DependencyGraphSnapshotDetector{Name: &name, Version: &version, URL: &home},
		Manifests: map[string]*api.DependencyGraphSnapshotManifest{},
	}
	if s.RunURL != "" {
		b.Job.HTMLURL = &s.RunURL
	}
	for _, m := range s.Manifests {
		to := &api.DependencyGraphSnapshotManifest{Name: &m.Path,
			File:     &api.DependencyGraphSnapshotManifestFile{SourceLocation: &m.Path},
			Resolved: make(map[string]*api.DependencyGraphSnapshotResolvedDependency, len(m.Packages))}
		for i := range m.Packages {
			p := &m.Packages[i]
			to.Resolved[p.PURL] = &api.DependencyGraphSnapshotResolvedDependency{PackageURL: &p.PURL,
				Relationship: relationship[p.Direct], Scope: scope[p.Development], Dependencies: p.Dependencies}
		}
		b.Manifests[m.Path] = to
	}
	return b
}

const notSubmitted = "dependencies not submitted"

// aboutSnapshot says what the answers mean that mean something else for a SARIF
// file.
func aboutSnapshot(e *NotUploadedError) *NotUploadedError {
	e.what = notSubmitted
	said := strings.ToLower(e.said)
	switch {
	case e.Reason == Forbidden || e.Reason == CodeScanningOff:
		e.Reason = Forbidden
		e.Text = "the token may not submit them: the job needs `permissions: contents: write`; pull requests from forks never " +
			"get it" + e.said
	case e.Reason == NotFound && strings.Contains(said, "dependency graph") && strings.Contains(said, "disabled"):
		e.Reason = GraphOff
		e.Text = "the dependency graph is off for this repository: enable it in the settings, under Advanced Security (once " +
			"called Code security and analysis)" + e.said
	case e.Reason == NotFound:
		e.Text = "the dependency graph is off (enable it in the repository's settings), or the token cannot see the repository: " +
			"the job needs `permissions: contents: write`" + e.said
	case e.Reason == TooLarge:
		e.Text = "GitHub found the snapshot too large" + e.said + inTheBill
	case e.Reason == Rejected:
		e.Text = fmt.Sprintf("GitHub rejected the snapshot with %d%s", cmp.Or(e.status, http.StatusBadRequest), e.said)
	}
	return e
}
