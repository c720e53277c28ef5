package publish_test

import (
	"io"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
)

// BenchmarkDocument makes and reads the document of a 20 MB tarball.
func BenchmarkDocument(b *testing.B) {
	ball := demo(b)
	ball.Bytes = append(ball.Bytes, make([]byte, 20<<20)...)
	ball = rehash(ball)
	b.SetBytes(int64(len(ball.Bytes)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := publish.New(ball, publish.Options{Registry: there})
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, p.Open()); err != nil || n != p.Size() {
			b.Fatal(n, err)
		}
	}
}
