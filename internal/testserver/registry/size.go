package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
)

// count adds to a dist what npm's registry tells of a tarball's files. Of what is
// no tarball it tells nothing.
func count(dist map[string]any, tarball []byte) map[string]any {
	stream, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return dist
	}
	files, size := 0, int64(0)
	for archive := tar.NewReader(stream); ; {
		h, err := archive.Next()
		if err != nil {
			break
		}
		files, size = files+1, size+h.Size
	}
	if files > 0 {
		dist["fileCount"], dist["unpackedSize"] = files, size
	}
	return dist
}
