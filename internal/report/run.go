package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Reason says why a run did not end with exit 0. The set of values is closed
// and is a contract: run.json and the action's output reason contain them.
type Reason string

// The reasons.
const (
	Fine         Reason = ""                  // passed, and everything requested was done
	Mismatch     Reason = "registry-mismatch" // the registry has other bytes, or another dist-tag, than those judged
	Findings     Reason = "findings"          // the verdict blocks
	Refused      Reason = "refused"           // the event or ref may not sign or publish
	Usage        Reason = "usage"             // a mistake in a flag, an input or the policy file
	Signal       Reason = "signal"            // a signal asked it to stop
	Deadline     Reason = "deadline"          // the time ran out
	NotPublished Reason = "not-published"     // the registry refused it, or it is not known whether it accepted it
	NotSigned    Reason = "not-signed"        // no signature could be made
	Undeprecated Reason = "not-deprecated"    // it was published into an ended line, and could not be deprecated
	Upload       Reason = "upload"            // the upload of -upload-sarif always failed
	Partial      Reason = "partial"           // acting needs one complete advisory source
	SourceDown   Reason = "source-down"       // an advisory source or the registry did not answer
	Input        Reason = "input"             // everything else: something could not be read, understood or written
)

// An ending is what a reason implies.
type ending struct {
	reason     Reason
	exit       int
	firstWords string // first words of a report with a verdict
	doubt      string // the same without a verdict, after "not decided"
}

// endings lists the reasons by precedence, for when several apply. A reason
// that is not listed means that nothing was decided.
var endings = []ending{
	{Mismatch, 1, "blocked, the registry has something else than was judged", ""},
	{Findings, 1, "blocked", ""},
	{Refused, 1, "refused", ""},
	{Usage, 2, "wrong use", ""},
	{Signal, 3, "stopped by a signal", ", stopped by a signal"},
	{Deadline, 3, "stopped by the deadline", ", the deadline has passed"},
	{NotPublished, 3, "not published", ""},
	{NotSigned, 3, "not signed", ""},
	{Undeprecated, 3, "not deprecated", ""},
	{Upload, 3, "not uploaded", ""},
	{Partial, 3, "not let through on partial advisory data", ", partial advisory data"},
	{SourceDown, 3, "not let through, a source is down", ", a source is down"},
	{Input, 3, "not finished", ""},
}

func (r Reason) rank() int {
	return slices.IndexFunc(endings, func(e ending) bool { return e.reason == r })
}

func (r Reason) ending() ending {
	if at := r.rank(); at >= 0 {
		return endings[at]
	}
	if r == Fine {
		return ending{}
	}
	return ending{exit: 3, firstWords: "not decided"}
}

// Exit returns the exit code of a run with this reason.
func (r Reason) Exit() int { return r.ending().exit }

// Before reports whether r takes precedence over other. Every reason does over
// Fine.
func (r Reason) Before(other Reason) bool {
	mine, its := r.rank(), other.rank()
	return mine >= 0 && (its < 0 || mine < its)
}

// Result returns the word for the exit code: pass for 0 only, block for 1, else
// unknown.
func (r Reason) Result() policy.Result {
	switch r.Exit() {
	case 0:
		return policy.Pass
	case 1:
		return policy.Block
	}
	return policy.Unknown
}

// A Run is what was done after the judgement, which is in the Document.
type Run struct {
	Reason  Reason
	Verdict File // verdict.json as it was written; zero: not written
	Acts    []Act
	Out     Out
	StageID string // under which the version waits; empty: none does, or it is not known
}

// A File is one file of the evidence.
type File struct {
	Name   string // in the evidence directory
	SHA256 string // lower-case hex
}

// An Act is one action after the judgement, done or not.
type Act struct {
	// What is "registry", "upload", "submit", "sign", "attest", "store", "provenance",
	// "publish", "stage", "tags", "deprecate", "read-back", "evidence", "comment" or "report".
	What   string
	State  State
	Text   string    // one sentence; it may quote a server, so whoever shows it escapes it
	File   string    // evidence file that it used; empty: none
	Digest string    // of that file, "sha256:…"; empty: no file
	Time   time.Time // when it ended
}

