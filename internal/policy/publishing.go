package policy

import (
	"slices"
	"time"
)

// Publishing are the keys of publish that say how a package reaches the
// registry, and with which credential. The zero value asks for nothing.
type Publishing struct {
	// Via are the roads that are allowed, the preferred one first (via). Nil: the
	// user chooses.
	Via []Via

	// Credential are the kinds of credential that are allowed (credential). Nil:
	// nobody said so. Empty: none.
	Credential []string

	Require2FA bool   // require-2fa: a release counts only if somebody approved it
	Tokens     Tokens // tokens

	// InvisibleWarns is invisible: warn. A version that the registry accepted and
	// does not show in time is then no error.
	InvisibleWarns bool
}

// A Via is a road to the registry, in the words of publish.via.
type Via string

// The roads.
const (
	ViaStage  Via = "stage"  // a person approves it at the registry
	ViaDirect Via = "direct" // the version is public at once
)

var roadWords = []string{string(ViaStage), string(ViaDirect)}

// The kinds of credential, in the words of publish.credential.
const (
	OIDC       = "oidc"        // a trusted publisher's, exchanged for an ID token
	StageToken = "stage-token" // a long-lived token that may only stage
	Token      = "token"       // any long-lived token
)

var credentialWords = []string{OIDC, StageToken, Token}

// Tokens is publish.tokens: what a long-lived token must be.
type Tokens struct {
	MaxAge      time.Duration // longest life; 0: any
	RequireCIDR bool          // it is bound to addresses
	Scope       string        // ScopePackage, ScopeScope, "any"; "": any
}

// The values of publish.tokens.scope that ask for something.
const (
	ScopePackage = "package" // it may write this package alone
	ScopeScope   = "scope"   // it may write packages of this scope alone
)

// Asks reports whether something is asked of a token.
func (t Tokens) Asks() bool {
	return t.MaxAge > 0 || t.RequireCIDR || t.Scope == ScopePackage || t.Scope == ScopeScope
}

// Allows reports whether a road is allowed.
func (p *Publishing) Allows(road Via) bool { return p.Via == nil || slices.Contains(p.Via, road) }

// Prefers returns the road that -publish auto takes: the first of via, else
// staging.
func (p *Publishing) Prefers() Via {
	if len(p.Via) > 0 {
		return p.Via[0]
	}
	return ViaStage
}

// Accepts reports whether one of the kinds of credential is allowed. Every kind
// is, where the policy says nothing.
func (p *Publishing) Accepts(kinds ...string) bool {
	return p.Credential == nil || slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(p.Credential, k) })
}

func setVia(d *draft, v value) {
	d.Publish.Via = make([]Via, 0, len(v.list))
	for _, word := range v.list {
		d.Publish.Via = append(d.Publish.Via, Via(word))
	}
}
