package tarball

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkRead reads real packages. Bytes per second count the unpacked size.
func BenchmarkRead(b *testing.B) {
	files := []string{"express-3.0.0", "apollo-server-5.5.1", "date-fns-4.4.0", "lodash-4.18.1"}
	for i, name := range files {
		files[i] = data(b, "tarballs", name+".tgz")
	}
	if more := os.Getenv("PUBLISHGATE_PACKAGES"); more != "" { // typescript and next
		found, _ := filepath.Glob(filepath.Join(more, "*.tgz"))
		files = append(files, found...)
	}
	for _, file := range files {
		name := filepath.Base(file)
		packed, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		for _, mode := range []struct {
			name string
			opts Options
		}{{"all", Options{}}, {"profile", Options{NoSecrets: true}}} {
			b.Run(name+"/"+mode.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					t, err := Read(packed, name, mode.opts)
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(t.Unpacked)
				}
			})
		}
	}
}
