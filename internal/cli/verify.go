package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/verify"
)

var (
	// errNotAuthentic means that a check failed.
	errNotAuthentic = errors.New("not authentic")
	errNotLooked    = errors.New("some of it could not be looked at")
	errLargeBundle  = fmt.Errorf("it is larger than %d MB", maxBundleFile>>20)
)

const (
	maxBundleFile = 32 << 20
	maxArtifact   = 512 << 20
)

// runVerify verifies files, a directory of evidence, or a published version.
func runVerify(ctx context.Context, p Process) error {
	values, what, mistakes := parseArgs(p.Args, verifyOptions())
	s := &settings{values: values, known: verifyOptions(), mistakes: mistakes}
	v := s.verification(p)
	limit := s.span("deadline")
	net := gate.Net{Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Now: p.Now, Resolver: p.Resolver,
		Registry: cmp.Or(v.registry, npm.PublicRegistry), AllowPrivate: s.truth("allow-private-registry"),
		Observe: newVoice(p).log(p).Sent}
	_, net.Credentialed = s.values["stage"]
	limit += v.wait
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	transport, err := gate.NewTransport(net)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	v.tuf.Transport = transport

	subject, err := s.subject(p, what, &v)
	if err != nil {
		return err
	}
	for _, name := range []string{"integrity", "wait"} {
		if _, ok := subject.(published); !ok && subject != nil && s.text(name) != "" {
			s.mistake("-%s goes with NAME@VERSION", name)
		}
	}
	if len(s.mistakes) > 0 || v.key == nil && v.who == nil {
		return s.unidentified(ctx, p, v, subject, transport)
	}
	checks, err := subject.verify(ctx, p, v, transport)
	if err != nil {
		return err
	}
	if w, ok := subject.(*stage); ok {
		return w.tell(p, v, checks)
	}
	return tellChecks(p, v, what, checks)
}

// A subject is what is verified.
type subject interface {
	// verify runs the checks.
	verify(ctx context.Context, p Process, v verification, transport http.RoundTripper) ([]verify.Check, error)
	// bundles returns those bundles that can be read, to show who signed them.
	bundles(ctx context.Context, p Process, v verification, transport http.RoundTripper) ([]*verify.Bundle, error)
}

// subject returns what the arguments name. It returns nil only if it noted a
// mistake.
func (s *settings) subject(p Process, what []string, v *verification) (subject, error) {
	if _, given := s.values["stage"]; given {
		return s.stage(p, what, v), nil
	}
	for _, name := range []string{"evidence", "tag", "npmrc"} {
		if s.text(name) != "" {
			s.mistake("-%s goes with -stage", name)
		}
	}
	if len(what) == 0 {
		s.mistake("verify wants what to verify: files, a folder of evidence, NAME@VERSION, or -stage ID")
		return nil, nil
	}
	info, err := os.Stat(what[0])
	switch {
	case err == nil && info.IsDir():
		if len(what) > 1 {
			s.mistake("one folder at a time, but %d were given", len(what))
		}
		if v.bundle != "" {
			s.mistake("-bundle goes with a file; in a folder of evidence the bundles are beside the files")
		}
		if v.predicate != "" {
			s.mistake("-predicate-type goes with a file; of a folder everything is verified")
		}
		return folder(what[0]), nil
	case err == nil:
		if len(what) > 1 && v.bundle != "" {
			s.mistake("-bundle goes with one file, but %d were given", len(what))
		}
		return files(what), nil
	}
	name, version, ok := cutVersion(what[0])
	if !ok || len(what) > 1 || strings.Contains(strings.TrimPrefix(name, "@"), ".tgz") {
		s.mistake("there is no file %q, and it is no NAME@VERSION", what[0])
		return nil, nil
	}
	if v.offline {
		s.mistake("-offline does not go with %s@%s: it is read from its registry", name, version)
	}
	if v.key != nil || v.bundle != "" || v.predicate != "" {
		s.mistake("-key, -bundle and -predicate-type are for files")
	}
	return published{name, version}, nil
}

// cutVersion splits NAME@VERSION.
func cutVersion(text string) (name, version string, ok bool) {
	at := strings.LastIndex(text, "@")
	if at <= 0 {
		return "", "", false
	}
	name, version = text[:at], text[at+1:]
	_, err := npm.ParseVersion(version)
	return name, version, err == nil && npm.ValidName(name) == nil
}

// files are files that each have a bundle.
type files []string

func (f files) verify(ctx context.Context, _ Process, v verification, _ http.RoundTripper) ([]verify.Check, error) {
	var checks []verify.Check
	trust := newTrust(&v)
	for _, path := range f {
		data, err := disk.ReadNamed(path, maxArtifact)
		if err != nil {
			return nil, err
		}
		at, bundle, err := v.read(path)
		if errors.Is(err, errLargeBundle) {
			checks = append(checks, verify.Unreadable(at, err))
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := verify.ParseBundles(bundle)
		if err != nil {
			checks = append(checks, verify.Unreadable(at, err))
			continue
		}
		more, err := trust.verify(ctx, at, found, verify.Artifact{Bytes: data})
		if err != nil {
			return nil, err
		}
		checks = append(checks, more...)
	}
	return checks, nil
}

func (f files) bundles(_ context.Context, _ Process, v verification, _ http.RoundTripper) (all []*verify.Bundle, err error) {
	for _, path := range f {
		_, data, err := v.read(path)
		if err != nil {
			return all, err
		}
		found, err := verify.ParseBundles(data)
		if err != nil {
			return all, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// read reads the bundle of a file. at is the path it was found at.
func (v verification) read(path string) (at string, data []byte, err error) {
	if at = v.bundle; at == "" {
		at = path + verify.BundleSuffix
	}
	if info, err := os.Stat(at); err == nil && info.Size() > maxBundleFile {
		return at, nil, errLargeBundle
	}
	data, err = disk.ReadNamed(at, maxBundleFile)
	if errors.Is(err, os.ErrNotExist) && v.bundle == "" {
		return at, nil, fmt.Errorf("%w: %s has no bundle beside it: there is no %s; name it with -bundle", gate.ErrUsage,
			display.Text(path), display.Text(at))
	}
	return at, data, err
}

// folder is a directory of evidence.
type folder string

func (f folder) open() (*verify.Evidence, error) {
	root, err := os.OpenRoot(string(f)) // a link cannot lead out of it
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return verify.ReadEvidence(root.FS())
}

func (f folder) verify(ctx context.Context, _ Process, v verification, _ http.RoundTripper) ([]verify.Check, error) {
	evidence, err := f.open()
	if err != nil {
		return nil, err
	}
	trust := newTrust(&v)
	for _, b := range evidence.Bundles() {
		if err := trust.Need(ctx, b); err != nil {
			return nil, err
		}
	}
	return evidence.Verify(verify.Want{Identity: v.who, Key: v.key, PredicateType: v.predicate}, v.summary, trust.Roots()...), nil
}

func (f folder) bundles(context.Context, Process, verification, http.RoundTripper) (all []*verify.Bundle, err error) {
	evidence, err := f.open()
	if err != nil {
		return nil, err
	}
	for _, b := range evidence.Bundles() {
		all = append(all, b)
	}
	return all, nil
}
