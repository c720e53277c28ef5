package report

import "time"

// A Credential is what a run publishes with, but for its value.
type Credential struct {
	Kind             string // "oidc": of a trusted publisher; "stage-token", "token"
	Created, Expires time.Time
}

// Words describes the credential.
func (c *Credential) Words() string {
	text := map[string]string{
		"oidc": "a trusted publisher's, for this package", "stage-token": "a long-lived token that may only stage", "token": "a long-lived token",
	}[c.Kind]
	if !c.Created.IsZero() {
		text += ", made " + stamp(c.Created)
	}
	if !c.Expires.IsZero() {
		text += ", until " + stamp(c.Expires)
	}
	return text
}
