package gate

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkRun does the work of publishgate gate -offline, without the start of
// the process. It runs on real projects with few, with hundreds and with more
// than a thousand findings. PUBLISHGATE_DATABASE may name an advisory database to
// use; without it the snapshot is used.
func BenchmarkRun(b *testing.B) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		b.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	source := SourceSpec{Kind: "snapshot"}
	if file := os.Getenv("PUBLISHGATE_DATABASE"); file != "" {
		source = SourceSpec{Kind: "file", Arg: file}
	}
	for _, name := range []string{"small-hono-bench", "lerna-v3", "large-workers-sdk-v3"} {
		c := Config{
			Where:    Where{Dir: filepath.Join(data, "projects", name), Out: filepath.Join(b.TempDir(), "out")},
			Judging:  Judging{Sources: []SourceSpec{source}},
			Writing:  Writing{SBOMVersion: "1.6"},
			Deadline: time.Minute,
			Net: Net{
				Offline: true, Transport: http.NewFileTransport(http.Dir(b.TempDir())), // never asked
				Now: func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) },
			},
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Run(context.Background(), c); err != nil && !errors.Is(err, ErrBlocked) {
					b.Fatal(err)
				}
			}
		})
	}
}
