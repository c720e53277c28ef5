package lockfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// data returns a path in the folder of public test data, or skips.
func data(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

// project reads a project of the public data: its lockfile and manifest.
func project(t testing.TB, dir string) (lock []byte, file string, manifest *npm.Manifest) {
	t.Helper()
	for _, file = range []string{"npm-shrinkwrap.json", "package-lock.json"} {
		var err error
		if lock, err = os.ReadFile(filepath.Join(dir, file)); err == nil {
			break
		}
	}
	if lock == nil {
		t.Fatalf("no lockfile in %s", dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if os.IsNotExist(err) {
		return lock, file, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if manifest, err = npm.ParseManifest(text, "package.json"); err != nil {
		t.Fatal(err)
	}
	return lock, file, manifest
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"small-hono-bench", "nightscout-shrinkwrap-v1", "large-workers-sdk-v3", "workers-sdk-v2"} {
		b.Run(name, func(b *testing.B) {
			lock, file, manifest := project(b, data(b, "projects", name))
			b.SetBytes(int64(len(lock)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				g, err := Parse(lock, file, manifest)
				if err != nil {
					b.Fatal(err)
				}
				n = len(g.Packages)
			}
			b.ReportMetric(float64(n), "packages")
		})
	}
}
