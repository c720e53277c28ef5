package verify

import (
	"errors"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// An Identity says whose keyless signatures are accepted. Fields are compared
// exactly: a strict-looking pattern may accept a branch named like a workflow.
// SAN and Issuer are required; other fields are ignored when empty. They are
// the certificate extensions of Fulcio's docs/oid-info.md.
type Identity struct {
	SAN    string // subject: "https://github.com/OWNER/REPO/.github/workflows/FILE@REF"
	Issuer string // the token's issuer: "https://token.actions.githubusercontent.com"

	Repository   string // source repository, "https://github.com/OWNER/REPO"
	RepositoryID string // its number, which survives a rename and is not reused for a new owner
	Commit       string // source commit
	Ref          string // "refs/tags/v1.0.0"
	Trigger      string // event that started the run, "push"
	Runner       string // "github-hosted" or "self-hosted"
	Run          string // the run and its attempt, ".../actions/runs/ID/attempts/N"
}

func (who Identity) match() (verify.CertificateIdentity, error) {
	if who.SAN == "" || who.Issuer == "" {
		return verify.CertificateIdentity{}, errors.New("an identity to verify against needs both a subject and an issuer")
	}
	return verify.NewCertificateIdentity(
		verify.SubjectAlternativeNameMatcher{SubjectAlternativeName: who.SAN},
		verify.IssuerMatcher{Issuer: who.Issuer},
		certificate.Extensions{
			SourceRepositoryURI:        who.Repository,
			SourceRepositoryIdentifier: who.RepositoryID,
			SourceRepositoryDigest:     who.Commit,
			SourceRepositoryRef:        who.Ref,
			BuildTrigger:               who.Trigger,
			RunnerEnvironment:          who.Runner,
			RunInvocationURI:           who.Run,
		})
}
