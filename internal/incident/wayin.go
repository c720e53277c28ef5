package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
)

// Steps about the way in: who published, and what else they may do.

// byToken returns the npm names that published affected versions with a token or
// a login, sorted.
func (p *plan) byToken() (names []string) {
	for i := range p.all {
		if v := &p.all[i]; v.TrustedPublisher == "" && v.By != "" {
			names = append(names, v.By)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// byWorkflow returns the affected versions that a trusted publisher published.
func (p *plan) byWorkflow() (list []string) {
	for i := range p.all {
		if p.all[i].TrustedPublisher != "" {
			list = append(list, p.all[i].Version)
		}
	}
	return list
}

func tokens(p *plan) *Step {
	who := p.byToken()
	if len(who) == 0 && len(p.byWorkflow()) == len(p.all) {
		return nil
	}
	s := &Step{What: "Revoke the tokens of who published them, and sign them out", By: Person, Clock: contain,
		Why:      "as long as the token or login works, the next version comes the same way",
		Commands: []string{line("npm token list --parseable", p.at()), line("npm token revoke", "TOKEN-ID", p.at())},
		Notes:    []string{"npm shows and revokes tokens to the account that they are of, and to nobody else"},
	}
	if len(who) > 0 {
		s.What = "Revoke the tokens of " + named(who) + ", who published them, and change password and second factor"
	}
	return s
}

func access(p *plan) *Step {
	if p.Kind == Token && !p.may(govern) {
		return nil
	}
	s := &Step{What: "Let only those publish who must", By: Owner, Clock: contain,
		Why:      "an account or team that is still an owner can publish the next version",
		Commands: []string{line("npm owner ls", foreign(p.Package), p.at()), line("npm access list collaborators", foreign(p.Package), p.at())}}
	owners := p.History.Maintainers
	if len(owners) > 0 {
		s.Notes = append(s.Notes, "owners today: "+named(owners))
	}
	if p.Kind != Token {
		for _, name := range p.byToken() {
			if !slices.Contains(owners, name) {
				s.Notes = append(s.Notes, name+" published and is no owner any more")
				continue
			}
			s.Commands = append(s.Commands, line("npm owner rm", foreign(name), foreign(p.Package), p.at()))
			if !Quotable(name) {
				s.Notes = append(s.Notes, blank+" stands for an owner whose name cannot be written into a command")
			}
		}
		if len(owners) == 1 {
			s.Notes = append(s.Notes, "npm does not remove the last owner: add another first (npm owner add)")
		}
	}
	if scope, _, scoped := strings.Cut(p.Package, "/"); scoped {
		s.Commands = append(s.Commands, line("npm team ls", foreign(strings.TrimPrefix(scope, "@")), p.at()),
			line("npm access revoke", foreign(scope+":TEAM"), foreign(p.Package), p.at()))
		s.Notes = append(s.Notes, "TEAM is a team that need not publish; the registry shows teams to a login alone")
	}
	return s
}

func publishers(p *plan) *Step {
	came := p.byWorkflow()
	if p.Kind == Token && !p.may(govern) && p.TokenKind != "oidc" || p.Kind == Package && len(came) == 0 {
		return nil
	}
	s := &Step{What: "Look at the trusted publishers, and remove those that are not yours", By: Person, Clock: contain,
		Why: "a workflow that may publish needs no token",
		Commands: []string{line("npm trust list", foreign(p.Package), p.at()),
			line("npm trust revoke", foreign(p.Package), "--id=TRUST-ID", p.at())},
	}
	if len(came) > 0 {
		s.What = fmt.Sprintf("Stop the workflow that published %s, and find out who made it do that", named(came))
		s.Why = "it came by a trusted publisher: the repository, its workflow or an action in it is the way in"
	}
	return s
}

func stages(p *plan) *Step {
	if p.Kind == Token && !p.may(stage) || !p.public() {
		return nil
	}
	s := &Step{What: "Reject what waits for an approval and is not yours", By: Person, Clock: contain,
		Why:      "what an attacker staged is published by whoever approves it",
		Commands: []string{line("npm stage list", foreign(p.Package), p.at())}}
	if p.Staged == nil {
		s.Notes = append(s.Notes, "the registry shows it to a maintainer's token: set NODE_AUTH_TOKEN, and it is looked at here")
		return s
	}
	for _, one := range p.Staged {
		s.Notes = append(s.Notes, fmt.Sprintf("%s was staged by %s at %s", one.Version, orNobody(one.Actor), shown(one.Created)))
		s.Commands = append(s.Commands, line("npm stage reject", foreign(one.ID), p.at()))
	}
	return s.shown(len(p.Staged) == 0, "nothing waits for an approval")
}

func orNobody(name string) string {
	if name == "" {
		return "somebody whom the registry does not name"
	}
	return name
}

// newest returns the version that was published last.
func (p *plan) newest() (v registry.Publication, ok bool) {
	if n := len(p.History.Releases); n > 0 {
		return p.History.Releases[n-1], true
	}
	return v, false
}
