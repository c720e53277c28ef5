package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// A Reason says why a run did not end with exit 0. The list is closed, and its
// words are a contract: run.json and the action's output reason carry them.
type Reason string

// The reasons.
const (
	Fine         Reason = ""                  // passed, and all that was asked for was done
	Mismatch     Reason = "registry-mismatch" // the registry has other bytes, or another dist-tag, than were judged
	Findings     Reason = "findings"          // the verdict blocks
	Refused      Reason = "refused"           // the event or ref may not sign or publish
	Usage        Reason = "usage"             // a flag, an input, the policy file
	Signal       Reason = "signal"            // told to stop
	Deadline     Reason = "deadline"          // the time was up
	NotPublished Reason = "not-published"     // the registry did not take it, or cannot be told to have
	NotSigned    Reason = "not-signed"        // no signature could be had
	Upload       Reason = "upload"            // -upload-sarif always, and it could not be
	Partial      Reason = "partial"           // to act, one complete source is needed
	SourceDown   Reason = "source-down"       // advisories, or the registry, could not be asked
	Input        Reason = "input"             // all else: what could not be read, understood or written
)

// An ending is what follows from a reason.
type ending struct {
	reason Reason
	exit   int
	lead   string // what a report begins with after a verdict that was reached
	doubt  string // where none was, after "not decided"
}

// endings are the reasons in the order in which one counts before another
// where several hold. What is on no list has not been decided.
var endings = []ending{
	{Mismatch, 1, "blocked, the registry has something else than was judged", ""},
	{Findings, 1, "blocked", ""},
	{Refused, 1, "refused", ""},
	{Usage, 2, "wrong use", ""},
	{Signal, 3, "stopped by a signal", ", stopped by a signal"},
	{Deadline, 3, "stopped by the deadline", ", the deadline has passed"},
	{NotPublished, 3, "not published", ""},
	{NotSigned, 3, "not signed", ""},
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
	return ending{exit: 3, lead: "not decided"}
}

// Exit is the exit code of a run that ends for this reason.
func (r Reason) Exit() int { return r.ending().exit }

// Before reports whether r counts where both hold. Every reason counts before
// Fine.
func (r Reason) Before(other Reason) bool {
	mine, its := r.rank(), other.rank()
	return mine >= 0 && (its < 0 || mine < its)
}

// Result is the word for an exit code: pass with 0 alone, block with 1.
func (r Reason) Result() policy.Result {
	switch r.Exit() {
	case 0:
		return policy.Pass
	case 1:
		return policy.Block
	}
	return policy.Unknown
}

// A Run is what was done, beside the judgement that the Document holds.
type Run struct {
	Reason  Reason
	Verdict File // verdict.json as it was written; zero: it was not
	Acts    []Act
	Out     Out
}

// A File is one file of the evidence.
type File struct {
	Name   string // in the folder of the evidence
	SHA256 string // lower-case hex
}

// An Act is one thing done, or left undone, after looking.
type Act struct {
	What   string // "registry", "upload", "sign", "publish", "read-back", "evidence", "report"
	State  State
	Text   string    // our own words, digests and paths; a server's words only escaped
	File   string    // of the evidence, what it was done with; empty: no file
	Digest string    // of that file's bytes, "sha256:…"; empty: no file
	Time   time.Time // when it was settled
}

// A State says what became of an act.
type State string

// The states.
const (
	Done     State = "done"
	Already  State = "already"  // an earlier run had done it
	Accepted State = "accepted" // the other side said yes, and does not show it yet
	Skipped  State = "skipped"  // left undone, and nobody asked for more
	Failed   State = "failed"
	Unsure   State = "unknown" // begun, and it cannot be told whether it was done
	Noted    State = "warning" // done, with something to be said about it
)

// Warns reports whether people are to look at the act.
func (a *Act) Warns() bool {
	return slices.Contains([]State{Failed, Unsure, Accepted, Noted}, a.State)
}

// Said is the act as people say it: "published", "not signed".
func (a *Act) Said() string {
	verb, known := map[string]string{"sign": "signed", "publish": "published", "upload": "uploaded", "read-back": "read back", "evidence": "evidence", "report": "told"}[a.What]
	if !known {
		verb = a.What
	}
	switch a.State {
	case Skipped, Failed:
		return "not " + verb
	case Unsure:
		return "perhaps " + verb
	}
	return verb
}

// An Out says whether the package is out, in the words of the action's output
// published.
type Out string

// The words. The zero value is that of a run that never began to publish.
const (
	Kept      Out = ""
	Published Out = "true"
	There     Out = "already"  // these very bytes were out before
	Coming    Out = "accepted" // the registry said yes, and does not show it yet
	Doubtful  Out = "unknown"  // it was sent, and cannot be told to have arrived
)

// Word is the value of the output: false where nothing was let out, and
// nothing where that is not known.
func (o Out) Word() string {
	switch o {
	case Kept:
		return "false"
	case Doubtful:
		return ""
	}
	return string(o)
}

// The shape of run.json, under the rules of verdict.json's. docs/run.schema.json is
// made of it.
type (
	jsonRun struct {
		Schema  int       `json:"schema"` // 1
		Result  string    `json:"result" enum:"pass,block,unknown"`
		Reason  string    `json:"reason" enum:",registry-mismatch,findings,refused,usage,signal,deadline,not-published,not-signed,upload,partial,source-down,input"`
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

// RunJSON writes run.json, in the manner of verdict.json. An error is one of w.
func RunJSON(w io.Writer, r *Run) error {
	out, err := say.NewEncoder().Append(nil, runJSON(r), 0)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

func runJSON(r *Run) jsonRun {
	out := jsonRun{Schema: schema, Result: r.Reason.Result().String(), Reason: string(r.Reason), Exit: r.Reason.Exit(), Acts: []jsonAct{}}
	if r.Verdict != (File{}) {
		out.Verdict = &jsonFile{r.Verdict.Name, r.Verdict.SHA256}
	}
	for i := range r.Acts {
		a := &r.Acts[i]
		out.Acts = append(out.Acts, jsonAct{a.What, string(a.State), a.Text, a.File, a.Digest, stamp(a.Time)})
	}
	return out
}
