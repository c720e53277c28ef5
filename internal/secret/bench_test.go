package secret

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A packageFile is one file of a real package.
type packageFile struct{ path, text string }

// tarballs returns the path of a real package in the directory that
// PUBLISHGATE_PACKAGES names, or skips the test.
func tarballs(t testing.TB, pattern string) string {
	t.Helper()
	root := os.Getenv("PUBLISHGATE_PACKAGES")
	if root == "" {
		t.Skip("PUBLISHGATE_PACKAGES is not set: no folder with typescript and next, as npm pack or .ci/tarballs name them")
	}
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(found) == 0 {
		t.Skipf("%s: no %s (%v)", root, pattern, err)
	}
	return found[0]
}

// cpu returns the processor time that this process has used so far.
func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

// BenchmarkEngine searches real packages, unpacked beforehand, on one core. It
// reports MB/s by the clock, and the least processor time of a run.
func BenchmarkEngine(b *testing.B) {
	s := mustScanner(b)
	for _, pattern := range []string{"apollo-server[@\\-]*.tgz", "typescript[@\\-]*.tgz", "next[@\\-]*.tgz"} {
		b.Run(pattern, func(b *testing.B) {
			var files []packageFile
			size := 0
			eachFile(b, tarballs(b, pattern), func(path, text string) {
				files = append(files, packageFile{path, text})
				size += len(text)
			})
			least := time.Hour
			b.SetBytes(int64(size))
			for b.Loop() {
				before := cpu(b)
				for _, f := range files {
					file := s.File(f.path)
					for rest := []byte(f.text); len(rest) > 0; {
						n := min(len(rest), 64<<10)
						file.Write(rest[:n])
						rest = rest[n:]
					}
					file.Close()
				}
				least = min(least, cpu(b)-before)
			}
			b.ReportMetric(float64(least.Microseconds())/1000, "cpu-ms/run")
			b.ReportMetric(float64(size)/1e6/least.Seconds(), "cpu-MB/s")
		})
	}
}
