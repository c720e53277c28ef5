package gate

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
)

// An Outcome is what happened, as far as it got.
type Outcome struct {
	Document report.Document // what was judged; its Run is below
	Run      report.Run      // what was done
	Whole    *report.Whole   // of several members of a workspace, in place of Document; nil: one package was judged
	Folder   string          // of the evidence
	Evidence []string        // paths of the files written, in the order of writing
	Preview  []byte          // of -dry-run: what would be sent, as JSON

	sums, sarif  []byte        // SHA256SUMS, results.sarif
	bill         []byte        // sbom.cdx.json, where it is to be signed
	attestations []sign.Bundle // those that were signed and are not stored yet
	sarifFile    report.File   // the latter, where it is uploaded
	tarball      report.File   // the tarball's copy
	packed       string        // path of the tarball: of that copy where it was made here, else as it was named
	bundle       string        // path of the tarball's bundle
	prefix       string        // from the checkout's root to the package's folder
	things       []string      // what was signed, in the words of signing.require
	sarifID      string
	trouble      string // what went wrong, in one line
	version      string // publishgate's own
	clock        func() time.Time
}

func newOutcome(c Config) *Outcome {
	o := &Outcome{Folder: c.Out, packed: c.Tarball, version: c.Version, clock: c.Now}
	o.Document.Run, o.Document.PackageUnread, o.Document.PolicyUnread = &o.Run, true, true
	return o
}

// did notes an act: what became of it, and with which file of the evidence. A
// server's words among the arguments are escaped by who hands them in.
func (o *Outcome) did(what string, state report.State, file report.File, format string, args ...any) {
	a := report.Act{What: what, State: state, Text: fmt.Sprintf(format, args...), File: file.Name, Time: o.clock().UTC()}
	if file.SHA256 != "" {
		a.Digest = "sha256:" + file.SHA256
	}
	o.Run.Acts = append(o.Run.Acts, a)
}

// failed notes that an act failed, and gives the error its reason.
func (o *Outcome) failed(what string, reason report.Reason, err error) error {
	o.did(what, report.Failed, report.File{}, "%s", display.Text(err.Error()))
	return because(reason, err)
}
