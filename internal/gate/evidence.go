package gate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
	"github.com/publishgate/publishgate/internal/sbom"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/vex"
)

// The evidence. Names are part of the contract.
const (
	verdictFile  = "verdict.json"
	runFile      = "run.json"
	sbomFile     = "sbom.cdx.json"
	sarifFile    = "results.sarif"
	markdownFile = "report.md"
	htmlFile     = "report.html"
	vexFile      = "openvex.json"
	policyFile   = "policy.json" // the policy as it applied, in the bytes whose digest is signed
	sums256File  = "SHA256SUMS"
	sums512File  = "SHA512SUMS"
	patchFile    = "fix.patch" // only when there is something to patch
	bundleSuffix = ".sigstore.json"
)

// fixedEvidence lists every file of ours whose name does not depend on the
// package, the verdict first: it is the one that later steps trust.
var fixedEvidence = []string{verdictFile, runFile, sbomFile, sarifFile, markdownFile, htmlFile, vexFile, policyFile,
	sums256File, sums512File, sums256File + bundleSuffix, earlierFile, patchFile}

// openFolder opens the evidence folder and takes away what an earlier run left
// there: whatever happens from here on, no old pass is found in it.
func openFolder(c Where, r *action.Runner) (*disk.Folder, error) {
	if err := checkOut(c, r); err != nil {
		return nil, err
	}
	folder, err := disk.Create(c.Out)
	if err != nil {
		return nil, err
	}
	err = keepOut(folder)
	for _, name := range fixedEvidence {
		err = errors.Join(err, folder.Remove(name))
	}
	old, globErr := filepath.Glob(filepath.Join(escapeGlob(c.Out), "*"+bundleSuffix))
	for _, path := range old {
		err = errors.Join(err, folder.Remove(filepath.Base(path)))
	}
	if err = errors.Join(err, globErr); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return folder, nil
}

// escapeGlob makes a path stand for itself in a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// put writes one file of evidence.
func (o *Outcome) put(folder *disk.Folder, name string, data []byte) error {
	if err := folder.Write(name, data); err != nil {
		return err
	}
	o.Evidence = append(o.Evidence, folder.File(name))
	return nil
}

// A file is one file of evidence, and how its content is written.
type file struct {
	name  string
	write func(f *os.File) error
	draft *disk.Draft
}

// rendered is a file whose content is written to any writer.
func rendered(name string, render func(w io.Writer) error) *file {
	return &file{name: name, write: func(f *os.File) error { return render(f) }}
}

