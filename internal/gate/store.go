package gate

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
)

// store stores the attestations at GitHub with the repository, where gh and
// GitHub's web page look for them. This happens before the package is published,
// so that whoever finds the package finds its attestations.
func (o *Outcome) store(ctx context.Context, c Acting, n Net, r *action.Runner) error {
	made := o.attestations
	o.attestations = nil
	if c.Store == Never || c.Store == Auto && len(made) == 0 {
		return nil
	}
	why := unstorable(c, r)
	if len(made) == 0 {
		why = "nothing was signed"
	}
	if why != "" {
		if c.Store == Always {
			o.did("store", report.Failed, report.File{}, "attestations: %s", why)
			return because(report.Upload, fmt.Errorf("attestations not stored: %s", why))
		}
		o.did("store", report.Skipped, report.File{}, "attestations: %s", why)
		return nil
	}
	o.log.enter("store")
	defer o.log.waitFor("GitHub to store the attestations")()
	owner, name, _ := strings.Cut(r.Repository, "/")
	client := atGitHub(c, n, r)
	// One after the other: GitHub asks clients not to create content in parallel.
	for _, b := range made {
		file := report.File{Name: b.Name + bundleSuffix, SHA256: hexSHA256(b.JSON)}
		id, err := github.StoreAttestation(ctx, client, owner, name, b.JSON)
		if err != nil {
			o.did("store", report.Failed, file, "%s, in %s: %s", saidIn[b.Name], file.Name, github.Why(err))
			if c.Store == Always {
				return because(report.Upload, err)
			}
			return nil // the remaining ones would fail too
		}
		page := fmt.Sprintf("%s/%s/%s/attestations/%d", r.ServerURL, owner, name, id)
		o.did("store", report.Done, file, "%s, at %s", saidIn[b.Name], page)
	}
	return nil
}

// atGitHub returns the configuration for the API of the repository's GitHub
// server.
func atGitHub(c Acting, n Net, r *action.Runner) github.Config {
	return github.Config{
		BaseURL: r.APIURL, Token: c.GitHubToken, HTTPClient: &http.Client{Transport: n.Transport},
		UserAgent: n.agent(), Now: n.Now,
	}
}

// unstorable returns why GitHub would not store attestations of this run. It
// returns "" if it would.
func unstorable(c Acting, r *action.Runner) string {
	switch {
	case r == nil:
		return "this run is none of GitHub Actions"
	case !c.GitHubToken.Given():
		return "no token was given: the job needs `permissions: attestations: write`, and GITHUB_TOKEN or the input " +
			"github-token"
	case !inGitHubsCloud(r.ServerURL):
		return "a GitHub Enterprise Server stores none; they are among the evidence, and a workflow can keep them as " +
			"an artifact"
	case r.UsersOwnPrivate():
		return "GitHub stores none for a private repository that a user owns; they are among the evidence"
	}
	return ""
}

// inGitHubsCloud reports whether a server is github.com or a tenant of GHE.com.
func inGitHubsCloud(server string) bool {
	u, err := url.Parse(server)
	return err == nil && (u.Hostname() == "github.com" || strings.HasSuffix(u.Hostname(), ".ghe.com"))
}
