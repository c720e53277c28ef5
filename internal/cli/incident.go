package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/respond"
)

// errSteps says that steps are left. The exit code is that of a block.
var errSteps = errors.New("steps are left")

// incidentCommands plan what is to be done. They send nothing without -execute.
var incidentCommands = []subcommand{
	{"incident package", "[flags] NAME@RANGE", incidentFormats, incidentOptions(incident.Package), runIncident(incident.Package)},
	{"incident token", "[flags] NAME[@RANGE]", incidentFormats, incidentOptions(incident.Token), runIncident(incident.Token)},
	{"incident exposure", "-file PATH|-digest HEX|-secret-from FILE [flags] NAME@RANGE", incidentFormats,
		incidentOptions(incident.Exposure), runIncident(incident.Exposure)},
}

var incidentFormats = []string{"text", "markdown", "json"}

// incidentOptions are the flags of one of them.
func incidentOptions(k incident.Kind) []option {
	list := []option{
		{name: "started", arg: "TIME", does: "when it began, as 2026-11-30 or 2026-11-30T14:05:00Z; without it what the record in -out " +
			"says, else now. The clocks run from then"},
		{name: "out", arg: "DIR", def: "publishgate-incident", does: "the folder of the record, incident.json, and of the drafts; a later " +
			"run reads the record there. One folder for each incident"},
		{name: "done", arg: "LIST", list: true,
			does: "steps that somebody has done, where nothing shows it: " + strings.Join(incident.Steps(k), ", ")},
		{name: "drop", arg: "STEP=WHY", rows: true, does: "a step that is not done, and why; may be repeated"},
		{name: "good", arg: "V", does: "the version that dist-tags go back to; without it the highest below that is not affected, of " +
			"the same line"},
		{name: "message", arg: "TEXT", does: "what the deprecation says; without it a draft"},
		{name: "repository", arg: "OWNER/NAME", does: "the repository at GitHub, for the commands"},
		{name: "execute", def: "false", does: "move the dist-tags and deprecate the versions, and nothing else; with NODE_AUTH_TOKEN or " +
			"NPM_TOKEN, or -npmrc, whose token may be stage-only. Without it nothing is sent"},
		{name: "npmrc", arg: "FILE", does: "the .npmrc in which npm login wrote its token; without it NODE_AUTH_TOKEN or NPM_TOKEN"},
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text, markdown or json"},
		{name: "downloads-url", arg: "URL", does: "where downloads are counted, or none; without it npm's, for npm's own registry"},
		policyOption,
	}
	switch k {
	case incident.Token:
		list = append(list,
			option{name: "since", arg: "TIME", does: "from when on the token may have been misused; without it since it began"},
			option{name: "token", arg: "KIND", does: "what kind of token it is: " + strings.Join(incident.TokenKinds(), ", ") +
				"; without it, everything that one can do is looked at"},
			option{name: "secret-from", arg: "FILE", does: "a file with the token: the registry is asked whether it still accepts it"})
	case incident.Exposure:
		list = append(list,
			option{name: "file", arg: "PATH", does: "what leaked: a path in the tarball, such as dist/.env, or a name in any folder"},
			option{name: "digest", arg: "HEX", does: "what leaked: the SHA-256 of a file, or of a tarball"},
			option{name: "secret-from", arg: "FILE", does: "what leaked: the content of a file, searched for as it is, in JSON, addresses, " +
				"base64, hex and UTF-16"})
	}
	if k != incident.Token {
		list = append(list, option{name: "dependents", arg: "DIR", rows: true,
			does: "a folder of ours whose lockfiles are searched for the versions, or @SCOPE, whose packages at the registry are; " +
				"may be repeated"})
	}
	return append(list, named("registry", "https-proxy", "ca-file", "allow-private-registry", "deadline")...)
}

