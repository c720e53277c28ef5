package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// errNotKept says that the person did not say yes. The exit code is that of a
// block.
var errNotKept = errors.New("no record was written")

// reviewOptions are the flags of review.
func reviewOptions() []option {
	return append([]option{
		{name: "dir", arg: "DIR", def: ".", does: "the package's folder"},
		{name: "o", arg: "FILE", does: "where the record goes, which must not exist; without it reviews/NAME-DATE.json in the folder"},
		{name: "npmrc", arg: "FILE", does: "the .npmrc in which npm login wrote its token; without it NODE_AUTH_TOKEN or NPM_TOKEN"},
		policyOption,
	}, named("registry", "https-proxy", "ca-file", "allow-private-registry", "deadline")...)
}

// runReview asks the registry, in a person's login, what only a login is shown. It
// shows the answers, and writes the record that a review of the policy names as its
// evidence, after a yes.
func runReview(ctx context.Context, p Process) error {
	v, names, mistakes := parseArgs(p.Args, reviewOptions())
	s := &settings{values: v, known: reviewOptions(), mistakes: mistakes}
	if len(names) != 1 {
		s.mistake("review takes the name of one review of the policy file: publishgate review tokens")
	}
	if ci := p.Getenv("CI"); ci != "" && ci != "false" || p.Getenv("GITHUB_ACTIONS") != "" {
		s.mistake("a review is what a person looks at, and this is CI (CI or GITHUB_ACTIONS is set): run it at your own machine, after npm login")
	}
	if !isPerson(p.Stdin) {
		s.mistake("review asks whether to write the record: standard input must be a terminal")
	}
	address := cmp.Or(s.text("registry"), npm.PublicRegistry)
	token := s.maintainer(p, address, "without a login there is nothing to see")
	dir := cmp.Or(s.text("dir"), ".")
	w := gate.Where{Dir: dir}
	s.policies(&w)
	limit := s.span("deadline")
	net := gate.Net{Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Now: p.Now, Resolver: p.Resolver, Registry: address,
		AllowPrivate: s.truth("allow-private-registry"), Credentialed: true, Observe: newVoice(p).log(p).Sent}
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	name := names[0]
	review, about, err := gate.FindReview(w, name)
	if err != nil {
		return err
	}
	today := p.Now().UTC().Format(time.DateOnly)
	file := cmp.Or(s.text("o"), filepath.Join(dir, "reviews", name+"-"+today+".json"))
	if _, err := os.Lstat(file); err == nil {
		return &UsageError{[]string{fmt.Sprintf("%s exists already and is not overwritten: name another with -o", file)}}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	transport, err := gate.NewTransport(net)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	client, err := registry.New(registry.Options{Registry: address, Transport: transport, Now: p.Now, Token: token})
	if err != nil {
		return err
	}
	person := newPerson(p)
	record, err := (&asking{client: client, person: person}).record(ctx, about)
	if err != nil {
		return err
	}
	record.Review, record.Date, record.By, record.Registry = name, today, review.By, client.URL()
	data, err := display.NewEncoder().Append(nil, record, 0)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if _, err := p.Stdout.Write(data); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	if answer, _ := person.ask(ctx, "Is this as it should be? Write it to "+file+"? [y/N] "); !strings.EqualFold(answer, "y") &&
		!strings.EqualFold(answer, "yes") {
		return errNotKept
	}
	if err := p.deliver(data, file); err != nil {
		return err
	}
	newPrinter(p.Stderr).Printf("written: %s; commit it, and write into reviews.%s of the policy file:", file, name)
	kept := path.Clean(filepath.ToSlash(within(dir, file)))
	(&display.Printer{Out: p.Stderr}).Printf(`  done: %s, evidence: "%s sha256:%x"`, today, kept, sha256.Sum256(data))
	return nil
}

// within returns a file's path from the package's folder, where it is below it.
func within(dir, file string) string {
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}
