package tarball

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestSums(t *testing.T) {
	got := string(Sums([]Sum{{"bb", "b c.tgz"}, {"aa", "a\\b\nc\rd"}}))
	if want := "\\aa  a\\\\b\\nc\\rd\nbb  b c.tgz\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Sums(nil); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
}

// TestSumsAreAccepted runs sha256sum where it is installed.
func TestSumsAreAccepted(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("no sha256sum here")
	}
	dir := t.TempDir()
	var sums []Sum
	for _, name := range []string{"a.tgz", "b c.tgz", "-dash", "new\nline", `back\slash`, "*star", "ünï"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		h := sha256.Sum256([]byte(name))
		sums = append(sums, Sum{hex.EncodeToString(h[:]), name})
	}
	if err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), Sums(sums), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func() ([]byte, error) {
		cmd := exec.Command(tool, "-c", "--strict", "SHA256SUMS")
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	if out, err := check(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.tgz"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := check(); err == nil {
		t.Errorf("a changed file is accepted\n%s", out)
	}
}