// An incidentRun is one run of the command.
type incidentRun struct {
	ask        incident.Ask
	wanted     respond.Wanted
	suspect    credential.Secret
	token      credential.Secret
	dependents []string
	execute    bool
	format     string
	net        gate.Net
	downloads  string
	limit      time.Duration
	p          Process
}

// runIncident returns the command of a kind.
func runIncident(k incident.Kind) func(context.Context, Process, *settings, []string) error {
	return func(ctx context.Context, p Process, s *settings, args []string) error {
		r := &incidentRun{p: p, format: s.text("format"), execute: s.truth("execute")}
		r.ask = incident.Ask{Kind: k, Good: s.text("good"), Message: s.text("message"), Repository: s.text("repository"), Out: s.text("out")}
		s.whichVersions(&r.ask, args)
		s.whatWasSaid(&r.ask, p)
		s.whatLeaked(r)
		s.whereToLook(r)
		w := gate.Where{Dir: "."}
		s.policies(&w)
		if err := s.usage(); err != nil {
			return err
		}
		rules, err := gate.PolicyFor(w, r.ask.Package)
		if err != nil {
			return err
		}
		r.ask.Clocks = incident.Clocks(rules.Incident)
		r.ask.Contacts, r.ask.Escalation, r.ask.Owner = rules.About.Contacts, rules.About.Escalation, rules.About.Owner
		ctx, cancel := context.WithTimeoutCause(ctx, r.limit, fmt.Errorf("the deadline of %s has passed", r.limit))
		defer cancel()
		if err = r.run(ctx); err != nil {
			err = &didAct{err} // nothing was there to be let through
		}
		return err
	}
}

// whichVersions reads NAME@RANGE.
func (s *settings) whichVersions(a *incident.Ask, args []string) {
	if len(args) != 1 {
		s.mistake("incident %s takes one NAME@RANGE: publishgate incident %s '@acme/widget@1.2.3 || 1.2.4'", a.Kind, a.Kind)
		return
	}
	name, spec, ranged := args[0], "", false
	if at := strings.Index(strings.TrimPrefix(args[0], "@"), "@"); at >= 0 {
		at += len(args[0]) - len(strings.TrimPrefix(args[0], "@"))
		name, spec, ranged = args[0][:at], strings.TrimSpace(args[0][at+1:]), true
	}
	if err := npm.ValidName(name); err != nil {
		s.mistake("%q: %s", name, err)
	}
	if !ranged && a.Kind == incident.Token {
		spec, ranged = "*", true
	}
	if _, err := npm.ParseRange(spec); err != nil || spec == "" || !incident.Quotable(spec) {
		s.mistake("%q names no versions: write %s@RANGE, as in %s@1.2.3 or '%s@>=1.2.0 <1.3.0'", args[0], name, name, name)
	}
	a.Package, a.Range = name, spec
}

// whatWasSaid reads when it began, what is done, and what commands are made of.
func (s *settings) whatWasSaid(a *incident.Ask, p Process) {
	a.Started = s.moment("started", p.Now())
	known := incident.Steps(a.Kind)
	step := func(flag, name string) {
		if !slices.Contains(known, name) {
			s.mistake("-%s %q: incident %s has no such step%s; it has %s", flag, name, a.Kind, meant(name, known), strings.Join(known, ", "))
		}
	}
	a.Done, a.Dropped = s.list("done"), map[string]string{}
	for _, name := range a.Done {
		step("done", name)
	}
	for _, row := range s.rows("drop") {
		name, why, _ := strings.Cut(row, "=")
		if step("drop", name); strings.TrimSpace(why) == "" {
			s.mistake("-drop %q: say why, as in -drop %s=\"WHY\"", row, cmp.Or(name, known[0]))
		}
		if a.Dropped[name] = strings.TrimSpace(why); slices.Contains(a.Done, name) {
			s.mistake("step %q cannot be both done and dropped", name)
		}
	}
	if _, err := npm.ParseVersion(a.Good); a.Good != "" && err != nil {
		s.mistake("-good %q is no version", a.Good)
	}
	if a.Message != "" && !incident.Quotable(a.Message) {
		s.mistake("-message is to be one line of at most 512 bytes that is shown as it is, and does not begin with a dash")
	}
	if owner, name, ok := strings.Cut(a.Repository, "/"); a.Repository != "" && (!ok || !plainName(owner) || !plainName(name)) {
		s.mistake("-repository %q: expected OWNER/NAME", a.Repository)
	}
}

