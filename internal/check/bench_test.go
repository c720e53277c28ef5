package check

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkRun judges a real project: 5,000 packages and 1,300 findings.
func BenchmarkRun(b *testing.B) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		b.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	for _, project := range []string{"small-hono-bench", "npm-cli-v3", "large-workers-sdk-v3"} {
		b.Run(project, func(b *testing.B) {
			s := realSubject(b, filepath.Join(dir, "projects", project, "package-lock.json"))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(Run(s))
			}
			b.ReportMetric(float64(n), "findings")
			b.ReportMetric(float64(len(s.Graph.Packages)), "packages")
		})
	}
}
