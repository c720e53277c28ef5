package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/sign"
)

// maxToken is the size of a file with an ID token, in bytes.
const maxToken = 64 << 10

// sigstore reads the options that say which Sigstore signs, and as whom.
func (s *settings) sigstore(p Process, runner *action.Runner) gate.Sigstore {
	which := gate.Sigstore{
		Fulcio: s.address("fulcio-url"), Rekor: s.address("rekor-url"), TSA: s.address("timestamp-server-url"),
		SigningConfig: s.text("signing-config"), TrustedRoot: s.text("trusted-root"), PublicLog: s.truth("public-log"),
	}
	switch s.word("rekor-version", "1", "2") {
	case "1":
		which.RekorVersion = 1
	case "2":
		which.RekorVersion = 2
	}
	if runner != nil {
		which.Server = cmp.Or(p.Getenv("GITHUB_SERVER_URL"), "https://github.com")
		if s.text("identity-token") == "" && p.Getenv("SIGSTORE_ID_TOKEN") == "" {
			which.Identity = sign.RunnerIdentity(p.Getenv)
		}
	}
	return which
}

// idToken returns the source of an OpenID Connect token: the file that the user
// named, the user's variable, else the runner; nil if there is none.
func (s *settings) idToken(p Process, runner *action.Runner) func(context.Context, string) (string, error) {
	if path := s.text("identity-token"); path != "" {
		// It is read each time, because the program that wrote it may replace it.
		return func(context.Context, string) (string, error) {
			data, err := disk.ReadNamed(path, maxToken)
			if err != nil {
				return "", err
			}
			text := strings.TrimSpace(string(data))
			if text == "" {
				return "", fmt.Errorf("%s holds no token", path)
			}
			return text, nil
		}
	}
	if token := p.Getenv("SIGSTORE_ID_TOKEN"); token != "" {
		return func(context.Context, string) (string, error) { return token, nil }
	}
	if runner != nil && runner.HasIDToken() {
		return runner.IDToken
	}
	return nil
}

// signing reads how the package is signed.
func (s *settings) signing(c *gate.Config) {
	switch mode := s.word("sign", "none", "key", "keyless", "github"); {
	case mode == "key":
		c.Sign = gate.Key
	case mode == "keyless":
		c.Sign = gate.Keyless
	case mode == "github":
		c.Sign = gate.GitHub
	case s.runner && s.values["sign"] == "":
		c.Sign = gate.Auto
	}
	if (c.Sign == gate.Key) != (c.Key != "") {
		s.mistake("-sign key and -key FILE go together")
	}
	if c.Sign != gate.Never {
		return
	}
	for _, name := range []string{"signing-config", "identity-token", "fulcio-url", "rekor-url", "rekor-version",
		"timestamp-server-url"} {
		if s.text(name) != "" {
			s.mistake("-%s does nothing without -sign", name)
		}
	}
}

// signingMistakes collects the mistakes in the signing options, and in the files
// that they name, that can be found before anything is sent. A file that cannot
// be read is not collected here: the run reports it.
func (s *settings) signingMistakes(c *gate.Config) {
	if c.Sign == gate.Never || c.Sign == gate.Auto && c.IDToken == nil {
		return
	}
	var wrong *gate.SigningError
	if err := c.CheckSigner(c.Net); !errors.As(err, &wrong) {
		return
	}
	mode := cmp.Or(s.text("sign"), "keyless")
	for _, m := range wrong.Mistakes {
		s.mistake("-sign %s: %s", mode, m)
	}
}
