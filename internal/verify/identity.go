package verify

import (
	"errors"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
)

// GitHubActions is the issuer of the ID tokens of GitHub's runners.
const GitHubActions = "https://token.actions.githubusercontent.com"

// An Identity says whose keyless signatures are accepted. Fields are compared
// exactly: a strict-looking pattern may accept a branch named like a workflow.
// Fields that are empty are not compared. They are the certificate extensions
// of Fulcio's docs/oid-info.md.
type Identity struct {
	SAN    string // subject: "https://github.com/OWNER/REPO/.github/workflows/FILE@REF"
	Issuer string // the token's issuer: "https://token.actions.githubusercontent.com"

	Repository   string // source repository, "https://github.com/OWNER/REPO"
	RepositoryID string // its number, which survives a rename and is not reused for a new owner
	Commit       string // source commit
	Ref          string // "refs/tags/v1.0.0"
	Trigger      string // event that started the run, "push"
	Runner       string // "github-hosted" or "self-hosted"
	Workflow     string // file that the event started, ".github/workflows/release.yml"
	Run          string // the run and its attempt, ".../actions/runs/ID/attempts/N"

	// NoPullRequest refuses runs that a pull request started: anybody can open
	// one.
	NoPullRequest bool
}

// errNobody is the error for an identity that could be anybody's.
var errNobody = errors.New("an identity to verify against needs an issuer, and a subject or a repository")

// check refuses an identity that is too wide to say who signed.
func (who Identity) check() error {
	if who.Issuer == "" || who.SAN == "" && who.Repository == "" && who.RepositoryID == "" {
		return errNobody
	}
	return nil
}

// identityOf returns what a certificate says of its holder. Certificates from
// before 2023 have the fields of GitHub's runners only in the older extensions.
func identityOf(c certificate.Summary) Identity {
	who := Identity{
		SAN: c.SubjectAlternativeName, Issuer: c.Issuer, Repository: c.SourceRepositoryURI,
		RepositoryID: c.SourceRepositoryIdentifier, Commit: c.SourceRepositoryDigest, Ref: c.SourceRepositoryRef,
		Trigger: c.BuildTrigger, Runner: c.RunnerEnvironment, Run: c.RunInvocationURI,
	}
	if c.Issuer == GitHubActions {
		older := func(field *string, prefix, value string) {
			if *field == "" && value != "" {
				*field = prefix + value
			}
		}
		older(&who.Repository, "https://github.com/", c.GithubWorkflowRepository)
		older(&who.Commit, "", c.GithubWorkflowSHA)
		older(&who.Ref, "", c.GithubWorkflowRef)
		older(&who.Trigger, "", c.GithubWorkflowTrigger)
	}
	// The workflow that the event started; the subject names the one that
	// signed, which may be a reusable one of another repository.
	started := c.BuildConfigURI
	if started == "" {
		started = c.SubjectAlternativeName
	}
	if path, ok := strings.CutPrefix(started, who.Repository+"/"); ok && who.Repository != "" {
		who.Workflow, _, _ = strings.Cut(path, "@")
	}
	return who
}

// A part is one field of an identity.
type part struct {
	name string
	of   func(Identity) string
}

// parts are compared one by one, so that the answer names the one that differs.
var parts = []part{
	{"issuer", func(i Identity) string { return i.Issuer }},
	{"identity", func(i Identity) string { return i.SAN }},
	{"repository", func(i Identity) string { return i.Repository }},
	{"repository-id", func(i Identity) string { return i.RepositoryID }},
	{"workflow", func(i Identity) string { return i.Workflow }},
	{"ref", func(i Identity) string { return i.Ref }},
	{"commit", func(i Identity) string { return i.Commit }},
	{"trigger", func(i Identity) string { return i.Trigger }},
	{"runner", func(i Identity) string { return i.Runner }},
	{"run", func(i Identity) string { return i.Run }},
}

// step returns the check of one part.
func (p part) step() step {
	return step{name: p.name, ask: func(e *examination) answer {
		if e.want.Identity == nil {
			return answer{}
		}
		want, is := p.of(*e.want.Identity), p.of(e.who)
		switch {
		case want != "":
			return compare(want, is)
		case p.name == "trigger" && e.want.Identity.NoPullRequest:
			return notOfPullRequest(is)
		}
		return answer{}
	}}
}

func notOfPullRequest(trigger string) answer {
	const expected = "any event but a pull request"
	if trigger == "" || strings.HasPrefix(trigger, "pull_request") {
		return failed(expected, orNone(trigger))
	}
	return passed(expected, trigger)
}