// given is a file whose content is there.
func given(name string, data []byte) *file {
	return rendered(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeEvidence writes what was seen, for a blocked package too: all but the
// reports, which say what was done besides.
func (o *Outcome) writeEvidence(w Writing, c Acting, folder *disk.Folder, in *input, v judgement) error {
	o.judged(in, v)
	if err := in.registry.err; err != nil && v.Result == policy.Block {
		o.Document.LookedAt.Skipped = append(slices.Clip(in.skipped), skip("registry", "%s", oneLine(err)))
	} else if err != nil {
		o.Document.Problem = oneLine(err)
	}
	s := in.subject
	lifted := o.lifted()
	bill := w.bill(s, o.version)
	bill.Vulnerabilities = analyses(in.issued(w), lifted)
	var upload bytes.Buffer // the SARIF file once more, where it is sent
	files := []*file{
		{name: sbomFile, write: func(f *os.File) error { return o.writeSBOM(f, bill, c.Sign != Never && in.acting && v.Passed()) }},
		given(policyFile, s.Policy.Canonical()),
		rendered(sarifFile, func(out io.Writer) error {
			if c.Upload != Never {
				out = io.MultiWriter(out, &upload)
			}
			return o.writeSARIF(out, in)
		}),
	}
	if len(lifted) > 0 && in.purl() != "" {
		files = append(files, rendered(vexFile, func(out io.Writer) error { return vex.Write(out, o.issue(in.issued(w), in, lifted)) }))
	}
	var sums []byte
	if t := s.Tarball; t != nil {
		o.tarball = report.File{Name: copyName(t, s.Manifest), SHA256: t.SHA256}
		sums = tarball.Sums([]tarball.Sum{{Hex: t.SHA256, Name: o.tarball.Name}})
		if s.Packed {
			o.packed = folder.File(o.tarball.Name)
		}
		files = append(files,
			given(o.tarball.Name, t.Bytes),
			given(sums256File, sums),
			given(sums512File, tarball.Sums([]tarball.Sum{{Hex: t.SHA512, Name: o.tarball.Name}})),
		)
	}
	if s.Plan != nil && s.Plan.Patch != "" {
		files = append(files, given(patchFile, []byte(s.Plan.Patch)))
	}
	if err := o.putVerdict(folder, files); err != nil {
		return err
	}
	o.sums, o.sarif = sums, upload.Bytes()
	if o.sarif != nil {
		o.sarifFile = report.File{Name: sarifFile, SHA256: hexSHA256(o.sarif)}
	}
	return nil
}

// writeSBOM writes the SBOM, and keeps its bytes where they are to be signed.
func (o *Outcome) writeSBOM(f *os.File, bill sbom.Input, keep bool) error {
	if err := sbom.WriteFile(f, bill); err != nil || !keep {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	o.bill = make([]byte, info.Size())
	_, err = f.ReadAt(o.bill, 0)
	return err
}

// judged takes the judgement into the document; what was done stays beside it.
func (o *Outcome) judged(in *input, v judgement) {
	o.Document, o.prefix = in.document(v), in.place.prefix()
	o.Document.Run, o.Document.ToolVersion = &o.Run, o.version
}

// putVerdict writes files and the verdict, which comes last: where it is, all
// the rest is. Its digest is what the run, and whoever signs, knows it by.
func (o *Outcome) putVerdict(folder *disk.Folder, files []*file) error {
	sum := sha256.New()
	files = append(files, rendered(verdictFile, func(w io.Writer) error { return report.JSON(io.MultiWriter(w, sum), &o.Document) }))
	if err := o.putAll(folder, files); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	o.Run.Verdict = report.File{Name: verdictFile, SHA256: hex.EncodeToString(sum.Sum(nil))}
	return nil
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// putAll writes files side by side, since none of them needs another, and gives
// them their names in order once all are there: of evidence that could not be
// written in full nothing is seen.
func (o *Outcome) putAll(folder *disk.Folder, files []*file) error {
	errs := make([]error, len(files))
	var group sync.WaitGroup
	for i, f := range files {
		group.Go(func() { f.draft, errs[i] = folder.Draft(f.name, f.write) })
	}
	group.Wait()
	err := errors.Join(errs...)
	for _, f := range files {
		switch {
		case f.draft == nil:
		case err != nil:
			f.draft.Drop()
		default:
			if err = f.draft.Keep(); err == nil && !slices.Contains(o.Evidence, folder.File(f.name)) {
				o.Evidence = append(o.Evidence, folder.File(f.name))
			}
		}
	}
	return err
}

// copyName is the name of the tarball's copy among the evidence: its own, if
// that is a tarball's and so none of ours.
func copyName(t *tarball.Tarball, m *npm.Manifest) string {
	name := filepath.Base(t.File)
	if strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz") {
		return name
	}
	return pack.Name(m.Name, m.Version)
}

func (o *Outcome) writeSARIF(w io.Writer, in *input) error {
	leftOut, err := sarif.Write(w, sarif.Input{
		Rules: Rules(), Verdict: o.Document.Verdict, Package: in.subject.Manifest.Name, ToolVersion: o.version,
		Root: in.place.prefix(), PolicyFile: in.subject.Policy.File, Exists: in.place.exists,
	})
	if leftOut > 0 {
		o.did("evidence", report.Noted, report.File{Name: sarifFile},
			"%d findings are left out of %s, which GitHub would refuse otherwise; the other reports hold them", leftOut, sarifFile)
	}
	return err
}
