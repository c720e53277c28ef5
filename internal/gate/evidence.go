package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
	"github.com/publishgate/publishgate/internal/tarball"
)

// The evidence. Names are part of the contract.
const (
	verdictFile  = "verdict.json"
	sbomFile     = "sbom.cdx.json"
	sarifFile    = "results.sarif"
	markdownFile = "report.md"
	htmlFile     = "report.html"
	sums256File  = "SHA256SUMS"
	sums512File  = "SHA512SUMS"
	bundleSuffix = ".sigstore.json"
)

// fixedEvidence lists every file of ours whose name does not depend on the
// package, the verdict first: it is the one that later steps trust.
var fixedEvidence = []string{verdictFile, sbomFile, sarifFile, markdownFile, htmlFile, sums256File, sums512File, sums256File + bundleSuffix}

// openFolder opens the evidence folder and takes away what an earlier run left
// there: whatever happens from here on, no old pass is found in it.
func (o *Outcome) openFolder(c Config) (*disk.Folder, error) {
	folder, err := disk.Create(c.Out)
	if err != nil {
		return nil, err
	}
	for _, name := range fixedEvidence {
		err = errors.Join(err, folder.Remove(name))
	}
	old, globErr := filepath.Glob(filepath.Join(c.Out, "*.tgz"+bundleSuffix))
	for _, path := range old {
		err = errors.Join(err, folder.Remove(filepath.Base(path)))
	}
	if err = errors.Join(err, globErr); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return folder, nil
}

// put writes one file of evidence.
func (o *Outcome) put(folder *disk.Folder, name string, data []byte) error {
	if err := folder.Write(name, data); err != nil {
		return err
	}
	o.Evidence = append(o.Evidence, folder.File(name))
	return nil
}

// A writer renders one file of evidence.
type writer struct {
	name   string
	render func(w io.Writer) error
}

// writeEvidence writes what was seen, for a blocked package too.
func (o *Outcome) writeEvidence(c Config, folder *disk.Folder, in *input) error {
	s := in.subject
	files := []writer{
		{sbomFile, func(w io.Writer) error { return c.renderSBOM(w, s) }},
		{sarifFile, func(w io.Writer) error { return o.writeSARIF(w, c, in) }},
		{markdownFile, o.markdown},
		{htmlFile, o.html},
	}
	if s.Tarball != nil {
		name := filepath.Base(s.Tarball.File)
		files = append(files,
			writer{name, func(w io.Writer) error { _, err := w.Write(s.Tarball.Bytes); return err }},
			writer{sums256File, func(w io.Writer) error {
				_, err := w.Write(tarball.Sums([]tarball.Sum{{Hex: s.Tarball.SHA256, Name: name}}))
				return err
			}},
			writer{sums512File, func(w io.Writer) error {
				_, err := w.Write(tarball.Sums([]tarball.Sum{{Hex: s.Tarball.SHA512, Name: name}}))
				return err
			}},
		)
	}
	// The verdict comes last: where it is, all the rest is.
	files = append(files, writer{verdictFile, o.json})
	for _, f := range files {
		var b bytes.Buffer
		if err := f.render(&b); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		if err := o.put(folder, f.name, b.Bytes()); err != nil {
			return err
		}
		switch f.name {
		case sums256File:
			o.sums = b.Bytes()
		case sarifFile:
			o.sarif = b.Bytes()
		}
	}
	return nil
}

func (o *Outcome) markdown(w io.Writer) error { return report.Markdown(w, &o.Document) }
func (o *Outcome) html(w io.Writer) error     { return report.HTML(w, &o.Document) }
func (o *Outcome) json(w io.Writer) error     { return report.JSON(w, &o.Document) }

func (o *Outcome) writeSARIF(w io.Writer, c Config, in *input) error {
	leftOut, err := sarif.Write(w, sarif.Input{
		Rules: Rules(), Verdict: o.Document.Verdict, Package: in.subject.Manifest.Name, ToolVersion: c.Version,
		Root: in.place.prefix(), PolicyFile: in.subject.Policy.File, Exists: in.place.exists,
	})
	if leftOut > 0 {
		o.warn("SARIF", "%d findings are left out of %s, which GitHub would refuse otherwise; the other reports hold them", leftOut, sarifFile)
	}
	return err
}
