package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// errNoneCovered says that there is no version to deprecate. The exit code is that
// of a block.
var errNoneCovered = errors.New("nothing was deprecated")

// deprecateOptions are the flags of deprecate.
func deprecateOptions() []option {
	return append([]option{
		{name: "message", arg: "TEXT", does: "what everybody is told who installs such a version, in one line; an empty one takes the " +
			"deprecation back. With -standing the policy's, unless it is given"},
		{name: "dry-run", def: "false", does: "list the versions and what would be written; write nothing, no credential is needed"},
		{name: "including-latest", def: "false", does: "deprecate the one version that is named although the dist-tag latest is on it, or " +
			"although it was just published"},
		{name: "standing", def: "false", does: "in place of NAME@RANGE: the versions of ended lines that are not deprecated yet, by the " +
			"package's list of supported versions (versions of the policy)"},
		{name: "dir", arg: "DIR", def: ".", does: "the package's folder, for -standing"},
		policyOption,
		{name: "npmrc", arg: "FILE", does: "the .npmrc in which npm login wrote its token; without it NODE_AUTH_TOKEN or NPM_TOKEN"},
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text or json"},
	}, named("registry", "https-proxy", "ca-file", "allow-private-registry", "deadline")...)
}

// A deprecating is one run of deprecate.
type deprecating struct {
	request deprecation.Request
	what    string // the range, or what -standing covers
	dryRun  bool
	json    bool
	out     io.Writer
	say     *display.Printer
}

// runDeprecate lists the versions that a range covers, writes the message, and reads
// back until the registry shows it.
func runDeprecate(ctx context.Context, p Process) error {
	say := newVoice(p)
	v, args, mistakes := parseArgs(p.Args, deprecateOptions())
	say.begin(p, v["format"])
	s := &settings{values: v, known: deprecateOptions(), mistakes: mistakes}
	d := deprecating{dryRun: s.truth("dry-run"), json: s.word("format", "text", "json") == "json", out: p.Stdout, say: newPrinter(say.out)}
	w := gate.Where{Dir: cmp.Or(s.text("dir"), ".")}
	s.policies(&w)
	s.deprecation(&d, args)
	address := cmp.Or(s.address("registry"), npm.PublicRegistry)
	if _, err := registry.ParseURL(address); err != nil {
		s.mistake("-registry: %s", err)
	}
	token := s.deprecator(p, address, !d.dryRun, "to deprecate", "-dry-run needs none")
	limit := s.span("deadline")
	net := gate.Net{Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Now: p.Now, Resolver: p.Resolver, Registry: address,
		AllowPrivate: s.truth("allow-private-registry"), Credentialed: token.Given(), Observe: say.log(p).Sent}
	if err := s.usage(); err != nil {
		return err
	}
	d.request.Now = p.Now()
	if s.truth("standing") {
		ended, err := gate.FindEnded(w, d.request.Now)
		if err != nil {
			return err
		}
		d.standing(ended, v)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	transport, err := gate.NewTransport(net)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	client, err := registry.New(registry.Options{Registry: address, Transport: transport, Now: p.Now, Token: token,
		UserAgent: "publishgate/" + Version()})
	if err != nil {
		return err
	}
	return d.run(ctx, client, deprecation.Ways{Code: askCode(p)})
}

// deprecation reads what is deprecated, and with which message.
func (s *settings) deprecation(d *deprecating, args []string) {
	message, given := s.values["message"]
	standing := s.truth("standing")
	if given && s.plain("message", message) {
		if err := npm.CheckDeprecation(message); err != nil {
			s.mistake("-message: %s", err)
		}
	} else if !given && !standing {
		s.mistake("deprecate wants -message TEXT: what everybody is told who installs such a version")
	}
	d.request.Message, d.request.IncludingLatest = message, s.truth("including-latest")
	for _, name := range []string{"dir", "policy"} {
		if _, set := s.values[name]; set && !standing {
			s.mistake("-%s goes with -standing", name)
		}
	}
	switch {
	case standing && (len(args) > 0 || d.request.IncludingLatest):
		s.mistake("-standing takes neither NAME@RANGE nor -including-latest: the package's own list says which versions")
	case standing && given && message == "":
		s.mistake("-standing deprecates, and an empty -message takes deprecations back: name the versions")
	case standing:
	case len(args) != 1:
		s.mistake("deprecate takes one NAME@RANGE, as \"@acme/widget@<1.2.3\"; quote it, so that the shell leaves < and > alone")
	default:
		s.covered(d, args[0])
	}
}

// covered reads NAME@RANGE.
func (s *settings) covered(d *deprecating, arg string) {
	at := -1
	if len(arg) > 0 {
		at = strings.IndexByte(arg[1:], '@') + 1
	}
	if at < 1 || strings.TrimSpace(arg[at+1:]) == "" {
		s.mistake("%s names no versions: NAME@RANGE, and all of them are NAME@*", display.Text(arg))
		return
	}
	name, text := arg[:at], strings.TrimSpace(arg[at+1:])
	var err error
	if d.request.Covers, d.request.Exactly, err = deprecation.Of(text); err != nil {
		s.mistake("%s is no range of versions (a dist-tag is none): %s", display.Text(text), err)
	}
	if !registry.Addressable(name) {
		s.mistake("%s is no name of a package", display.Text(name))
	}
	if d.request.IncludingLatest && d.request.Exactly == "" && err == nil {
		s.mistake("-including-latest is for one version: %s@1.2.3, and not a range", display.Text(name))
	}
	d.request.Name, d.what = name, text
}

// standing completes the request with the versions of ended lines.
func (d *deprecating) standing(ended *gate.Ended, v values) {
	d.request.Name, d.request.Covers, d.request.Standing, d.request.Keeps = ended.Name, ended.Covers, true, true
	d.what = "a line that " + ended.File + " says has ended"
	if _, given := v["message"]; !given {
		d.request.Message = ended.Message
	}
}

// deprecator returns the token that deprecates, if there is one. Where it is needed
// and there is none, that is said before anything is asked: what needs it, and what
// needs none.
func (s *settings) deprecator(p Process, address string, needed bool, what, otherwise string) credential.Secret {
	token, given := s.login(p, address)
	if given || !needed {
		return token
	}
	const can = "what can: a granular token that may write, and one that only stages is enough, in NODE_AUTH_TOKEN or NPM_TOKEN; or a " +
		"maintainer after npm login, with -npmrc FILE"
	if p.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" || p.Getenv("NPM_ID_TOKEN") != "" {
		s.mistake("%s: npm lets no OIDC token deprecate, and this job has no other credential; nothing was asked; %s", what, can)
	} else {
		s.mistake("%s needs a credential that may write; %s; %s", what, can, otherwise)
	}
	return token
}