// plainName reports whether a text can be the name of an owner or repository at
// GitHub.
func plainName(s string) bool {
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._", r))
	})
}

// moment reads a time that is over.
func (s *settings) moment(name string, now time.Time) time.Time {
	text := s.text(name)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		at, err := time.Parse(layout, text)
		switch {
		case err != nil:
			continue
		case at.After(now):
			s.mistake("-%s %s is in the future", name, text)
		}
		return at.UTC().Truncate(time.Second)
	}
	s.mistake("-%s %q is no time such as 2026-11-30 or 2026-11-30T14:05:00Z", name, text)
	return time.Time{}
}

// whatLeaked reads the token or the bytes that leaked. Nothing secret is ever on the
// command line, which other programs see.
func (s *settings) whatLeaked(r *incidentRun) {
	switch r.ask.Kind {
	case incident.Token:
		r.ask.Since = s.moment("since", r.p.Now())
		r.ask.TokenKind = s.word("token", incident.TokenKinds()...)
		r.suspect = s.secretFrom(r.p, 1)
		if strings.ContainsFunc(r.suspect.Reveal(), func(c rune) bool { return c <= ' ' || c > '~' }) {
			s.mistake("-secret-from holds characters that no token has: the file is to have the token and nothing else")
		}
	case incident.Exposure:
		r.wanted.Path = s.text("file")
		r.wanted.SHA256, r.wanted.Bytes = s.sha256("digest"), s.secretFrom(r.p, respond.MinSecret)
		if !r.wanted.Any() && s.values["secret-from"] == "" {
			s.mistake("say what leaked: -file PATH, -digest HEX or -secret-from FILE")
		}
	}
}

// secretFrom reads the file with what leaked, of at least so many bytes, and keeps
// it out of all output.
func (s *settings) secretFrom(p Process, least int) credential.Secret {
	file := s.text("secret-from")
	if file == "" {
		return credential.Secret{}
	}
	data, ok := s.file("secret-from", file, respond.MaxSecret)
	if !ok {
		return credential.Secret{}
	}
	secret := credential.New(string(data))
	if len(secret.Reveal()) < least {
		s.mistake("-secret-from %s holds fewer than %d bytes: so little is found everywhere", file, least)
	}
	p.secrets.learn(secret.Reveal())
	return secret
}

// whereToLook reads the registry and the credential.
func (s *settings) whereToLook(r *incidentRun) {
	address := cmp.Or(s.text("registry"), npm.PublicRegistry)
	r.ask.Registry = address
	if base, err := registry.ParseURL(address); err == nil {
		r.ask.Registry = base.String()
	}
	r.token = s.deprecator(r.p, address, r.execute, "-execute", "without it nothing is sent, and a public package needs none")
	if s.index("dependents") >= 0 {
		for _, one := range s.rows("dependents") {
			if strings.HasPrefix(one, "@") && npm.ValidName(one+"/x") != nil {
				s.mistake("-dependents %q is neither a folder nor a scope", one)
			}
			r.dependents = append(r.dependents, one)
		}
	}
	if s.text("downloads-url") != "none" {
		r.downloads = s.downloadsFor(r.ask.Registry)
	}
	r.limit = s.span("deadline")
	r.net = gate.Net{Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Now: r.p.Now, Resolver: r.p.Resolver, Registry: address,
		AllowPrivate: s.truth("allow-private-registry"), Credentialed: r.token.Given() || r.suspect.Given(), Observe: newVoice(r.p).log(r.p).Sent}
}
