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

	// Trusted is trusted-publishing: Required leaves no other credential than OIDC,
	// Preferred puts it first. Empty: it asks for nothing.
	Trusted string

	// Provenance is provenance: Required of every package, WhenPublic of those that
	// are not known to be restricted. Empty: it asks for nothing.
	Provenance string

	Require2FA bool   // require-2fa: a release counts only if somebody approved it
	Tokens     Tokens // tokens

	// InvisibleWarns is invisible: warn. A version that the registry accepted and
	// does not show in time is then no error.
	InvisibleWarns bool

	Bypass Bypass // bypass: what a publish beside the gate does
}

// The values of publish.trusted-publishing and publish.provenance that ask for
// something.
const (
	Required   = "required"
	Preferred  = "preferred"
	WhenPublic = "when-public"
)

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

// Kinds returns the kinds of credential that are allowed, the preferred one
// first: those of credential, as trusted-publishing leaves or orders them. Nil:
// nobody said so.
func (p *Publishing) Kinds() []string {
	oidc := slices.Contains(p.Credential, OIDC)
	switch {
	case p.Trusted == Required && (oidc || p.Credential == nil):
		return []string{OIDC}
	case p.Trusted == Required:
		return []string{}
	case p.Trusted == Preferred && oidc:
		return append([]string{OIDC}, slices.DeleteFunc(slices.Clone(p.Credential), func(k string) bool { return k == OIDC })...)
	}
	return p.Credential
}

// KindsKey names the key or keys that Kinds comes from.
func (p *Publishing) KindsKey() string {
	switch {
	case p.Trusted != Required:
		return "publish.credential"
	case p.Credential == nil:
		return "publish.trusted-publishing"
	}
	return "publish.credential together with publish.trusted-publishing"
}

// Accepts reports whether one of the kinds of credential is allowed. Every kind
// is, where the policy says nothing.
func (p *Publishing) Accepts(kinds ...string) bool {
	allowed := p.Kinds()
	return allowed == nil || slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(allowed, k) })
}

// asked returns the word of a key, empty if it is ignore.
func asked(word string) string { return choose(word == "ignore", "", word) }

func setVia(d *draft, v value) {
	d.Publish.Via = make([]Via, 0, len(v.list))
	for _, word := range v.list {
		d.Publish.Via = append(d.Publish.Via, Via(word))
	}
}
