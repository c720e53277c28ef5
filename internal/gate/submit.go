package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/depgraph"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
)

// What GitHub's dependency graph is told is a snapshot: a manifest for each
// lockfile that was judged and that GitHub does not read itself. A run over
// several members of a workspace submits one, at its end: GitHub keeps the
// latest of a correlator, and one for each member would replace the others.

// A harvest is what the dependency graph is told, before it is.
type harvest struct {
	filing    filing // the commit and ref that the snapshot is of
	manifests []depgraph.Manifest
	left      []string // why a lockfile is not in it, a sentence each
	unread    []string // members of a workspace whose lockfile was not read
	dir       string   // what was judged, from the root of the repository
	only      []string // the members of the workspace there that the user named; none: all, or dir is no workspace
	at        time.Time
}

// gather collects the lockfiles of the package.
func (o *Outcome) gather(c Acting, r *action.Runner, in *input) {
	if !c.Submit {
		return
	}
	o.harvest = harvest{filing: filed(c, r, in.git.head, "dependencies"), dir: in.place.dir, at: in.now}
	for _, g := range append([]*npm.Graph{in.subject.Graph}, in.subject.Graph.Others...) {
		if g.Lockfile == "" {
			continue // there is none, and none is needed
		}
		file := path.Join(in.place.dir, g.Lockfile)
		if path.IsAbs(g.Lockfile) || file == ".." || strings.HasPrefix(file, "../") {
			o.harvest.leave(fmt.Sprintf("%s is outside of the repository", g.Lockfile))
			continue
		}
		size := int64(0)
		if info, err := in.place.root.Stat(file); err == nil {
			size = info.Size()
		}
		if what := depgraph.ReadByGitHub(file, size, g); what != "" {
			o.harvest.leave(fmt.Sprintf("GitHub reads %s itself, %s: nothing is sent twice", file, what))
			continue
		}
		o.harvest.add(file, func() depgraph.Manifest { return depgraph.Of(file, g) })
	}
}

// add adds the manifest of a lockfile. It is the same for each member of the
// workspace.
func (h *harvest) add(file string, make func() depgraph.Manifest) {
	if !slices.ContainsFunc(h.manifests, func(m depgraph.Manifest) bool { return m.Path == file }) {
		h.manifests = append(h.manifests, make())
	}
}

func (h *harvest) leave(why string) {
	if !slices.Contains(h.left, why) {
		h.left = append(h.left, why)
	}
}

// join adds what was gathered of a member of the workspace.
func (h *harvest) join(folder string, of harvest) {
	if of.at.IsZero() {
		h.unread = append(h.unread, folder)
		return
	}
	h.filing, h.at, h.dir = of.filing, of.at, path.Join(of.dir, strings.Repeat("../", 1+strings.Count(folder, "/")))
	for _, m := range of.manifests {
		h.add(m.Path, func() depgraph.Manifest { return m })
	}
	for _, why := range of.left {
		h.leave(why)
	}
}

// submit sends what was gathered to the dependency graph of the repository. It
// fails soft: neither the verdict nor the exit code depends on it.
func (o *Outcome) submit(ctx context.Context, c Acting, n Net, r *action.Runner) {
	h := &o.harvest
	if !c.Submit || h.at.IsZero() { // nothing was read, which is told elsewhere
		return
	}
	if why := h.unsendable(c, n, r); why != "" {
		o.did("submit", report.Skipped, report.File{}, "%s", why)
		return
	}
	if h.filing.why != "" {
		o.did("submit", report.Failed, report.File{}, "%s", h.filing.why)
		return
	}
	o.log.enter("submit")
	defer o.log.waitFor("GitHub to take the snapshot of the dependencies")()
	if until, limited := ctx.Deadline(); limited { // what comes after it needs time too
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(until)/2)
		defer cancel()
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	got, err := github.SubmitSnapshot(ctx, atGitHub(c, n, r), github.Snapshot{
		Owner: owner, Repo: name, CommitSHA: h.filing.sha, Ref: h.filing.ref, Correlator: h.correlator(c, r),
		RunID: cmp.Or(r.RunID, "unknown"), RunURL: r.RunURL(), Version: cmp.Or(o.version, "unknown"), Scanned: h.at, Manifests: h.manifests})
	var not *github.NotUploadedError
	switch {
	case errors.As(err, &not):
		state, why := notSubmitted(not, r)
		o.did("submit", state, report.File{}, "%s", why)
	case err != nil:
		o.did("submit", report.Failed, report.File{}, "%s", err)
	default:
		o.did("submit", report.Done, report.File{}, "%s", h.told(r, got.Current))
	}
}

