package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// The bytes are those of encoding/json, for every document the tests have.
func TestAsEncodingJSON(t *testing.T) {
	vouched := passed()
	vouched.LookedAt.VEX = []VEX{{"a.vex.json", "OpenVEX", "Acme::", 1200, 3}, {File: "b.json"}}
	vouched.Verdict.Judged[0].Waiver.Document = "a.vex.json"
	unasked := blocked()
	unasked.LookedAt.Sources[0].Unasked = []string{"@acme/a", "b"}
	unasked.LookedAt.Sources[0].StandIn = true
	unasked.Verdict.Judged[0].Finding.Paths = [][]string{{}, {"a\u202e"}}
	for name, d := range map[string]*Document{
		"blocked": blocked(), "passed": passed(), "undecided": undecided(), "zero": {}, "vouched": vouched, "unasked": unasked, "grouped": grouped(), "poison": poison("##[x]\xff<&>\u2028\n::"),
		"no waiver": {Verdict: policy.Verdict{Judged: []policy.Judged{{State: finding.Waived}}}},
	} {
		if got, want := render(t, JSON, d), render(t, byReflection, d); got != want {
			t.Errorf("%s: got\n%s\nencoding/json has\n%s", name, got, want)
		}
	}
}

// The shape of verdict.json, for encoding/json.
type (
	jsonDocument struct {
		Result   string        `json:"result"`
		Problem  string        `json:"problem"`
		Package  jsonPackage   `json:"package"`
		Tarball  *jsonTarball  `json:"tarball"`
		LookedAt jsonLookedAt  `json:"looked_at"`
		Findings []jsonFinding `json:"findings"`
		Groups   []jsonGroup   `json:"groups"`
		Counts   jsonCounts    `json:"counts"`
		Diff     *jsonDiff     `json:"diff"`
		Plan     []jsonStep    `json:"plan"`
		Patch    string        `json:"patch"`
		Levels   *jsonLevels   `json:"levels"`
		Policy   string        `json:"policy"`
		PolicyOf string        `json:"policy_commit"`
		Tool     jsonTool      `json:"tool"`
	}
	jsonPackage struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		PURL     string `json:"purl"`
		Manager  string `json:"manager"`
		Lockfile string `json:"lockfile"`
	}
	jsonTarball struct {
		File      string `json:"file"`
		Size      int64  `json:"size"`
		Unpacked  int64  `json:"unpacked"`
		Entries   int    `json:"entries"`
		SHA1      string `json:"sha1"`
		SHA256    string `json:"sha256"`
		SHA512    string `json:"sha512"`
		Integrity string `json:"integrity"`
	}
	jsonLookedAt struct {
		Dependencies int          `json:"dependencies"`
		Shipped      int          `json:"shipped"`
		Prod         int          `json:"prod"`
		Dev          int          `json:"dev"`
		Optional     int          `json:"optional"`
		Peer         int          `json:"peer"`
		Commit       *jsonCommit  `json:"commit"`
		Sources      []jsonSource `json:"advisory_sources"`
		Skipped      []jsonSkip   `json:"skipped"`
		Previous     string       `json:"previous_version"`
		Registry     string       `json:"registry"`
		VEX          []jsonVEX    `json:"vex"`
	}
	jsonCommit struct {
		SHA       string `json:"sha"`
		Date      string `json:"date"`
		Tag       string `json:"tag"`
		Identical int    `json:"identical"`
		Built     int    `json:"built"`
		Ignored   int    `json:"ignored"`
		Modified  int    `json:"modified"`
		Untracked int    `json:"untracked"`
	}
	jsonSource struct {
		Name       string   `json:"name"`
		Advisories int      `json:"advisories"`
		AsOf       string   `json:"as_of"`
		Partial    bool     `json:"partial"`
		StandIn    bool     `json:"stand_in"` // it was used because no online source could answer
		Error      string   `json:"error"`
		Unasked    []string `json:"unasked"`
	}
	jsonVEX struct {
		File       string `json:"file"`
		Format     string `json:"format"`
		Author     string `json:"author"`
		Statements int    `json:"statements"`
		Matched    int    `json:"matched"`
	}
	jsonSkip struct {
		What string `json:"what"`
		Why  string `json:"why"`
	}
	jsonFinding struct {
		Rule        string        `json:"rule"`
		Severity    string        `json:"severity"`
		State       string        `json:"state"`
		Package     string        `json:"package"`
		IDs         []string      `json:"ids"`
		Paths       [][]string    `json:"paths"`
		File        string        `json:"file"`
		InTarball   bool          `json:"in_tarball"`
		Line        int           `json:"line"`
		Column      int           `json:"column"`
		Message     string        `json:"message"`
		Fix         string        `json:"fix"`
		Scope       string        `json:"scope"`
		Shipped     bool          `json:"shipped"`
		Why         string        `json:"why"`
		Due         string        `json:"due"`
		Published   string        `json:"published"`
		Advisory    *jsonAdvisory `json:"advisory"`
		Waiver      *jsonWaiver   `json:"waiver"`
		Fingerprint string        `json:"fingerprint"`
		Group       int           `json:"group"`
	}
	jsonGroup struct {
		Package  string   `json:"package"`
		Version  string   `json:"version"`
		Rule     string   `json:"rule"`
		State    string   `json:"state"`
		Worst    string   `json:"worst"`
		Scope    string   `json:"scope"`
		Shipped  bool     `json:"shipped"`
		Count    int      `json:"count"`
		Findings []string `json:"findings"`
		Ends     string   `json:"ends"`
		Fix      string   `json:"fix"`
	}
	jsonLevels struct {
		Prod     string `json:"prod"`
		Optional string `json:"optional"`
		Peer     string `json:"peer"`
		Dev      string `json:"dev"`
		DevUnset bool   `json:"dev_unset"`
	}
	jsonWaiver struct {
		ID            string `json:"id"`
		Reason        string `json:"reason"`
		Justification string `json:"justification"`
		Owner         string `json:"owner"`
		Expires       string `json:"expires"`
		Status        string `json:"status"`
		Document      string `json:"document"`
	}
	jsonCounts struct {
		Block    int `json:"block"`
		Warn     int `json:"warn"`
		Waived   int `json:"waived"`
		Critical int `json:"critical"`
		High     int `json:"high"`
		Moderate int `json:"moderate"`
		Low      int `json:"low"`
		Info     int `json:"info"`
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
)

