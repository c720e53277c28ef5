package pack

import (
	"path/filepath"
	"testing"
)

// BenchmarkPack packs date-fns: 6,000 files, 12 MB. BenchmarkList finds them.
func BenchmarkPack(b *testing.B) {
	f := benchFolder(b)
	for b.Loop() {
		data, err := Pack(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(gunzip(b, data))))
	}
}

func BenchmarkList(b *testing.B) {
	f := benchFolder(b)
	for b.Loop() {
		if _, err := List(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
}

func benchFolder(b *testing.B) Folder {
	found, err := filepath.Glob(data(b, "tarballs", "date-fns-*.tgz"))
	if err != nil || len(found) != 1 {
		b.Fatalf("date-fns: %q, %v", found, err)
	}
	return open(b, filepath.Join(unpack(b, found[0]), "package"), ".")
}
