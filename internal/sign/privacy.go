package sign

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrNotPublic is the error for a signature that would have disclosed a
// repository or a package that is not public.
var ErrNotPublic = errors.New("keyless signing would write its name, workflow and run into public logs for ever")

const otherwise = "sign with a key, with a Sigstore of your own, with GitHub's (-sign github, GitHub Enterprise Cloud), " +
	"or allow it with -public-log"

// instance returns which Sigstore signs for the bearer of the token: Public or
// GitHub. It is ErrNotPublic where only a public one could, and what is signed
// is not public.
func (c *Config) instance(said claims) (Instance, error) {
	if c.Instance == GitHub {
		return GitHub, nil
	}
	why := ""
	if c.discloses() && !c.PublicLog {
		why = said.private()
		if why == "" && c.Restricted {
			why = "the package is published restricted"
		}
	}
	switch {
	case why == "":
		return Public, nil
	case c.Instance == ByVisibility && !c.own() && c.githubSigns(said):
		return GitHub, nil
	}
	return Public, fmt.Errorf("%s, and %w: %s", why, ErrNotPublic, otherwise)
}

// private says why the repository of the token counts as one that is not public;
// "": it is public, or the token belongs to a person, and no repository is
// disclosed. A CI token without a visibility claim counts as private.
func (c claims) private() string {
	visibility := ""
	switch {
	case c.text("repository") != "": // GitHub
		visibility = c.text("repository_visibility")
	case c.text("project_path") != "": // GitLab
		visibility = c.text("project_visibility")
	case c.text("email") != "": // a person's
		return ""
	}
	switch visibility {
	case "public":
		return ""
	case "":
		visibility = "of unknown visibility"
	}
	return "the repository is " + visibility
}

// discloses reports whether a certificate or an entry would be public: those of
// the public-good Sigstore are, whether it was chosen or named by its addresses.
func (c *Config) discloses() bool {
	if !c.own() {
		return true
	}
	t, err := c.ownServices()
	return err != nil || isPublic(t.fulcio) || t.discloses()
}

// discloses reports whether a log is public.
func (t *trust) discloses() bool {
	for _, l := range t.logs.of {
		if isPublic(l.URL) {
			return true
		}
	}
	return false
}

// isPublic reports whether an address belongs to the public-good Sigstore or to
// its staging instance, whose logs are as public.
func isPublic(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	host := "." + strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return strings.HasSuffix(host, ".sigstore.dev") || strings.HasSuffix(host, ".sigstage.dev")
}
