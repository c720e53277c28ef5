package gate

import (
	"slices"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxSecurityDoc is the largest SECURITY.md that is read, in bytes.
const maxSecurityDoc = 256 << 10

// securityFiles are the names of SECURITY.md, where GitHub looks for it too.
var securityFiles = []string{"SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md", "security.md"}

// Beside SECURITY.md, reporters look into these (securitytxt.org, and the
// Security Insights of the OpenSSF).
var reportingFiles = []string{"security.txt", ".well-known/security.txt", "security-insights.yml", ".github/security-insights.yml"}

// readSecurity reads SECURITY.md, if the policy asks what it says: those of the
// package's directory first, then of the repository. nil means that there is
// none, which docs.require tells, or that nobody asks.
func readSecurity(e *policy.Effective, p place) (*check.SecurityDoc, error) {
	required := slices.ContainsFunc(e.Docs.Require, check.IsSecurityDoc)
	if !required && !e.Docs.Security.Asked() {
		return nil, nil
	}
	text, file, err := p.first(securityFiles, maxSecurityDoc)
	if err != nil {
		return nil, err
	}
	doc := &check.SecurityDoc{File: file, Text: string(text)}
	for _, name := range reportingFiles {
		more, _, err := p.either(name, maxSecurityDoc)
		if err != nil {
			return nil, err
		}
		doc.More += string(more) + "\n"
	}
	if text == nil && !e.Docs.Security.Asked() {
		return nil, nil
	}
	if text == nil {
		doc.File, doc.None = "SECURITY.md", true
	}
	return doc, nil
}
