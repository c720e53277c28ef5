package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/lockfile/installed"
	"github.com/publishgate/publishgate/internal/sbom"
	"github.com/publishgate/publishgate/internal/tarball"
)

// WriteSBOM reads the package and writes its SBOM to file, or to w if file is "".
// It judges nothing. If there is no package.json, and no tarball to compare with
// it, the lockfile alone describes the package. version is publishgate's own
// version.
func WriteSBOM(ctx context.Context, c Where, how Writing, version string, w io.Writer, file string) error {
	p, err := findPlace(c.Dir)
	if err != nil {
		return err
	}
	defer p.close()
	s := &check.Subject{}
	if s.Manifest, err = readManifest(p); errors.Is(err, fs.ErrNotExist) && c.Tarball == "" {
		err = nil
	}
	if err != nil {
		return err
	}
	if s.Graph, err = p.lockfile(s.Manifest, c.Lockfile); err != nil {
		return err
	}
	if root := s.Graph.Root; s.Manifest == nil && root.Name == "" {
		root.Name = filepath.Base(p.abs) // npm names such a package after its directory; pnpm's lockfile has no name
	}
	installed.Licenses(p.root, p.dir, s.Graph)
	if how.Epoch.IsZero() {
		git, err := openCheckout(p)
		if err != nil {
			return fmt.Errorf("%w; SOURCE_DATE_EPOCH would date the SBOM without it", err)
		}
		s.Commit = git.commit()
		git.close()
	}
	if c.Tarball != "" { // nothing is packed here: an SBOM of what is shipped needs the tarball itself
		if s.Tarball, err = readTarball(ctx, c, p, s.Manifest, tarball.Options{NoSecrets: true, Digests: how.SBOMFiles}); err != nil {
			return err
		}
	}
	if file == "" {
		return sbom.Write(w, how.bill(s, version))
	}
	folder, err := disk.Create(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.WriteWith(filepath.Base(file), func(f *os.File) error { return sbom.WriteFile(f, how.bill(s, version)) })
}

// bill returns everything that the SBOM is written from.
func (c Writing) bill(s *check.Subject, version string) sbom.Input {
	in := sbom.Input{
		Version: c.SBOMVersion, Graph: s.Graph, Manifest: s.Manifest,
		Timestamp: c.Epoch, ToolVersion: version, License: license.Expression,
	}
	if in.Timestamp.IsZero() && s.Commit != nil {
		in.Timestamp = s.Commit.Date
	}
	if t := s.Tarball; t != nil {
		in.SHA1, in.SHA256, in.SHA512 = t.SHA1, t.SHA256, t.SHA512
		for _, x := range t.Bundled {
			in.Bundled = append(in.Bundled, sbom.Bundled{Path: x.Path, Name: x.Name, Version: x.Version, License: x.License})
		}
		if c.SBOMFiles {
			in.Files = packedFiles(t)
		}
	}
	return in
}

// packedFiles lists the tarball's files by their path in the package.
func packedFiles(t *tarball.Tarball) []sbom.File {
	files := make([]sbom.File, 0, len(t.Entries))
	for _, e := range t.Entries {
		if !e.Dir && e.SHA256 != "" {
			files = append(files, sbom.File{Path: strings.TrimPrefix(e.Path, "package/"), SHA256: e.SHA256})
		}
	}
	return files
}
