package sigstore

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// attributes puts a server into a process group of its own, which dies with
// this test binary however that ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func kill(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// lockMetricsPort waits until no other test binary runs a stack: the TSA's
// metrics port is fixed.
func lockMetricsPort(t testing.TB) (unlock func()) {
	t.Helper()
	path := filepath.Join(os.TempDir(), "publishgate-sigstore.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

func alive(p *os.Process) bool { return p.Signal(syscall.Signal(0)) == nil }
