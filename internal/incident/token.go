package incident

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/registry"
)

// What a token can do.
type ability string

const (
	direct ability = "publish at once"
	stage  ability = "stage versions, which a person has to approve"
	mark   ability = "deprecate versions and move dist-tags"
	govern ability = "change owners, teams, trusted publishers and tokens, and unpublish"
	read   ability = "read what is private"
)

// A tokenKind is one kind of token that npm has in November 2026: direct publishing
// with tokens ends in January 2027 (npm/documentation#2036); those that bypass the
// second factor lost what governs a package on 2026-07-31 (npm/cli#9948); OIDC tokens
// live an hour and may not deprecate (npm's OpenAPI description, oidc.yaml).
type tokenKind struct {
	name string
	may  []ability
	note string
}

var tokenKinds = []tokenKind{
	{"login", []ability{direct, stage, mark, govern, read}, "a login lives two hours; what governs a package asks for a one-time code"},
	{"granular", []ability{direct, stage, mark, read}, "within its packages, and where npm asks for it with the account's second factor"},
	{"bypass-2fa", []ability{direct, stage, mark, read}, "without a second factor; publishing at once ends in January 2027"},
	{"stage-only", []ability{stage, mark, read}, "it cannot publish: look for versions that somebody approved"},
	{"read-only", []ability{read}, ""},
	{"oidc", []ability{direct, stage}, "it is for one package, ends by itself an hour after it was made, and moves " +
		"dist-tags where its publisher may"},
}

// TokenKinds returns the words for the kinds of token.
func TokenKinds() (names []string) {
	for _, k := range tokenKinds {
		names = append(names, k.name)
	}
	return names
}

// may reports whether the token may be able to do something. One of a kind that
// nobody knows may do everything.
func (p *plan) may(what ability) bool {
	for _, k := range tokenKinds {
		if k.name == p.TokenKind {
			return slices.Contains(k.may, what)
		}
	}
	return true
}

// abilities says what the token could do, in sentences.
func abilities(kind string) (list []string) {
	for _, k := range tokenKinds {
		if k.name != kind {
			continue
		}
		for _, what := range k.may {
			list = append(list, string(what))
		}
		if k.note != "" {
			list = append(list, k.note)
		}
		return list
	}
	return []string{"its kind is not known (-token): until it is, everything that a login can do"}
}

func revoke(p *plan) *Step {
	s := &Step{What: "Revoke the token", By: Person, Clock: contain, Why: "whoever has it can use it until then",
		Commands: []string{line("npm token list --parseable", p.at()), line("npm token revoke", "TOKEN-ID", p.at())},
		Notes:    []string{"npm shows and revokes tokens to the account that they are of, or at npmjs.com under Access Tokens"}}
	if p.TokenKind == "oidc" {
		s.What, s.Commands = "Stop the workflow that got the token", nil
		s.Notes = []string{"there is nothing to revoke: it ends an hour after it was made, and the workflow gets another"}
		return s
	}
	switch p.Lives {
	case Unasked:
		s.Notes = append(s.Notes, "-secret-from FILE, with the token in it, lets the registry say whether it is revoked")
		return s
	case Yes:
		s.Notes = append(s.Notes, "the registry still accepts it")
	}
	return s.shown(p.Lives == No, "the registry does not accept it any more")
}

func versions(p *plan) *Step {
	if !p.may(direct) && !p.may(stage) {
		return nil
	}
	s := &Step{What: "Look at what was published since " + shown(p.Since), By: Anyone, Clock: contain,
		Why: "what came with a token since then may be the attacker's"}
	proven := 0
	for _, v := range p.History.Releases {
		if p.covers(v.Version, v.Number) && v.Trust >= registry.TrustedPublisher && !v.Published.Before(p.Since) {
			proven++
		}
	}
	if proven > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d more came by a trusted publisher or were approved by a person: not with this token", proven))
	}
	for i := range p.all {
		v := &p.all[i]
		if v.gone {
			continue
		}
		if i < maxNamed {
			s.Notes = append(s.Notes, fmt.Sprintf("%s, %s, by %s with %s", v.Version, publishedWords(v), orNobody(v.By), v.Trust))
			s.Commands = append(s.Commands, line("publishgate verify", foreign(p.Package+"@"+v.Version), verifyFlags(p)))
		}
	}
	if len(p.all) == 0 {
		return s.shown(true, "nothing in the range came with a token since")
	}
	return s
}

func publishedWords(v *affected) string {
	if v.Published.IsZero() {
		return "at a time that the registry does not tell"
	}
	return shown(v.Published)
}

func verifyFlags(p *plan) string {
	flags := "-repository OWNER/NAME"
	if p.Repository != "" {
		flags = line("-repository", foreign(p.Repository))
	}
	if p.public() {
		return flags
	}
	return line(flags, "-registry", word(p.Registry))
}

func private(p *plan) *Step {
	if p.TokenKind != "" && !p.may(read) {
		return nil
	}
	return &Step{What: "Take what the token could read for known", By: Anyone, Clock: notify,
		Why:   "a token reads every private package of its account: what is secret in them is not any more",
		Notes: []string{"npm tells nobody by its API what was read: the audit log of an organisation is on npmjs.com"}}
}

func source(*plan) *Step {
	return &Step{What: "Remove the token from where it leaked, and find out how", By: Anyone, Clock: notify,
		Why:      "the next one leaks the same way",
		Commands: []string{"publishgate precommit", "publishgate gate"},
		Notes:    []string{"a log, a fork, an image and a cache keep it: revoking counts, not removing"}}
}

func rotate(p *plan) *Step {
	return &Step{What: "If a token is still needed, make one that may less", By: Person, Clock: notify,
		Why: "stage-only, for this package, from your addresses, for a few weeks: what leaks then publishes nothing",
		Commands: []string{line("npm token create --name=ci --expires=30 --cidr=ADDRESS-RANGE --packages-and-scopes-permission=read-write",
			"--packages="+foreign(p.Package), p.at())}}
}

func trustedPublishing(p *plan) *Step {
	repository := "OWNER/NAME"
	if p.Repository != "" {
		repository = foreign(p.Repository)
	}
	s := &Step{What: "Publish by a trusted publisher, without a token", By: Person, Clock: final,
		Why: "there is nothing to leak then",
		Commands: []string{line("npm trust github", foreign(p.Package), "--file=release.yml --repo="+repository+" --allow-stage-publish",
			p.at())}}
	newest, ok := p.newest()
	return s.shown(ok && newest.Trust >= registry.TrustedPublisher && newest.TrustedPublisher != "",
		"the newest version came by a trusted publisher")
}
