package sign

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// TestTUFOutage: a trusted root that cannot be had is an outage, and one that is
// not to be believed is none.
func TestTUFOutage(t *testing.T) {
	says := func(status int, text string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	token := string(jwt(t, sigstore.Claims("sigstore")))
	for name, test := range map[string]struct {
		address string
		outage  bool
	}{
		"down":      {closedAddress, true},
		"busy":      {says(http.StatusServiceUnavailable, "sorry"), true},
		"too many":  {says(http.StatusTooManyRequests, "sorry"), true},
		"forbidden": {says(http.StatusForbidden, "no"), false},
		"html":      {says(http.StatusOK, "<html>"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Config{
				Token:     fixedToken(token),
				Transport: direct(t), Now: time.Now, TUF: test.address,
			}
			signer, err := Keyless(c)
			if err != nil {
				t.Fatal(err)
			}
			var outage *OutageError
			bundles, err := signer(t.Context(), []Artifact{tarball})
			if err == nil || bundles != nil || errors.As(err, &outage) != test.outage {
				t.Errorf("error is %v; outage %v, want %v", err, outage != nil, test.outage)
			}
		})
	}
}