// byReflection is verdict.json as encoding/json writes it.
func byReflection(w io.Writer, d *Document) error {
	c := d.Verdict.Counts
	doc := jsonDocument{
		Result:   d.Result().String(),
		Problem:  d.Problem,
		Package:  jsonPackage(d.Package),
		LookedAt: lookedAtJSON(d.LookedAt),
		Findings: make([]jsonFinding, 0, len(d.Verdict.Judged)),
		Groups:   []jsonGroup{},
		Levels:   (*jsonLevels)(d.Levels),
		Counts:   jsonCounts(c),
		Policy:   d.Policy,
		PolicyOf: d.PolicyOf,
		Tool:     jsonTool{"publishgate", d.ToolVersion},
	}
	doc.Diff = diffJSON(d.Diff)
	doc.Plan, doc.Patch = planJSON(d)
	if t := d.Tarball; t != nil {
		doc.Tarball = &jsonTarball{t.File, t.Size, t.Unpacked, t.Entries, t.SHA1, t.SHA256, t.SHA512, t.Integrity}
	}
	for _, j := range d.Verdict.Judged {
		doc.Findings = append(doc.Findings, findingJSON(j))
	}
	for at, g := range d.Verdict.Groups() {
		f := g.Of()
		name, version := g.Package()
		out := jsonGroup{name, version, f.Rule, g.State().String(), f.Severity.String(), string(f.Scope), f.Shipped, len(g.Findings), nil, f.Ends, f.Fix}
		for _, j := range g.Findings {
			out.Findings = append(out.Findings, j.Finding.Fingerprint())
			for i := range d.Verdict.Judged {
				if j == &d.Verdict.Judged[i] {
					doc.Findings[i].Group = at
				}
			}
		}
		doc.Groups = append(doc.Groups, out)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	if _, err := w.Write(say.JSON(b.Bytes())); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

func lookedAtJSON(l LookedAt) jsonLookedAt {
	out := jsonLookedAt{
		Dependencies: l.Dependencies, Shipped: l.Shipped, Prod: l.Prod, Dev: l.Dev, Optional: l.Optional, Peer: l.Peer,
		Sources: make([]jsonSource, 0, len(l.Sources)),
		Skipped: make([]jsonSkip, 0, len(l.Skipped)), Previous: l.Previous, Registry: l.Registry,
	}
	if c := l.Commit; c != nil {
		out.Commit = &jsonCommit{c.SHA, stamp(c.Date), c.Tag, c.Identical, c.Built, c.Ignored, c.Modified, c.Untracked}
	}
	for _, s := range l.Sources {
		out.Sources = append(out.Sources, jsonSource{s.Name, s.Advisories, stamp(s.AsOf), s.Partial, s.StandIn, s.Error, append([]string{}, s.Unasked...)})
	}
	for _, s := range l.Skipped {
		out.Skipped = append(out.Skipped, jsonSkip(s))
	}
	out.VEX = make([]jsonVEX, 0, len(l.VEX))
	for _, v := range l.VEX {
		out.VEX = append(out.VEX, jsonVEX(v))
	}
	return out
}

type jsonAdvisory struct {
	Title     string `json:"title"`
	Link      string `json:"link"`
	Score     string `json:"score"`
	Fixed     string `json:"fixed"`
	Exploited bool   `json:"exploited"`
}

func findingJSON(j policy.Judged) jsonFinding {
	f := j.Finding
	out := jsonFinding{
		Rule: f.Rule, Severity: f.Severity.String(), State: j.State.String(), Package: f.Package,
		IDs: append([]string{}, f.IDs...), Paths: make([][]string, 0, len(f.Paths)),
		File: f.File, InTarball: f.InTarball, Line: f.Line, Column: f.Column,
		Message: f.Message, Fix: f.Fix, Scope: string(f.Scope), Shipped: f.Shipped, Why: j.Why, Due: j.Due, Published: f.Published,
		Fingerprint: f.Fingerprint(),
	}
	for _, p := range f.Paths {
		out.Paths = append(out.Paths, append([]string{}, p...))
	}
	if a := f.Advisory; a != nil {
		out.Advisory = &jsonAdvisory{f.Title, a.Link, a.Score, a.Fixed, a.Exploited}
	}
	if w := j.Waiver; w != nil {
		out.Waiver = &jsonWaiver{w.ID, w.Reason, w.Justification, w.Owner, stamp(w.Expires), w.Status, w.Document}
	}
	return out
}

// The plan in verdict.json.
type (
	jsonStep struct {
		Do       string        `json:"do"`
		Package  string        `json:"package"`
		To       string        `json:"to"`
		File     string        `json:"file"`
		Key      string        `json:"key"`
		Also     []string      `json:"also"`
		Old      string        `json:"old"`
		New      string        `json:"new"`
		Command  string        `json:"command"`
		Removes  []jsonRemoval `json:"removes"`
		Verified bool          `json:"verified"`
		Notes    []string      `json:"notes"`
	}
	jsonRemoval struct {
		Package string   `json:"package"`
		IDs     []string `json:"ids"`
	}
)

func planJSON(d *Document) (steps []jsonStep, patch string) {
	steps = []jsonStep{}
	if d.Plan == nil {
		return steps, ""
	}
	for _, s := range d.Plan.Steps {
		out := jsonStep{
			Do: s.Do.String(), Package: s.Name, To: s.To, File: s.File, Key: s.Key, Also: append([]string{}, s.Also...), Old: s.Old, New: s.New, Command: s.Command,
			Removes: []jsonRemoval{}, Verified: s.Verified, Notes: append([]string{}, s.Notes...),
		}
		for _, r := range s.Removes {
			out.Removes = append(out.Removes, jsonRemoval{r.Package, append([]string{}, r.IDs...)})
		}
		steps = append(steps, out)
	}
	return steps, d.Plan.Patch
}
