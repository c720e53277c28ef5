package gate

import (
	"context"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
)

// TestVouchesUnasked: whether a run sends provenance is decided before the sources of
// advisories were asked. That they have not answered yet is no reason against it where
// signing is left to the run, as in the action; that they answered in part is one
// against signing.
func TestVouchesUnasked(t *testing.T) {
	token := func(context.Context, string) (string, error) { return "", nil }
	for _, sign := range []Mode{Auto, Keyless} {
		if why, _ := (&input{}).unvouched(Acting{Provenance: Auto, Sign: sign, IDToken: token}); why != "" {
			t.Errorf("-sign %v: no provenance, since %s", sign, why)
		}
	}
	if why, _ := (&input{}).unvouched(Acting{Provenance: Auto, Sign: Auto}); why == "" {
		t.Error("provenance without an ID token")
	}
	partial := &input{statuses: []advisory.Status{{Partial: true}}}
	if partial.unsigned(Acting{Sign: Auto, IDToken: token}) == "" {
		t.Error("signed on partial data, though nobody asked for it")
	}
}
