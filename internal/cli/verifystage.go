package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
)

// A stage is a staged version that somebody is about to approve.
type stage struct {
	id            string
	name, version string // that it must be of; empty: any
	evidence      folder // with the signed verdict; empty: the repository's attestations
	tag           string // that is expected; empty: the one that was judged
	token         credential.Secret

	// What was found.
	staged registry.Staged
	public bool // it was approved meanwhile
	info   registry.Info
	judged verify.Judgement
	differ []string // what differs from the judged tarball, a line each
}

// defaultEvidence is the folder of evidence where none is named.
const defaultEvidence = "publishgate-out"

// stage reads the flags of verify -stage.
func (s *settings) stage(p Process, what []string, v *verification) subject {
	w := &stage{id: s.text("stage"), evidence: folder(s.text("evidence")), tag: s.text("tag")}
	if !registry.IsStageID(w.id) {
		s.mistake("-stage %q: %s", w.id, registry.ErrStageID)
	}
	if len(what) > 0 {
		var ok bool
		if w.name, w.version, ok = cutVersion(what[0]); !ok || len(what) > 1 {
			s.mistake("beside -stage goes one NAME@VERSION, the one that you expect; a folder of evidence is named by -evidence")
		}
	}
	for _, name := range []string{"bundle", "predicate-type"} {
		if s.text(name) != "" {
			s.mistake("-%s is for files: -stage verifies the verdict in -evidence, or in the attestations of -repository", name)
		}
	}
	if v.offline {
		s.mistake("-offline does not go with -stage: what is staged is read from its registry")
	}
	if w.evidence == "" && v.owner == "" {
		w.evidence = defaultEvidence
	}
	if info, err := os.Stat(string(w.evidence)); w.evidence != "" && (err != nil || !info.IsDir()) {
		s.mistake("-stage needs the signed verdict: there is no folder %s; name it with -evidence DIR, or -repository OWNER/NAME at "+
			"GitHub, where attestations are stored", display.Text(string(w.evidence)))
	}
	w.token = s.maintainer(p, cmp.Or(v.registry, npm.PublicRegistry), "what is staged is shown to maintainers alone")
	return w
}

// maintainer returns the token that reads what is staged.
func (s *settings) maintainer(p Process, address, whose string) credential.Secret {
	token, given := s.login(p, address)
	if !given {
		s.mistake("%s: give a token in NODE_AUTH_TOKEN or NPM_TOKEN, or by -npmrc the file in which npm login wrote one", whose)
	}
	return token
}

// login returns the token of -npmrc, or of the environment. A mistake in the file
// counts as given: it is told.
func (s *settings) login(p Process, address string) (token credential.Secret, given bool) {
	if base, err := registry.ParseURL(address); err == nil {
		address = base.String()
	}
	if file := s.text("npmrc"); file != "" {
		data, ok := s.file("npmrc", file, npm.MaxNPMRC)
		token, err := npm.AuthToken(data, address)
		switch {
		case err != nil:
			s.mistake("-npmrc: %s", err)
		case ok && token == "":
			s.mistake("-npmrc %s has no token for %s: npm login writes one", file, address)
		}
		if token != "" {
			p.secrets.learn(token)
		}
		return credential.New(token), true
	}
	token = s.registryToken(p)
	if _, rest, _ := strings.Cut(address, ":"); !token.Given() {
		token = registryTokens(p.Env)[rest]
	}
	return token, token.Given()
}

func (w *stage) bundles(ctx context.Context, p Process, v verification, transport http.RoundTripper) ([]*verify.Bundle, error) {
	if w.evidence == "" {
		return nil, nil
	}
	return w.evidence.bundles(ctx, p, v, transport)
}

// verify reads the stage and holds it against the signed verdict.
func (w *stage) verify(ctx context.Context, p Process, v verification, transport http.RoundTripper) ([]verify.Check, error) {
	var evidence *verify.Evidence
	var judged []byte
	if w.evidence != "" {
		var err error
		if evidence, err = w.evidence.open(); err != nil {
			return nil, err
		}
		name, version, data := evidence.Package()
		judged = data
		if w.name == "" {
			w.name, w.version = name, version
		}
	}
	client, err := registry.New(registry.Options{Registry: cmp.Or(v.registry, npm.PublicRegistry), Transport: transport, Now: p.Now,
		Token: w.token})
	if err != nil {
		return nil, err
	}
	got, checks, err := w.read(ctx, client)
	if err != nil || len(checks) > 0 {
		return checks, err
	}
	trust := newTrust(&v)
	if evidence != nil {
		for _, b := range evidence.Bundles() {
			if err := trust.Need(ctx, b); err != nil {
				return nil, err
			}
		}
		checks, w.judged = got.VerifyEvidence(evidence, w.tag, verify.Want{Identity: v.who, Key: v.key}, v.summary, trust.Roots()...)
		w.differ = difference(judged, got.Tarball)
		return w.manifest(ctx, client, got, checks)
	}
	stored, err := w.stored(ctx, p, v, got.Tarball, trust, transport)
	if err != nil {
		return nil, err
	}
	checks, w.judged = got.VerifyStored(stored, w.tag, v.who, v.summary, trust.Roots()...)
	return w.manifest(ctx, client, got, checks)
}

// stored gets the attestations that the repository stores about the bytes.
func (w *stage) stored(ctx context.Context, p Process, v verification, data []byte, t *trust, transport http.RoundTripper) (
	verify.Stored, error) {
	bundles, err := github.Attestations(ctx, gitHub(p, transport), v.owner, v.name, verify.Artifact{Bytes: data}.Digest())
	if err != nil {
		return verify.Stored{Unread: err}, ctx.Err()
	}
	if err := t.NeedAll(ctx, bundles...); err != nil {
		return verify.Stored{}, err
	}
	return verify.Stored{Bundles: bundles}, nil
}

