package gate

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/say"
)

// upload sends the SARIF file to code scanning.
func (o *Outcome) upload(ctx context.Context, c Config, in *input) error {
	if c.Upload == Never || o.sarif == nil { // it could not be written, and that has been said
		return nil
	}
	r := c.Runner
	if r == nil || !c.GitHubToken.Given() {
		if c.Upload == Always {
			return o.failed("upload", report.Upload, errors.New("upload the SARIF file: there is no runner, or no token"))
		}
		o.did("upload", report.Skipped, o.sarifFile, "code scanning: no token was given")
		return nil
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	result, err := github.UploadSARIF(ctx, github.Config{BaseURL: r.APIURL, Token: c.GitHubToken, HTTPClient: &http.Client{Transport: c.Transport}, UserAgent: c.agent(), Now: c.Now},
		github.Upload{Owner: owner, Repo: name, CommitSHA: r.SHA, Ref: r.Ref, SARIF: o.sarif, CheckoutURI: "file:///github/workspace/", StartedAt: in.now, ToolName: "publishgate"})
	o.sarifID = result.ID
	switch {
	case err != nil && c.Upload == Always:
		return o.failed("upload", report.Upload, err)
	case err != nil:
		o.did("upload", report.Failed, o.sarifFile, "code scanning: %s", say.Text(err.Error()))
	case result.Warning != "":
		o.did("upload", report.Accepted, o.sarifFile, "code scanning: %s", say.Text(result.Warning))
	default:
		o.did("upload", report.Done, o.sarifFile, "SARIF to code scanning, %s", say.Text(result.Status))
	}
	return nil
}
