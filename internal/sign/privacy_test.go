package sign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestInstance: what is not public is never signed by a public Sigstore, unless
// that was asked for in so many words.
func TestInstance(t *testing.T) {
	private := githubClaims(map[string]any{"repository_visibility": "private"})
	enterprise := githubClaims(map[string]any{"repository_visibility": "private", "enterprise": "acme-corp"})
	internal := githubClaims(map[string]any{"repository_visibility": "internal"})
	gitlab := func(visibility any) map[string]any {
		return map[string]any{"iss": "https://gitlab.com", "project_path": "a/b", "project_visibility": visibility}
	}
	const refused = Instance(-1)
	byVisibility := Config{Instance: ByVisibility, Server: "https://github.com"}
	with := func(c Config, change func(*Config)) Config { change(&c); return c }
	restricted := func(c *Config) { c.Restricted = true }
	own := rootWithLogs(t, "https://r.example.com", "")
	ownConfig := Config{Fulcio: "https://f.example.com", Rekor: []Log{{"https://r.example.com", 1}}, TrustedRoot: own}
	for name, test := range map[string]struct {
		config Config
		claims map[string]any
		want   Instance
	}{
		"public":                {Config{}, githubClaims(nil), Public},
		"private":               {Config{}, private, refused},
		"internal":              {Config{}, internal, refused},
		"unsaid":                {Config{}, githubClaims(map[string]any{"repository_visibility": nil}), refused},
		"capital":               {Config{}, githubClaims(map[string]any{"repository_visibility": "Public"}), refused},
		"no string":             {Config{}, githubClaims(map[string]any{"repository_visibility": []string{"public"}}), refused},
		"gitlab, public":        {Config{}, gitlab("public"), Public},
		"gitlab, private":       {Config{}, gitlab("private"), refused},
		"gitlab, unsaid":        {Config{}, gitlab(nil), refused},
		"a person's, no CI":     {Config{}, map[string]any{"iss": "https://accounts.google.com", "email": "a@example.com"}, Public},
		"CI without visibility": {Config{}, map[string]any{"iss": "https://agent.buildkite.com", "pipeline_slug": "gate"}, refused},
		"allowed":               {Config{PublicLog: true}, private, Public},
		"restricted":            {with(Config{}, restricted), githubClaims(nil), refused},
		"restricted, allowed":   {Config{PublicLog: true, Restricted: true}, githubClaims(nil), Public},
		"restricted, a person's": {with(Config{}, restricted),
			map[string]any{"iss": "https://accounts.google.com", "email": "a@example.com"}, refused},

		"automatic, public":         {byVisibility, githubClaims(nil), Public},
		"automatic, private":        {byVisibility, private, refused},
		"automatic, enterprise":     {byVisibility, enterprise, GitHub},
		"automatic, internal":       {byVisibility, internal, GitHub},
		"automatic, ghe.com":        {with(byVisibility, func(c *Config) { c.Server = "https://acme.ghe.com" }), enterprise, GitHub},
		"automatic, server":         {with(byVisibility, func(c *Config) { c.Server = "https://git.acme.test" }), enterprise, refused},
		"automatic, lookalike":      {with(byVisibility, func(c *Config) { c.Server = "https://githubapp.com" }), enterprise, refused},
		"automatic, gitlab":         {with(byVisibility, func(c *Config) { c.Server = "" }), gitlab("private"), refused},
		"automatic, restricted":     {with(byVisibility, restricted), githubClaims(nil), refused},
		"automatic, restricted too": {with(byVisibility, restricted), enterprise, GitHub},
		"automatic, allowed":        {with(byVisibility, func(c *Config) { c.PublicLog = true }), enterprise, Public},
		"github":                    {Config{Instance: GitHub}, private, GitHub},

		"own":             {ownConfig, private, Public},
		"own, restricted": {with(ownConfig, restricted), private, Public},
		"own, automatic":  {with(ownConfig, func(c *Config) { c.Instance = ByVisibility }), enterprise, Public},
		"the public log by its address": {with(ownConfig, func(c *Config) { c.Rekor = append(c.Rekor, Log{"https://rekor.sigstore.dev", 1}) }),
			private, refused},
		"the public authority by its address": {
			with(ownConfig, func(c *Config) { c.Fulcio = "https://FULCIO.sigstore.dev./" }), private, refused},
		"staging is as public":     {with(ownConfig, func(c *Config) { c.Fulcio = "https://fulcio.sigstage.dev" }), private, refused},
		"a lookalike of one's own": {with(ownConfig, func(c *Config) { c.Fulcio = "https://notsigstore.dev" }), private, Public},
		"the public log by a signing configuration": {Config{TrustedRoot: own, Now: time.Now, SigningConfig: []byte(
			`{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[{"url":"https://f","majorApiVersion":1}],` +
				`"rekorTlogUrls":[{"url":"https://log2025-1.rekor.sigstore.dev","majorApiVersion":2}],"rekorTlogConfig":{"selector":"ALL"}}`)},
			private, refused},
	} {
		c, err := jwt(t, test.claims).claims()
		if err != nil {
			t.Fatal(err)
		}
		got, err := test.config.instance(c)
		if (test.want == refused) != errors.Is(err, ErrNotPublic) || err == nil && got != test.want {
			t.Errorf("%s: instance %d, error %v", name, got, err)
		}
	}
}

// TestNothingIsSent: before a signature of what is not public is refused, nobody
// has heard of it.
func TestNothingIsSent(t *testing.T) {
	private := githubClaims(map[string]any{"repository_visibility": "private"})
	for name, test := range map[string]struct {
		claims map[string]any
		change func(*Config)
	}{
		"private":    {private, func(*Config) {}},
		"automatic":  {private, func(c *Config) { c.Instance, c.Server = ByVisibility, "https://github.com" }},
		"restricted": {githubClaims(nil), func(c *Config) { c.Restricted = true }},
		"version 2":  {private, func(c *Config) { c.RekorVersion = 2 }},
		"public by address": {private, func(c *Config) {
			c.Fulcio, c.Rekor = "https://fulcio.sigstore.dev", []Log{{"https://rekor.sigstore.dev", 1}}
			c.TrustedRoot = rootWithLogs(t, "https://rekor.sigstore.dev", "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			sent := &recorder{base: roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, fmt.Errorf("no network here")
			})}
			c := Config{
				Token:     func(context.Context, string) (string, error) { return string(jwt(t, test.claims)), nil },
				Transport: sent, Now: time.Now,
			}
			test.change(&c)
			sign := func() error {
				signer, err := Keyless(c)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				_, err = signer(ctx, []Artifact{tarball, statement(Provenance)})
				return err
			}
			if err := sign(); !errors.Is(err, ErrNotPublic) || len(sent.seen) != 0 {
				t.Errorf("error is %v, want ErrNotPublic; sent %v, want nothing", err, sent.seen)
			}
			c.PublicLog = true
			if err := sign(); err == nil || errors.Is(err, ErrNotPublic) || len(sent.seen) == 0 {
				t.Errorf("asked for in so many words: %v; sent %v", err, sent.seen)
			}
		})
	}
}
