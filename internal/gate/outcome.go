package gate

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
)

// An Outcome is what happened in a run, as far as the run got.
type Outcome struct {
	Document report.Document // what was judged
	Run      report.Run      // what was done
	// Whole is the report on several members of a workspace, in place of
	// Document. Nil: one package was judged.
	Whole    *report.Whole
	Folder   string   // directory of the evidence
	Evidence []string // paths of the files written, in the order of writing
	Preview  []byte   // what -dry-run would have sent, as JSON

	sums         []byte            // SHA256SUMS
	sarif        []byte            // results.sarif, compressed, if it is uploaded
	category     string            // of the findings at code scanning, besides the package
	bill         []byte            // sbom.cdx.json, if it is to be signed
	attestations []sign.Bundle     // bundles that were signed and are not stored yet
	sarifFile    report.File       // results.sarif, if it is uploaded
	tarball      report.File       // the tarball's copy
	packed       string            // path of the tarball: of the copy if it was packed here, else as named
	bundle       string            // path of the tarball's bundle
	prefix       string            // from the checkout's root to the package's directory
	sources      map[string]string // packed files to those of the repository with the same bytes, of files with findings
	proof        []byte            // the bundle of the provenance, if it was signed
	things       []string          // what was signed, in the words of signing.require
	sarifID      string
	harvest      harvest  // for the dependency graph
	parts        []note   // annotations of the members of a workspace
	cleared      *cleared // it passed and waits for the other members to pass; nil: it does not
	begun        bool     // its acts were begun
	summedUp     bool     // it is told what became of all members of a workspace
	left         bool     // it is a member that is not released
	onPull       bool     // the run is of a pull request on which it was to comment
	at           string   // of the commands of npm: " --registry …"; empty: npm's own
	stageID      string   // of what was staged
	waited       bool     // the document was sent, and what came then has a clock of its own
	trouble      string   // what went wrong, in one line
	version      string   // publishgate's own version
	clock        func() time.Time
	log          *Log             // as in Telling
	waiting      *display.Printer // as in Telling
	reports      []string         // as in Writing
	began        time.Time
}

func newOutcome(c Config) *Outcome {
	o := &Outcome{Folder: c.Out, packed: c.Tarball, category: c.Category, version: c.Version, clock: c.Now,
		log: c.Log, waiting: c.Waiting, reports: c.Reports, began: c.Now().UTC()}
	o.Document.Run, o.Document.PackageUnread, o.Document.PolicyUnread = &o.Run, true, true
	return o
}

// Waited reports whether the run may have outlasted its deadline, because the
// registry was waited for.
func (o *Outcome) Waited() bool { return o.waited }

// did notes an act, how it ended, and the evidence file that belongs to it. The
// text may quote a server: whoever shows it escapes it, once.
func (o *Outcome) did(what string, state report.State, file report.File, format string, args ...any) {
	a := report.Act{What: what, State: state, Text: fmt.Sprintf(format, args...), File: file.Name, Time: o.clock().UTC()}
	if file.SHA256 != "" {
		a.Digest = "sha256:" + file.SHA256
	}
	o.Run.Acts = append(o.Run.Acts, a)
}

// failed notes that an act failed, and adds the reason to the error.
func (o *Outcome) failed(what string, reason report.Reason, err error) error {
	o.did(what, report.Failed, report.File{}, "%s", err.Error())
	return because(reason, err)
}