// A State is the outcome of an act.
type State string

// The states.
const (
	Done     State = "done"
	Already  State = "already"  // an earlier run did it
	Accepted State = "accepted" // the other side accepted it but does not show it yet
	Skipped  State = "skipped"  // not done, and not required
	Failed   State = "failed"
	Unsure   State = "unknown" // begun, but it is not known whether it was done
	Noted    State = "warning" // done, with a warning
)

// Warns reports whether people should look at the act.
func (a *Act) Warns() bool {
	return slices.Contains([]State{Failed, Unsure, Accepted, Noted}, a.State)
}

// Said returns the act in words: "published", "not signed".
func (a *Act) Said() string {
	verb, known := map[string]string{"sign": "signed", "attest": "attested", "store": "stored", "publish": "published", "stage": "staged",
		"provenance": "sent with provenance",
		"tags":       "tagged", "deprecate": "deprecated", "upload": "uploaded", "submit": "submitted", "comment": "commented",
		"read-back": "read back", "evidence": "evidence", "report": "told"}[a.What]
	if !known {
		verb = a.What
	}
	switch a.State {
	case Skipped, Failed:
		return "not " + verb
	case Unsure:
		return "perhaps " + verb
	case Accepted:
		return "not yet " + verb
	}
	return verb
}

// An Out reports whether the package was published, in the words of the
// action's output published.
type Out string

// The values. The zero value is for a run that did not begin to publish.
const (
	Kept      Out = ""
	Published Out = "true"
	There     Out = "already"  // the same bytes had been published before
	Staged    Out = "staged"   // it waits at the registry until somebody approves it
	Coming    Out = "accepted" // the registry accepted it but does not show it yet
	Partly    Out = "partial"  // some members of a workspace were, and others were not
	Stopped   Out = "blocked"  // the registry accepted it, and its own checks said no
	Doubtful  Out = "unknown"  // it was sent, but it is not known whether it arrived
)

// Word returns the value of the output: false if nothing was published, empty
// if that is not known.
func (o Out) Word() string {
	switch o {
	case Kept:
		return "false"
	case Doubtful:
		return ""
	}
	return string(o)
}

// The format of run.json, under the same rules as verdict.json.
// docs/run.schema.json is generated from it.
type (
	jsonRun struct {
		Schema  int       `json:"schema"` // 1
		Result  string    `json:"result" enum:"pass,block,unknown"`
		Reason  string    `json:"reason" enum:",registry-mismatch,findings,refused,usage,signal,deadline,not-published,not-signed,not-deprecated,upload,partial,source-down,input"`
		Exit    int       `json:"exit"`
		Verdict *jsonFile `json:"verdict"`
		Acts    []jsonAct `json:"acts"`
	}
	jsonFile struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	}
	jsonAct struct {
		What   string `json:"what"`
		State  string `json:"state" enum:"done,already,accepted,skipped,failed,unknown,warning"`
		Text   string `json:"text"`
		File   string `json:"file"`
		Digest string `json:"digest"`
		Time   string `json:"time"`
	}
)

// RunJSON writes run.json, in the layout of verdict.json. It returns w's error.
func RunJSON(w io.Writer, r *Run) error {
	out, err := display.NewEncoder().Append(nil, runJSON(r), 0)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

func runJSON(r *Run) jsonRun {
	out := jsonRun{Schema: schema, Result: r.Reason.Result().String(), Reason: string(r.Reason),
		Exit: r.Reason.Exit(), Acts: []jsonAct{}}
	if r.Verdict != (File{}) {
		out.Verdict = &jsonFile{r.Verdict.Name, r.Verdict.SHA256}
	}
	for i := range r.Acts {
		a := &r.Acts[i]
		out.Acts = append(out.Acts, jsonAct{a.What, string(a.State), a.Text, a.File, a.Digest, stamp(a.Time)})
	}
	return out
}
