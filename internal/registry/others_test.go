package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestOtherRegistries: what another registry does not have is found out and not
// assumed: a read takes its other way, and what only npm's has is not told.
func TestOtherRegistries(t *testing.T) {
	for _, p := range slices.Concat(fake.Profiles, []fake.Profile{fake.Least}) {
		t.Run(p.Name, func(t *testing.T) {
			s := server(t)
			s.Like(p)
			c, _ := client(t, s.URL, canary)
			info, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0")
			if err != nil || !found || (info.Integrity == "") != p.NoSHA512 || info.Shasum == "" {
				t.Errorf("version: %+v, %v, %v", info, found, err)
			}
			if _, found, err := c.Version(t.Context(), "@acme/demo", "1.0.1"); found || err != nil {
				t.Errorf("another version: %v, %v", found, err)
			}
			if data, err := c.Tarball(t.Context(), info, 100); err != nil || string(data) != "bytes" {
				t.Errorf("tarball: %q, %v", data, err)
			}
			if tags, found, err := c.DistTags(t.Context(), "@acme/demo"); err != nil || !found || tags["latest"] != "1.0.0" {
				t.Errorf("tags: %v, %v, %v", tags, found, err)
			}
			if tried, err := c.TokenUsable(t.Context()); err != nil || tried != (p.Whoami == 0) {
				t.Errorf("token: %v, %v", tried, err)
			}
			if err := c.SetTag(t.Context(), "@acme/demo", "next", "1.0.0"); (err == nil) != (p.SetTag == 0) {
				t.Errorf("set a tag: %v", err)
			}

			if state, told, err := c.State(t.Context(), "@acme/demo", "1.0.0"); told || err != nil {
				t.Errorf("state: %q, %v, %v", state, told, err)
			}
			if public, told, err := c.Visibility(t.Context(), "@acme/demo"); told || err != nil {
				t.Errorf("visibility: %v, %v, %v", public, told, err)
			}
			if info, told, err := c.TokenInfo(t.Context()); told || err != nil {
				t.Errorf("token: %+v, %v, %v", info, told, err)
			}
			if list, err := c.Attestations(t.Context(), "@acme/demo", "1.0.0"); list != nil || err != nil {
				t.Errorf("attestations: %v, %v", list, err)
			}
			if keys, err := c.PublicKeys(t.Context()); keys != nil || err != nil {
				t.Errorf("keys: %s, %v", keys, err)
			}
			size, open := document("{}")
			_, stage := c.Stage(t.Context(), "@acme/demo", size, open)
			_, exchange := c.Exchange(t.Context(), "@acme/demo", credential.New(idToken))
			for _, err := range []error{stage, exchange} {
				var status *registry.StatusError
				if !errors.As(err, &status) || status.Status != p.Others {
					t.Errorf("what it does not have: %v", err)
				}
			}

			anonymous, _ := client(t, s.URL, "")
			if _, found, err := anonymous.Version(t.Context(), "@acme/demo", "1.0.0"); found == p.TokenReads || (err != nil) != p.TokenReads {
				t.Errorf("without a token: %v, %v", found, err)
			}
		})
	}
}
