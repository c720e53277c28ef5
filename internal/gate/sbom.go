package gate

import (
	"bytes"
	"io"
	"path/filepath"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/sbom"
)

// WriteSBOM reads the package and writes its SBOM to a file, or to w where
// file is "". Nothing is judged.
func WriteSBOM(c Config, w io.Writer, file string) error {
	p, err := findPlace(c.Dir)
	if err != nil {
		return err
	}
	defer p.close()
	s := &check.Subject{}
	if s.Manifest, err = readManifest(p); err != nil {
		return err
	}
	if s.Graph, err = p.lockfile(s.Manifest, c.Lockfile); err != nil {
		return err
	}
	if s.Tarball, err = readTarball(c, p, s.Manifest); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := c.renderSBOM(&b, s); err != nil {
		return err
	}
	if file == "" {
		_, err = w.Write(b.Bytes())
		return err
	}
	folder, err := disk.Create(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Write(filepath.Base(file), b.Bytes())
}

func (c Config) renderSBOM(w io.Writer, s *check.Subject) error {
	in := sbom.Input{
		Version: c.SBOMVersion, Graph: s.Graph, Manifest: s.Manifest,
		Timestamp: c.Epoch, ToolVersion: c.Version, License: license.Expression,
	}
	if t := s.Tarball; t != nil {
		in.SHA1, in.SHA256, in.SHA512 = t.SHA1, t.SHA256, t.SHA512
	}
	return sbom.Write(w, in)
}
