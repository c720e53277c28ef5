package publish_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
)

// answering answers every document in one way.
type answering struct {
	*told
	code int
	text string
}

func (a *answering) Put(context.Context, string, int64, func() io.ReadCloser) error {
	return status(a.code, a.text)
}

func (a *answering) Stage(context.Context, string, int64, func() io.ReadCloser) (string, error) {
	return "", status(a.code, a.text)
}

// The texts of refusals as users quote them, with what becomes of the run and
// what it says helps.
func TestRemedies(t *testing.T) {
	const bundle = "Error verifying sigstore provenance bundle: "
	for _, c := range []struct {
		name   string
		code   int
		text   string
		road   publish.Road
		bundle bool
		err    string
		says   string
	}{
		{"401", 401, "you must be logged in to publish packages", 0, false, "other", "is the token still valid"},
		{"402", 402, "You must sign up for private packages", 0, false, "other", "publish with -access public"},
		{"403 stage-only publisher", 403, "OIDC permission denied for this action", 0, false, "other", "use -publish stage"},
		{"403 stage-only token", 403, "E_STAGE_REQUIRED: this token may only stage new versions", 0, false, "other", "use -publish stage"},
		{"403 second factor", 403, "Two-factor authentication or granular access token with bypass 2fa enabled is required to publish packages.",
			0, false, "other", "a run has no second factor: use -publish stage"},
		{"403 no maintainer", 403, `You do not have permission to publish "demo". Are you logged in as the correct user?`, 0, false, "other",
			"belongs to somebody else"},
		{"403 no maintainer of stage", 403, `You do not have permission to publish "stage". Are you logged in as the correct user?`, 0, false,
			"other", "belongs to somebody else"},
		{"403 name", 403, "Package name too similar to existing packages demo-1; try renaming your package", 0, false, "other", "under a scope"},
		{"403 without a reason", 403, "", 0, false, "other", "may the token publish this package"},
		{"403 over", 403, "You cannot publish over the previously published versions: 1.0.0.", 0, false, "unknown", "raise the version"},
		{"404", 404, "Not found", 0, false, "other", "may not write to the package"},
		{"409 over", 409, "Cannot publish over existing version", 0, false, "unknown", "raise the version"},
		{"409 staged", 409, `Cannot publish over previously staged version "1.0.0".`, 0, false, "unknown", "npm stage list"},
		{"409 processed", 409, "Failed to save packument. A common cause is if you try to publish a new package before the previous package " +
			"has been fully processed.", 0, false, "other", "run again in a few minutes"},
		{"409 without a reason", 409, "", 0, false, "other", "run again in a few minutes"},
		{"413", 413, "Payload Too Large", 0, false, "other", "publish fewer or smaller files"},
		{"422 private repository", 422, bundle + `Unsupported GitHub Actions source repository visibility: "private". Only public source ` +
			"repositories are supported when publishing with provenance.", 0, true, "other",
			"make the repository public, or publish without provenance"},
		{"422 runner", 422, bundle + `Unsupported GitHub Actions runner environment: "self-hosted". Only "github-hosted" runners are supported ` +
			"when publishing with provenance.", 0, true, "other", "from hosted runners only: run this job on one"},
		{"422 repository.url", 422, bundle + `Failed to validate repository information: package.json: "repository.url" is "", expected to ` +
			"match " +
			`"https://github.com/acme/demo" from provenance`, 0, true, "other", "set `repository` in package.json"},
		{"422 subject", 422, bundle + "Failed to validate subject: it does not match the package", 0, true, "other",
			"this is a fault of this program"},
		{"422 certificate", 422, bundle + "Missing SourceRepositoryRef in signing certificate", 0, true, "other",
			"does the run belong to a branch or tag"},
		{"422 document", 422, "invalid package.json", 0, false, "other", "does not accept the document"},
		{"400", 400, "invalid", 0, false, "other", "400 Bad Request"},
		{"400 with a bundle", 400, "one attachment expected", 0, true, "other", "use -provenance=false"},
		{"stage: 403 publisher", 403, "OIDC permission denied for this action", publish.Staging, false, "other", "may not stage: allow it"},
		{"stage: 404", 404, "Not Found - The specified package does not exist.", publish.Staging, false, "other", "use -publish npm there"},
		{"stage: 405", 405, "", publish.Staging, false, "other", "the registry has no staging"},
		{"stage: 409 published", 409, "Cannot stage previously published version", publish.Staging, false, "unknown", "raise the version"},
		{"stage: 409 staged", 409, "Cannot publish over previously staged version", publish.Staging, false, "unknown",
			"publishgate verify -stage ID"},
		{"stage: 409 conflict", 409, "Conflict - The request could not be completed due to a conflict.", publish.Staging, false, "other",
			"run again in a few minutes"},
		{"stage: 402", 402, "You must sign up for private packages", publish.Staging, false, "other", "publish with -access public"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ball := demo(t)
			p := w.plan(t, ball, publish.Options{Road: c.road, Provenance: c.bundle})
			if c.bundle {
				if err := p.Attach([]byte(bundleOf(subjectOf(ball)))); err != nil {
					t.Fatal(err)
				}
			}
			r := &answering{&told{Client: w.client, listErr: status(http.StatusForbidden, "")}, c.code, c.text}
			out, err := publish.Publish(t.Context(), r, p, allow(t, ball), w.waitFor(0))
			if kindOf(err) != c.err || out.Published != publish.No || !says(err, c.says) {
				t.Errorf("%s, %v", out.Published, err)
			}
		})
	}
}

