package sign

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

var update = flag.Bool("update", false, "write anew what the servers of Sigstore are on record with")

// TestSignedByServers verifies what the real Fulcio, both Rekors, the
// certificate log and the timestamp authority signed: newly, where they are here,
// and when they were last asked, where not. Their keys were made for that run and
// are gone. It passes for the artifact and the identity, and for no other.
func TestSignedByServers(t *testing.T) {
	var ask func() map[string]json.RawMessage
	if os.Getenv(sigstore.Variable) != "" {
		ask = func() map[string]json.RawMessage {
			stack := sigstore.Start(t)
			v2, v1 := stackConfig(t, stack), stackConfig(t, stack)
			v1.Rekor, v1.TSA = []Log{{stack.RekorV1, 1}}, nil
			return map[string]json.RawMessage{
				"trusted root": stack.TrustedRoot,
				"rekor v1":     mustSign(t, v1, []Artifact{tarball})[0].JSON,
				"rekor v2":     mustSign(t, v2, []Artifact{tarball})[0].JSON,
			}
		}
	}
	told := oracle.JSON(t, oracle.Record{Name: "keyless.json", Update: *update, Varies: true}, ask)
	root := told["trusted root"]
	other := release
	other.SAN += "-other"
	for _, log := range []string{"rekor v1", "rekor v2"} {
		t.Run(log, func(t *testing.T) {
			bundle := told[log]
			if err := VerifyKeyless(bundle, tarball, root, release); err != nil {
				t.Error(err)
			}
			if err := VerifyKeyless(bundle, sums, root, release); err == nil {
				t.Error("another artifact is taken for the one that was signed")
			}
			if err := VerifyKeyless(bundle, tarball, root, other); err == nil {
				t.Error("another identity is taken for the one that signed")
			}
			for _, part := range []string{"tlogs", "certificateAuthorities"} {
				if err := VerifyKeyless(bundle, tarball, withoutLogs(t, root, part), release); err == nil {
					t.Errorf("a root without %s is taken for one with", part)
				}
			}
			unlogged := bytes.Replace(bundle, []byte(`"tlogEntries"`), []byte(`"others"`), 1)
			if err := VerifyKeyless(unlogged, tarball, root, release); err == nil || bytes.Equal(unlogged, bundle) {
				t.Error("a bundle without its log entry is taken for one with")
			}
		})
	}
}
