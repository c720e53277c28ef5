package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestMemory judges two tarballs, one of them much larger, in processes of their
// own. What the larger one takes more is its bytes, held once.
func TestMemory(t *testing.T) {
	program, measure := built(t), costs(t)
	size, memory := map[int]int64{}, map[int]int64{}
	for _, mib := range []int{4, 40} {
		dir, out := t.TempDir(), t.TempDir()
		data := make([]byte, mib<<20)
		source := rand.NewChaCha8([32]byte{byte(mib)})
		_, _ = source.Read(data) // cannot be compressed
		manifest, err := json.Marshal(map[string]string{"name": "large", "version": "1.0.0", "license": "MIT"})
		for name, content := range map[string][]byte{"package.json": manifest, "large.bin": data} {
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		tarball := filepath.Join(out, "large.tgz")
		if said, err := exec.CommandContext(t.Context(), program, "pack", "-o", tarball, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		var all []int64
		for range 2 {
			cmd := exec.CommandContext(t.Context(), program, "-offline", "-sign", "none", "-publish", "never", "-advisories", "snapshot",
				"-tarball", tarball, "-out", filepath.Join(t.TempDir(), "out"), dir)
			cmd.Env = []string{}
			all = append(all, measure(cmd).Memory)
		}
		size[mib], memory[mib] = int64(len(read(t, out, "large.tgz")))>>10, slices.Min(all)
		t.Logf("a tarball of %d KiB: %v KiB", size[mib], all)
		if beside := memory[mib] - size[mib]; beside > 64<<10 {
			t.Errorf("a tarball of %d KiB takes %d KiB beside it", size[mib], beside)
		}
	}
	if more := memory[40] - memory[4] - (size[40] - size[4]); more > 12<<10 {
		t.Errorf("the larger tarball takes %d KiB more than its bytes", more)
	}
}

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct{ live, scanned, mib uint64 }{
		{0, 0, 32},
		{10, 5, 5 + 32},
		{60, 16, 44 + 12 + 2*16},
		{44, 60, 12 + 2*44}, // the two are not measured at one time
		{150, 20, 160},
		{400, 400, 160},
	} {
		if got := memoryLimit(c.live<<20, c.scanned<<20); got != int64(c.mib)<<20 {
			t.Errorf("%d MiB live, %d of them scanned: a limit of %d MiB, expected %d", c.live, c.scanned, got>>20, c.mib)
		}
	}
}