// read reads what is staged, or what is published if it was approved meanwhile.
// Checks are returned in its place where there is nothing to hold against the
// verdict.
func (w *stage) read(ctx context.Context, client *registry.Client) (*verify.Stage, []verify.Check, error) {
	s, found, err := client.Staged(ctx, w.id)
	switch {
	case err != nil:
		return nil, nil, w.explain(err)
	case !found:
		return w.approved(ctx, client)
	case w.name != "" && (s.Name != w.name || s.Version != w.version):
		return nil, w.decided(verify.Failed, "package", w.name+"@"+w.version, s.Name+"@"+s.Version), nil
	}
	w.staged, w.name, w.version = s, s.Name, s.Version
	switch s.Status {
	case "", "staged", "pending", "validating":
	case "approved", "published":
		return w.approved(ctx, client)
	case "rejected", "deleted", "blocked":
		return nil, w.decided(verify.Failed, "status", "staged", s.Status), nil
	default:
		return nil, w.decided(verify.Unknown, "status", "staged or validating", "a word that is not known here: "+s.Status), nil
	}
	data, err := client.StagedTarball(ctx, w.id, maxArtifact)
	var status *registry.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return w.approved(ctx, client) // since it was shown
	}
	if err != nil {
		return nil, nil, w.explain(err)
	}
	return &verify.Stage{Name: s.Name, Version: s.Version, PURL: npm.PURLOf(s.Name, s.Version), Registry: client.URL(), Tag: s.Tag,
		Access: s.Access, Shasum: s.Shasum, Integrity: s.Integrity, Tarball: data}, nil, nil
}

// approved reads the published version.
func (w *stage) approved(ctx context.Context, client *registry.Client) (*verify.Stage, []verify.Check, error) {
	if w.name == "" {
		return nil, nil, fmt.Errorf("the registry has no staged version %s: it was approved or rejected meanwhile, or is not for this "+
			"token to see; name the version beside it, as in publishgate verify -stage %s NAME@VERSION, to look at what is published",
			w.id, w.id)
	}
	info, found, err := client.Version(ctx, w.name, w.version)
	if err != nil {
		return nil, nil, err
	}
	if !found {
		checks, err := w.neither(ctx, client)
		return nil, checks, err
	}
	tags, _, err := client.DistTags(ctx, w.name)
	if err != nil {
		return nil, nil, err
	}
	public, told, err := client.Visibility(ctx, w.name)
	if err != nil {
		return nil, nil, err
	}
	data, err := client.Served(ctx, info, maxArtifact)
	if err != nil {
		return nil, nil, err
	}
	w.public, w.info = true, info
	return &verify.Stage{Name: w.name, Version: w.version, PURL: npm.PURLOf(w.name, w.version), Registry: client.URL(),
		Access: access(public, told), Shasum: info.Shasum, Integrity: info.Integrity, Tarball: data,
		Public: true, Tags: tags, Later: w.later}, nil, nil
}

// access returns the word for what everybody may read; empty: the registry does
// not tell.
func access(public, told bool) string {
	switch {
	case !told:
		return ""
	case public:
		return "public"
	}
	return "restricted"
}

// later reports whether another version is a later one.
func (w *stage) later(other string) bool {
	mine, err := npm.ParseVersion(w.version)
	theirs, bad := npm.ParseVersion(other)
	return err == nil && bad == nil && mine.Compare(theirs) < 0
}

// neither says what became of a stage that is gone, and whose version is not
// published.
func (w *stage) neither(ctx context.Context, client *registry.Client) ([]verify.Check, error) {
	const expected = "a staged version"
	if others, err := client.StagedOf(ctx, w.name); err == nil { // the list is a help, no more
		for _, other := range others {
			if other.Version == w.version && other.ID != w.id {
				return w.decided(verify.Failed, "status", expected, "none of this id: the version waits under another, "+other.ID), nil
			}
		}
	}
	state, told, err := client.State(ctx, w.name, w.version)
	switch {
	case err != nil:
		return nil, err
	case !told:
		return w.decided(verify.Failed, "status", expected, "none of this id, and no published one: it was rejected, or is not for this "+
			"token to see"), nil
	case state == "published" || state == "validating":
		return w.decided(verify.Unknown, "status", expected, "approved ("+state+"), and not visible yet: run again, it settles"), nil
	case state == "staged":
		return w.decided(verify.Failed, "status", expected, "none of this id: the version waits under another, npm stage list "+w.name), nil
	case state == "blocked" || state == "deleted":
		return w.decided(verify.Failed, "status", expected, state), nil
	}
	return w.decided(verify.Unknown, "status", expected, "a word that is not known here: "+state), nil
}

// decided returns the one check where nothing else was to be looked at.
func (w *stage) decided(state verify.State, name, expected, found string) []verify.Check {
	return []verify.Check{{Name: name, About: "stage " + w.id, Expected: expected, Found: found, State: state}}
}

// explain adds what to do about a registry that shows nothing.
func (w *stage) explain(err error) error {
	var status *registry.StatusError
	if errors.As(err, &status) && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden) {
		return fmt.Errorf("%w; only the token of a maintainer reads what is staged: a trusted publisher's cannot, and that of npm login "+
			"ends after two hours", err)
	}
	return err
}

// title names the version for people.
func (w *stage) title() string { return display.Text(w.name + "@" + w.version) }