// run looks, lists, writes and tells.
func (d *deprecating) run(ctx context.Context, client *registry.Client, ways deprecation.Ways) error {
	plan, err := deprecation.Look(ctx, client, d.request)
	if err != nil {
		return &didAct{fmt.Errorf("nothing was written: %w", d.advised(err))}
	}
	if !d.json {
		if err := d.list(plan, client.URL()); err != nil {
			return err
		}
	}
	if !d.dryRun {
		err = plan.Write(ctx, ways)
	}
	for _, note := range plan.Notes {
		d.say.Printf("%s", note)
	}
	if told := d.tell(plan, client.URL(), err); told != nil {
		return told
	}
	if err != nil {
		return &didAct{d.advised(err)}
	}
	return d.none(plan)
}

// none returns the error that there was nothing to deprecate.
func (d *deprecating) none(p *deprecation.Plan) error {
	left := p.In(deprecation.LeftOut)
	if len(left) > 0 && !d.request.Standing {
		last := left[len(left)-1]
		d.say.Hint("to deprecate %s all the same, name that one alone: publishgate deprecate -including-latest \"%s@%s\" -message …",
			last, d.request.Name, last)
	}
	switch {
	case len(p.Versions) == 0 && !d.request.Standing:
		return fmt.Errorf("%w: none of the %d versions of %s is in %s", errNoneCovered, p.Of, d.request.Name, d.what)
	case len(left) > 0 && len(left) == len(p.Versions):
		return fmt.Errorf("%w: what is covered was left out, see the list", errNoneCovered)
	}
	return nil
}

// advised adds to an error what can be done about it.
func (d *deprecating) advised(err error) error {
	var denied *deprecation.DeniedError
	var status *registry.StatusError
	switch {
	case errors.As(err, &denied) && denied.Code:
		return fmt.Errorf("nothing was written: %w; %s", err, denied.Advice())
	case errors.As(err, &denied):
		return fmt.Errorf("nothing was written: this credential may not deprecate %s: %w; %s", d.request.Name, err, denied.Advice())
	case errors.Is(err, deprecation.ErrNoPackage):
		return fmt.Errorf("%w: is %s the right name, and may the token read it?", err, d.request.Name)
	case errors.As(err, &status) && (status.Status == 401 || status.Status == 403):
		return fmt.Errorf("%w; is the token of this registry, and has it not expired?", err)
	}
	return err
}

// A didAct is the error of a command that acts at a registry, and tells itself what
// it did and did not.
type didAct struct{ error }

// Unwrap returns the wrapped error.
func (e *didAct) Unwrap() error { return e.error }
