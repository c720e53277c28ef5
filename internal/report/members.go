package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Whole is a run that judged several members of a workspace.
type Whole struct {
	Run      *Run // of the whole run: the worst result decides
	Members  []Member
	LeftOut  []Skip   // directories of members that were not judged
	Problems []string // why evidence was not taken, or which is missing; may be foreign
	Version  string   // publishgate's own; may be empty
}

// A Member is one member of a workspace and its report.
type Member struct {
	Folder   string // slash path of its directory
	Evidence string // the subdirectory of its evidence
	Tarball  string // the name of its tarball's copy there; empty: there is none
	Document *Document
}

// Ending returns the result of the run: a pass only if every member passed.
func (w *Whole) Ending() policy.Result {
	lost := func(m Member) bool { return m.Document.Ending() != policy.Pass }
	if w.Run.Reason == Fine && (len(w.Members) == 0 || slices.ContainsFunc(w.Members, lost)) {
		return policy.Unknown
	}
	return w.Run.Reason.Result()
}

// headline returns the first line of every report about several members.
func (w *Whole) headline() []part {
	lead, ended := w.Run.Reason.ending().firstWords, map[policy.Result]int{}
	for _, m := range w.Members { // what was judged; the lead says how the run ended
		ended[m.Document.Result()]++
	}
	switch {
	case w.Ending() == policy.Pass:
		lead = strings.Join(append([]string{"passed"}, w.caveats()...), ", ")
	case w.Run.Reason == Fine, w.Run.Reason.Exit() == 3 && (ended[policy.Unknown] > 0 || len(w.Members) == 0 || len(w.Problems) > 0):
		lead = "not decided" + w.Run.Reason.ending().doubt
	}
	var counts []string
	for _, c := range []struct {
		r    policy.Result
		word string
	}{{policy.Block, "blocked"}, {policy.Unknown, "not decided"}, {policy.Pass, "passed"}} {
		if n := ended[c.r]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, c.word))
		}
	}
	if n := len(w.Problems); n > 0 {
		counts = append(counts, count(n, "problem with the evidence", "problems with the evidence"))
	}
	if len(counts) == 0 {
		counts = []string{"nothing was judged"}
	}
	return []part{own("%s: %s of the workspace", lead, count(len(w.Members), "member", "members")), own(" – %s", strings.Join(counts, ", "))}
}