// What is visible and not as it was sent is told, whatever the registry said
// before.
func TestReadBack(t *testing.T) {
	ball := demo(t)
	yes, no := true, false
	for _, c := range []struct {
		name   string
		access string
		bundle bool
		seed   bool // these bytes were there before
		older  bool // a version with a signature was there before
		told   told
		err    string
		says   string // of the error, else of the warnings
	}{
		{name: "public", access: "public", told: told{public: &yes}},
		{name: "restricted instead of public", access: "public", told: told{public: &no}, err: "mismatch",
			says: `with access "restricted", judged was public`},
		{name: "public instead of restricted", access: "restricted", told: told{public: &yes}, err: "mismatch", says: `with access "public"`},
		{name: "it does not tell", access: "restricted"},
		{name: "nobody asked for an access", told: told{public: &no}},
		{name: "the same bytes, restricted", access: "public", seed: true, told: told{public: &no}, err: "mismatch",
			says: `with access "restricted", judged was public`},
		{name: "the same bytes, public", access: "public", seed: true, told: told{public: &yes}},
		{name: "provenance", bundle: true, told: told{change: func(i *registry.Info) { i.Provenance = true }}},
		{name: "attestations", bundle: true, told: told{change: func(i *registry.Info) { i.Attestations = true }}},
		{name: "no provenance", bundle: true, err: "mismatch", says: "without provenance, expected the bundle that was sent",
			told: told{change: func(i *registry.Info) { i.Provenance, i.Attestations = false, false }}},
		{name: "the registry signs", told: told{change: func(i *registry.Info) { i.Signatures = 1 }}},
		{name: "it signed before and not now", older: true, err: "mismatch", says: "without a signature of its own"},
		{name: "it signed before and now", older: true, told: told{change: func(i *registry.Info) { i.Signatures = 1 }}},
		{name: "no dist-tag at all", told: told{tags: map[string]string{}}, err: "unread", says: "without a single dist-tag"},
		{name: "no dist-tag", told: told{tags: map[string]string{"beta": "1.0.0"}}, err: "mismatch",
			says: `without dist-tag "latest", expected 1.0.0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.seed {
				w.Seed("@acme/demo", "1.0.0", "latest", ball.Bytes)
			}
			c.told.Client = w.client
			p := w.plan(t, ball, publish.Options{Access: c.access, Provenance: c.bundle})
			if c.bundle {
				if err := p.Attach([]byte(bundleOf(subjectOf(ball)))); err != nil {
					t.Fatal(err)
				}
			}
			r := publish.Registry(&c.told)
			if c.older {
				r = &signed{&c.told}
			}
			out, err := publish.Publish(t.Context(), r, p, allow(t, ball), w.waits())
			if kindOf(err) != c.err || !out.Visible || (out.Published == publish.Already) != c.seed || out.Published == publish.No {
				t.Errorf("%+v, %v", out, err)
			}
			if c.err != "" && !says(err, c.says) || c.err == "" && c.says != "" && !contains(out.Warnings, c.says) ||
				c.says == "" && len(out.Warnings) > 0 {
				t.Errorf("%v, warnings %q", err, out.Warnings)
			}
		})
	}
}

// signed is a registry that signed an earlier version.
type signed struct{ *told }

func (s *signed) Brief(ctx context.Context, name, version string) (registry.Brief, bool, error) {
	b, known, err := s.Client.Brief(ctx, name, version)
	b.Signed = true
	return b, known, err
}