// unsendable returns why nothing is submitted in this run, although nothing
// failed. It returns "" if there is no reason.
func (h *harvest) unsendable(c Acting, n Net, r *action.Runner) string {
	switch {
	case n.Offline:
		return "the run is offline (-offline), and the dependency graph is at GitHub"
	case r == nil:
		return "this run is none of GitHub Actions, whose repository has the dependency graph"
	case len(h.unread) > 0:
		return fmt.Sprintf("the lockfile of %s was not read, and a snapshot without it would take what it has out of the graph",
			strings.Join(h.unread[:min(len(h.unread), maxNamed)], ", "))
	case len(h.manifests) == 0 && len(h.left) == 0:
		return "there is no lockfile, and nothing that one would hold"
	case len(h.manifests) == 0:
		return strings.Join(h.left[:min(len(h.left), maxNamed)], "; ")
	case !r.OwnRef() && r.Event != "pull_request":
		return fmt.Sprintf("on the event %s anybody's change may be in the checkout: dependencies are submitted on push, or on "+
			"pull_request", r.Event)
	case !c.GitHubToken.Given():
		return "no token was given: the job needs `permissions: contents: write`, and GITHUB_TOKEN or the input github-token"
	}
	return ""
}

// told says what was submitted.
func (h *harvest) told(r *action.Runner, current bool) string {
	var files []string
	for _, m := range h.manifests[:min(len(h.manifests), maxNamed)] {
		word := "packages"
		if len(m.Packages) == 1 {
			word = "package"
		}
		files = append(files, fmt.Sprintf("%d %s of %s", len(m.Packages), word, m.Path))
	}
	if more := len(h.manifests) - len(files); more > 0 {
		files = append(files, fmt.Sprintf("and %d more lockfiles", more))
	}
	text := strings.Join(files, ", ") + ", to GitHub's dependency graph"
	switch {
	case strings.HasSuffix(h.filing.ref, "/merge") && r.Event == "pull_request":
		text += ", for the test merge; GitHub's dependency review reads those of the pull request's head: check out " +
			"`ref: ${{ github.event.pull_request.head.sha }}` for it"
	case !current:
		text += fmt.Sprintf(", for %s; the graph that Dependabot watches is that of the default branch, and stays as it was", h.filing.ref)
	}
	return strings.Join(append([]string{text}, h.left[:min(len(h.left), maxNamed)]...), "; ")
}

// correlator returns what the snapshots of this job are known by, over time. It
// has the folder that is judged, since the steps of a job, or the jobs of a
// matrix, may each judge another package, and -category, which tells them apart
// where they judge the same. It does not change when the workspace gets another
// member: GitHub would go on showing what the old one has.
func (h *harvest) correlator(c Acting, r *action.Runner) string {
	workflow, job := r.Job()
	folder := (&url.URL{Path: strings.Join(append([]string{h.dir}, h.only...), ",")}).EscapedPath() // no spaces
	return strings.TrimSpace(strings.Join([]string{workflow, job, folder, c.Category}, " "))
}

// notSubmitted returns how a submission ended that GitHub did not take, and why.
// It was skipped if the repository has no dependency graph for this token, or
// this run can only have a token that may not write.
func notSubmitted(not *github.NotUploadedError, r *action.Runner) (report.State, string) {
	if text := onlyReads(not, r); text != "" {
		return report.Skipped, text
	}
	switch not.Reason {
	case github.NoToken, github.GraphOff, github.NotFound:
		return report.Skipped, not.Text
	case github.Rejected:
		return report.Failed, not.Text + "; that GitHub does not take this snapshot is a mistake of publishgate: please report it with " +
			"sbom.cdx.json of the evidence at " + finding.Home + "/issues"
	}
	return report.Failed, not.Text
}
