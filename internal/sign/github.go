package sign

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/verify"
)

// GitHub's own Sigstore signs for repositories that are not public, as
// actions/attest does there: a Fulcio and a timestamp authority, no log, and
// certificates without an SCT. On github.com they are hosts of githubapp.com,
// on GHE.com hosts below the enterprise's own (actions/toolkit,
// packages/attest, endpoints.ts).

// githubHost returns the host below which GitHub's own Sigstore stands for a
// GitHub server; false: it has none, as a GitHub Enterprise Server.
func githubHost(server string) (string, bool) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" {
		return "", false
	}
	switch host := strings.ToLower(u.Host); {
	case host == "github.com":
		return "githubapp.com", true
	case strings.HasSuffix(host, ".ghe.com"):
		return host, true
	}
	return "", false
}

// githubSigns reports whether the plan of the token's repository has GitHub's
// own Sigstore for what is not public: GitHub Enterprise Cloud, whose tokens
// name the enterprise, and which alone has internal repositories.
func (c *Config) githubSigns(said claims) bool {
	_, has := githubHost(c.Server)
	return has && (said.text("enterprise") != "" || said.text("repository_visibility") == "internal")
}

func (c *Config) checkGitHub(wrong *mistakes) {
	if c.own() || len(c.Rekor) > 0 || len(c.TSA) > 0 || c.RekorVersion != 0 {
		wrong.add("GitHub's own Sigstore has its own addresses and no log: it goes neither with a signing " +
			"configuration nor with addresses or versions of a Fulcio, Rekor or TSA")
	}
	if _, has := githubHost(c.Server); c.Server == "" {
		wrong.add("GitHub's own Sigstore signs on GitHub's runners only: elsewhere sign with a key, or keyless with " +
			"SIGSTORE_ID_TOKEN")
	} else if !has {
		wrong.add("%s is a GitHub Enterprise Server, which has no Sigstore: sign with a key, or keyless with a "+
			"Sigstore of your own (-signing-config, -trusted-root)", c.Server)
	}
	if c.TrustedRoot != nil {
		if _, err := verify.ParseGitHubRoot(c.TrustedRoot); err != nil {
			wrong.add("%w", err)
		}
	}
}

// github returns the services of GitHub's own Sigstore, and its trusted root:
// the configured one, or that of GitHub's TUF repository.
func (c *Config) github(ctx context.Context) (*trust, error) {
	host, _ := githubHost(c.Server)
	t := &trust{
		fulcio: "https://fulcio." + host,
		tsa:    all([]string{"https://timestamp." + host + "/api/v1/timestamp"}),
	}
	trusted := c.TrustedRoot
	if trusted == nil {
		repository := verify.Repository{
			URL:       verify.GitHub,
			Root:      verify.GitHubRoot(),
			Transport: c.Transport,
		}
		name, err := c.githubTarget(ctx, host)
		if err != nil {
			return nil, err
		}
		targets, err := repository.Open(ctx)
		if err != nil {
			return nil, err
		}
		if trusted, err = targets.Get(name); err != nil {
			return nil, err
		}
	}
	var err error
	t.root, err = verify.ParseGitHubRoot(trusted)
	return t, err
}

// githubTarget returns the name of the trusted root in GitHub's TUF repository.
// An enterprise on GHE.com has one of its trust domain, which its API knows
// (GET /meta, domains.artifact_attestations.trust_domain), as in cli/cli.
func (c *Config) githubTarget(ctx context.Context, host string) (string, error) {
	if host == "githubapp.com" {
		return trustedRootFile, nil
	}
	address := "https://api." + host + "/meta"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	response, err := httpClient(&service{ctx: ctx, name: "github", base: c.Transport}).Do(request)
	if err != nil {
		return "", fmt.Errorf("trust domain of %s: %w", host, cause(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body) // limited by the transport
	if err != nil {
		return "", fmt.Errorf("trust domain of %s: %w", host, err)
	}
	meta, err := strict.Parse(answer)
	if err != nil {
		return "", fmt.Errorf("trust domain of %s: %w", host, err)
	}
	domain := meta.Get("domains").Get("artifact_attestations").Get("trust_domain")
	if domain.Kind() != strict.String || domain.Text() == "" {
		return trustedRootFile, nil
	}
	if strings.ContainsAny(domain.Text(), "/\\?#%") || strings.HasPrefix(domain.Text(), ".") {
		return "", fmt.Errorf("trust domain of %s: %q is none", host, domain.Text())
	}
	return domain.Text() + "." + trustedRootFile, nil
}