// caveats returns the qualifications of a pass, over all members.
func (w *Whole) caveats() []string {
	var all []string
	for _, m := range w.Members {
		for _, c := range append(slices.Clone(m.Document.Caveats), m.Document.Only) {
			if c != "" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// facts returns the lines below the first one: what is wrong with the evidence, the
// members that are told in full, those that the same blocks, most of those that passed
// with warnings, a count of the others, who was left out, and what was done.
func (w *Whole) facts(t *telling, most int) []fact {
	fs := w.wrong()
	for _, m := range t.full {
		fs = append(fs, fact{"member", append([]part{foreign(m.called()), own(" – ")}, m.Document.headline()...)})
	}
	fs = append(fs, t.repeated()...)
	for _, m := range t.warned[:min(len(t.warned), most)] {
		fs = append(fs, t.warning(m))
	}
	if more := len(t.warned) - most; more > 0 {
		fs = append(fs, fact{"warned", []part{own("and %s with warnings of their own: report.md", count(more, "more member", "more members"))}})
	}
	fs = append(append(fs, t.passed()...), w.leftOut()...)
	return append(fs, (&Document{Run: w.Run}).acts()...)
}

// wrong returns a line for each problem with the evidence.
func (w *Whole) wrong() []fact {
	const most = 200
	var fs []fact
	for _, p := range w.Problems[:min(len(w.Problems), most)] {
		fs = append(fs, fact{"problem", []part{sentence(p)}})
	}
	if more := len(w.Problems) - most; more > 0 {
		fs = append(fs, fact{"problem", []part{own("and %d more: see verdict.json", more)}})
	}
	return fs
}

// leftOut returns one line for each member that was left out. If many were left
// out for the same reason, they share one line; run.json names each.
func (w *Whole) leftOut() []fact {
	const few = 3
	var reasons []string
	of := map[string][]string{}
	for _, s := range w.LeftOut {
		if of[s.Why] == nil {
			reasons = append(reasons, s.Why)
		}
		of[s.Why] = append(of[s.Why], s.What)
	}
	var fs []fact
	for _, why := range reasons {
		folders := of[why]
		if len(folders) <= few {
			for _, folder := range folders {
				fs = append(fs, fact{"left out", []part{foreign(folder), own(": "), sentence(why), own("; -workspace "),
					foreign(folder), own(" judges it all the same")}})
			}
			continue
		}
		var line []part
		for _, folder := range folders[:few] {
			line = append(line, foreign(folder), own(", "))
		}
		line[len(line)-1] = own(" and %d more: ", len(folders)-few)
		if rest, ok := strings.CutPrefix(why, "it "); ok {
			why = "each " + rest
		}
		fs = append(fs, fact{"left out", append(line, sentence(why), own("; -workspace FOLDER judges one all the same"))})
	}
	return fs
}

// The format of run.json for several members, under the same rules as
// verdict.json.
type (
	jsonWhole struct {
		Schema  int          `json:"schema"` // 1
		Result  string       `json:"result"`
		Reason  string       `json:"reason"`
		Exit    int          `json:"exit"`
		Verdict *jsonFile    `json:"verdict"` // about all members
		Members []jsonMember `json:"members"`
		LeftOut []jsonLeft   `json:"left_out"`
		Acts    []jsonAct    `json:"acts"`
	}
	jsonMember struct {
		Folder  string    `json:"folder"`
		Name    string    `json:"name"`
		Version string    `json:"version"`
		Result  string    `json:"result"`
		Reason  string    `json:"reason"`
		Exit    int       `json:"exit"`
		Verdict *jsonFile `json:"verdict"`
		Acts    []jsonAct `json:"acts"`
	}
	jsonLeft struct {
		Folder string `json:"folder"`
		Why    string `json:"why"`
	}
)

func wholeJSON(w *Whole) jsonWhole {
	r := runJSON(w.Run)
	out := jsonWhole{Schema: schema, Result: r.Result, Reason: r.Reason, Exit: r.Exit, Verdict: r.Verdict, Members: []jsonMember{},
		LeftOut: []jsonLeft{}, Acts: r.Acts}
	for _, m := range w.Members {
		r := runJSON(m.Document.Run)
		out.Members = append(out.Members, jsonMember{m.Folder, m.Document.Package.Name, m.Document.Package.Version,
			r.Result, r.Reason, r.Exit, r.Verdict, r.Acts})
	}
	for _, s := range w.LeftOut {
		out.LeftOut = append(out.LeftOut, jsonLeft{s.What, s.Why})
	}
	return out
}

// MembersJSON writes {run, members: [the ToldJSON of each]}. It returns to's
// error.
func MembersJSON(to io.Writer, w *Whole) error {
	out, err := display.NewEncoder().Append([]byte("{\n  \"run\": "), wholeJSON(w), 1)
	out = append(out, ",\n  \"members\": ["...)
	for i, m := range w.Members {
		if i > 0 {
			out = append(out, ',')
		}
		if err == nil {
			out, err = encodeDocument(to, append(out, "\n    "...), m.Document, m.Document.Run, 2)
		}
	}
	if err == nil {
		_, err = to.Write(append(display.End(out, 1, len(w.Members) == 0), "\n}\n"...))
	}
	if err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

// MembersRunJSON writes run.json of a run with several members. Beside the merged
// verdict it names that of each member. It returns to's error.
func MembersRunJSON(to io.Writer, w *Whole) error {
	out, err := display.NewEncoder().Append(nil, wholeJSON(w), 0)
	if err == nil {
		_, err = to.Write(append(out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}
