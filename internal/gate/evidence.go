package gate

import (
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
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sbom"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/vex"
)

// The names of the evidence files. Users rely on them.
const (
	verdictFile  = "verdict.json"
	runFile      = "run.json"
	sbomFile     = "sbom.cdx.json"
	sarifFile    = "results.sarif"
	markdownFile = "report.md"
	htmlFile     = "report.html"
	vexFile      = "openvex.json"
	policyFile   = "policy.json" // the policy as it applied; its digest is signed
	sums256File  = "SHA256SUMS"
	sums512File  = "SHA512SUMS"
	patchFile    = "fix.patch" // written only if there is something to patch
	bundleSuffix = ".sigstore.json"
)

// fixedEvidence lists every evidence file whose name does not depend on the
// package. The verdict comes first, because later steps trust it.
var fixedEvidence = []string{verdictFile, runFile, sbomFile, sarifFile, markdownFile, htmlFile, vexFile, policyFile,
	sums256File, sums512File, sums256File + bundleSuffix, earlierFile, patchFile, gitLabFile, junitFile}

// openFolder opens the directory of the evidence and removes what an earlier run
// left there. Whatever happens later, no old pass is found in it.
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
	drafts, _ := filepath.Glob(filepath.Join(escapeGlob(c.Out), disk.DraftOf("*")))
	for _, path := range drafts { // of a run that was killed while it wrote
		if name := disk.Drafted(filepath.Base(path)); !strings.HasPrefix(name, ".") && ofEvidence(name) {
			old = append(old, path)
		}
	}
	for _, path := range old {
		err = errors.Join(err, folder.Remove(filepath.Base(path)))
	}
	if err = errors.Join(err, globErr); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return folder, nil
}

// escapeGlob escapes a path so that it stands for itself in a glob pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// put writes one file of the evidence.
func (o *Outcome) put(folder *disk.Folder, name string, data []byte) error {
	if err := folder.Write(name, data); err != nil {
		return err
	}
	o.Evidence = append(o.Evidence, folder.File(name))
	return nil
}

// A file is one file of the evidence, with the function that writes its content.
type file struct {
	name  string
	write func(f *os.File) error
	begun *beside[*disk.Draft] // it was begun earlier; nil: write writes it
	draft *disk.Draft
}

// drafted writes the file, or waits until it is written.
func (f *file) drafted(folder *disk.Folder) (err error) {
	if f.begun != nil {
		f.draft, err = f.begun.wait()
		return err
	}
	f.draft, err = folder.Draft(f.name, f.write)
	return err
}

// rendered returns a file whose content is written by render.
func rendered(name string, render func(w io.Writer) error) *file {
	return &file{name: name, write: func(f *os.File) error { return render(f) }}
}

// given returns a file whose content is data.
func given(name string, data []byte) *file {
	return rendered(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeEvidence writes what was read and judged, also for a blocked package. It
// does not write the reports and run.json: they also say what is done later.
func (o *Outcome) writeEvidence(w Writing, c Acting, folder *disk.Folder, in *input, v judgement, copied *tarballCopy) error {
	defer o.log.waitFor("the evidence to be written")()
	o.judged(in, v)
	if err := in.registry.err; err != nil && v.Result == policy.Block {
		o.Document.LookedAt.Skipped = append(slices.Clip(in.skipped), skip("registry", "%s", oneLine(err)))
	} else if err != nil {
		o.Document.Problem, o.Document.Down = oneLine(err), services(err)
	}
	o.findSources(in)
	s := in.subject
	lifted := o.lifted()
	bill := w.bill(s, o.version)
	bill.Vulnerabilities = analyses(in.issued(w), lifted)
	files := []*file{
		{name: sbomFile, write: func(f *os.File) error { return o.writeSBOM(f, bill, c.Sign != Never && in.acting && v.Passed()) }},
		given(policyFile, s.Policy.Canonical()),
		rendered(sarifFile, func(out io.Writer) error { return o.writeSARIF(out, in, c.Upload != Never) }),
	}
	if len(lifted) > 0 && in.purl() != "" {
		files = append(files, rendered(vexFile, func(out io.Writer) error { return vex.Write(out, o.issue(in.issued(w), in, lifted)) }))
	}
	var sums []byte
	if t := s.Tarball; t != nil {
		o.tarball = report.File{Name: copied.name, SHA256: t.SHA256}
		sums = tarball.Sums([]tarball.Sum{{Hex: t.SHA256, Name: o.tarball.Name}})
		if s.Packed {
			o.packed = folder.File(o.tarball.Name)
		}
		files = append(files,
			&file{name: o.tarball.Name, begun: copied.draft},
			given(sums256File, sums),
			given(sums512File, tarball.Sums([]tarball.Sum{{Hex: t.SHA512, Name: o.tarball.Name}})),
		)
	}
	if s.Plan != nil && s.Plan.Patch != "" {
		files = append(files, given(patchFile, []byte(s.Plan.Patch)))
	}
	if err := errors.Join(dropReceipt(folder, in), o.putVerdict(folder, files)); err != nil {
		return err
	}
	o.sums = sums
	return nil
}

// writeSBOM writes the SBOM. It keeps the bytes if they are to be signed.
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

// judged puts the judgement into the document. What the run did is kept beside
// it.
func (o *Outcome) judged(in *input, v judgement) {
	o.Document, o.prefix = in.document(v), in.place.prefix()
	o.Document.Run, o.Document.ToolVersion = &o.Run, o.version
}

// putVerdict writes files, and the verdict last: if the verdict is there, so is
// all the rest. It notes the digest of the verdict, by which the run and the
// signatures name it.
func (o *Outcome) putVerdict(folder *disk.Folder, files []*file) error {
	sum := sha256.New()
	files = append(files, rendered(verdictFile, func(w io.Writer) error {
		if o.Whole != nil {
			return report.MergedJSON(io.MultiWriter(w, sum), o.Whole)
		}
		return report.JSON(io.MultiWriter(w, sum), &o.Document)
	}))
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

// putAll writes files in parallel, since none needs another. It gives them their
// names, in order, once all are written in full. If one cannot be written, none
// appears.
func (o *Outcome) putAll(folder *disk.Folder, files []*file) error {
	errs := make([]error, len(files))
	var group sync.WaitGroup
	for i, f := range files {
		group.Go(func() { errs[i] = f.drafted(folder) })
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
