package gate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/report"
)

// A trusted root that was named and cannot be used is no server's fault: nobody
// is told to wait for one.
func TestOwnTrustedRoot(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "root.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, filepath.Join(t.TempDir(), "none.json")} {
		_, err := newTrustBase(Net{}, Sigstore{TrustedRoot: file}, nil).roots(t.Context())
		if err == nil {
			t.Fatalf("%s was taken for a trusted root", file)
		}
		if err = down(theRegistry, err); reasonOf(err) != report.Input || len(services(err)) > 0 {
			t.Errorf("%v: reason %s, services %q", err, reasonOf(err), services(err))
		}
	}
}
