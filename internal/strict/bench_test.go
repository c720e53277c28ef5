package strict

import (
	"os"
	"path/filepath"
	"testing"
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

// BenchmarkParse reads real lockfiles; about 1 ms a megabyte is the goal.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"small-hono-bench", "npm-cli-v3", "large-workers-sdk-v3"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile(data(b, "projects", name, "package-lock.json"))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
