package incident

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/strict"
)

// File is the name of the record in the folder of an incident.
const File = "incident.json"

// MaxRecord is the largest record that is read, in bytes.
const MaxRecord = 8 << 20

const schema = 1

// What a run ends with.
const (
	NothingLeft = "done"
	StepsLeft   = "steps-left"
	Unseen      = "could-not-look"
)

// A Record is incident.json: what is known of an incident, and what is left. All
// times are RFC 3339 in UTC, all lists are there. Text from the registry is foreign.
type Record struct {
	Schema    int    `json:"schema"`
	Kind      Kind   `json:"kind" enum:"package,token,exposure"`
	Package   string `json:"package"`
	Range     string `json:"range"`
	Registry  string `json:"registry"`
	Started   string `json:"started"`
	StartedBy string `json:"started_by" enum:"stated,first-look"`
	Since     string `json:"since"` // of a token, else empty
	Looked    string `json:"looked"`
	Said      Said   `json:"said"`
	Result    string `json:"result" enum:"done,steps-left,could-not-look"`

	Clocks     []Clock     `json:"clocks"`
	Steps      []Step      `json:"steps"` // what is overdue first
	Affected   []Affected  `json:"affected"`
	Tags       []Move      `json:"tags"`
	Good       string      `json:"good"` // version to go to; empty: none
	Owners     []string    `json:"owners"`
	Abilities  []string    `json:"abilities"` // what a token could do
	Downloads  *Downloads  `json:"downloads"` // null: not known
	Dependents []Dependent `json:"dependents"`
	Contacts   []string    `json:"contacts"`   // of the policy
	Escalation []string    `json:"escalation"` // of the policy
	Missed     []string    `json:"missed"`     // what could not be looked at
}

// Said is what somebody said of the incident, and what a later run need not be told
// again. Empty: nobody did.
type Said struct {
	Token      string `json:"token"` // its kind
	Good       string `json:"good"`
	Message    string `json:"message"`
	Repository string `json:"repository"`
}

// An Affected version.
type Affected struct {
	Version          string  `json:"version"`
	Published        string  `json:"published"` // empty: not told
	Integrity        string  `json:"integrity"`
	By               string  `json:"by"`
	Approver         string  `json:"approver"`
	TrustedPublisher string  `json:"trusted_publisher"`
	Trust            string  `json:"trust"`
	Deprecated       string  `json:"deprecated"`
	Gone             bool    `json:"gone"`
	Unpublish        Way     `json:"unpublish" enum:"window,rules,doubtful,npm,other,gone"`
	Until            string  `json:"until"`     // of unpublish: window, else empty
	Downloads        int64   `json:"downloads"` // in the last week; -1: not known
	Fixed            string  `json:"fixed"`     // lowest good version above, of its line; empty: none
	Places           []Place `json:"places"`    // of an exposure
}

// version returns what the record has of a version, or nil. The nil record has none.
func (r *Record) version(version string) *Affected {
	if r == nil {
		return nil
	}
	if i := slices.IndexFunc(r.Affected, func(a Affected) bool { return a.Version == version }); i >= 0 {
		return &r.Affected[i]
	}
	return nil
}

// step returns a step of the record, or nil.
func (r *Record) step(id string) *Step {
	if r == nil {
		return nil
	}
	if i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.ID == id }); i >= 0 {
		return &r.Steps[i]
	}
	return nil
}

// Same says why a record is not of the incident that is asked about; nil: it is.
func (r *Record) Same(a *Ask) error {
	if r.Kind != a.Kind || r.Package != a.Package || r.Range != a.Range || r.Registry != a.Registry {
		return fmt.Errorf("it is of another incident: %s %s@%s at %s", r.Kind, r.Package, r.Range, r.Registry)
	}
	began, _ := time.Parse(time.RFC3339, r.Started)
	if !a.Started.IsZero() && a.Started.After(began) {
		return fmt.Errorf("it says that the incident began at %s: a clock is not put back, name an earlier time with -started or none",
			shown(began))
	}
	return nil
}

// Left reports how many steps are open.
func (r *Record) Left() (n int) {
	for i := range r.Steps {
		if r.Steps[i].State == Open {
			n++
		}
	}
	return n
}

// Assess makes the record of a look. earlier is that of the last one, or nil; it
// must be of the same incident.
func Assess(a Ask, l Look, earlier *Record) *Record {
	r := &Record{Schema: schema, Kind: a.Kind, Package: a.Package, Range: a.Range, Registry: a.Registry, Looked: stamp(l.At),
		Contacts: some(a.Contacts), Escalation: some(a.Escalation), Missed: some(l.Missed), Owners: []string{}, Abilities: []string{},
		Tags: []Move{}, Affected: []Affected{}, Dependents: some(l.Dependents), Downloads: l.Downloads}
	began := a.Remember(l.At, earlier)
	r.Started, r.StartedBy = stamp(began), "first-look"
	switch {
	case !a.Started.IsZero():
		r.StartedBy = "stated"
	case earlier != nil:
		r.StartedBy = earlier.StartedBy
	}
	r.Said = Said{a.TokenKind, a.Good, a.Message, a.Repository}
	if a.Kind == Token {
		r.Since, r.Abilities = stamp(a.Since), abilities(a.TokenKind)
	}
	r.Clocks = a.Clocks.running(began)
	p := &plan{Ask: &a, Look: &l, began: began, earlier: earlier}
	if l.History == nil {
		p.unseen(r)
	} else {
		p.seen(r)
	}
	for i := range r.Clocks {
		c := &r.Clocks[i]
		due, _ := time.Parse(time.RFC3339, c.Due)
		c.Overdue = l.At.After(due) && (r.waits(c.Name) || c.Name == respond && r.untouched())
	}
	switch {
	case len(r.Missed) > 0:
		r.Result = Unseen
	case r.Left() > 0:
		r.Result = StepsLeft
	default:
		r.Result = NothingLeft
	}
	return r
}

// Remember fills in what is not said in this run: from the record of an earlier
// one, else from the time of the look. It returns when the incident began.
func (a *Ask) Remember(now time.Time, earlier *Record) (began time.Time) {
	began = a.Started
	if earlier != nil {
		kept := func(to *string, from string) { *to = cmp.Or(*to, from) }
		kept(&a.TokenKind, earlier.Said.Token)
		kept(&a.Good, earlier.Said.Good)
		kept(&a.Message, earlier.Said.Message)
		kept(&a.Repository, earlier.Said.Repository)
		if at, err := time.Parse(time.RFC3339, earlier.Started); err == nil && began.IsZero() {
			began = at
		}
		if at, err := time.Parse(time.RFC3339, earlier.Since); err == nil && a.Since.IsZero() {
			a.Since = at
		}
	}
	if began.IsZero() {
		began = now.UTC().Truncate(time.Second)
	}
	if a.Since.IsZero() {
		a.Since = began
	}
	return began
}

// Unsaid lists, as flags, what decides which versions and tags are written, and what
// is written, and what only the record of an earlier run says: the folder may be one
// that a pull request brought.
func (a *Ask) Unsaid(earlier *Record) (flags []string) {
	if earlier == nil {
		return nil
	}
	add := func(flag, said, kept string) {
		if said == "" && kept != "" {
			flags = append(flags, "-"+flag+" "+foreign(kept))
		}
	}
	add("good", a.Good, earlier.Said.Good)
	add("message", a.Message, earlier.Said.Message)
	if a.Kind == Token && a.Since.IsZero() {
		add("since", "", cmp.Or(earlier.Since, earlier.Started))
	}
	return flags
}

// waits reports whether a step that counts for a clock is open.
func (r *Record) waits(clock string) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.State == Open && s.Clock == clock })
}

// untouched reports whether nothing is done yet.
func (r *Record) untouched() bool {
	return r.Left() > 0 && !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.State != Open })
}

// seen fills in what follows from what the registry has.
func (p *plan) seen(r *Record) {
	p.all = affectedBy(p.Ask, p.Look, p.earlier)
	p.moves = moves(p.Ask, p.History, p.all)
	r.Tags, r.Good, r.Owners = p.moves, p.good(), some(p.History.Maintainers)
	bad := versionSet(p.all)
	for i := range p.all {
		v := &p.all[i]
		how, until, _ := way(p.Ask, v, p.Look)
		one := Affected{Version: v.Version, Published: stamp(v.Published), Integrity: cmp.Or(v.Integrity, shasum(v)), By: v.By,
			Approver: v.Approver, TrustedPublisher: v.TrustedPublisher, Trust: v.Trust.String(),
			Deprecated: v.Deprecated, Gone: v.gone, Unpublish: how,
			Until: stamp(until), Downloads: -1, Fixed: above(p.History, bad, v), Places: some(v.places)}
		if p.Downloads != nil {
			if n, told := p.Downloads.Versions[v.Version]; told {
				one.Downloads = n
			}
		}
		r.Affected = append(r.Affected, one)
	}
	r.Steps = p.steps()
}

// unseen tells what can be told without the registry: what an earlier look saw, and
// what somebody says that no look could show.
func (p *plan) unseen(r *Record) {
	p.History = &registry.History{Name: p.Package}
	if p.earlier != nil {
		r.Affected, r.Tags, r.Good, r.Owners = p.earlier.Affected, p.earlier.Tags, p.earlier.Good, p.earlier.Owners
		r.Downloads = p.earlier.Downloads
		for _, s := range p.earlier.Steps {
			s.readable = slices.Contains(seenSteps, s.ID) || s.ID == "revoke" && p.Lives != Unasked
			if s.State == Done {
				s.State, s.Proof = "", ""
			}
			if before := p.earlier.step(s.ID); before.State == Done && s.readable { // it was, when it could be looked at
				s.State, s.Proof, s.Done = Done, before.Proof, before.Done
			} else {
				p.settle(&s)
			}
			r.Steps = append(r.Steps, s)
		}
		return
	}
	// Of a token nobody knows whether it did anything. Else the steps are those of the
	// whole range; which versions hold leaked bytes, no command can say yet.
	if p.Kind != Token {
		p.all = []affected{{Publication: registry.Publication{Version: p.Range}}}
		p.History.Releases = []registry.Publication{p.all[0].Publication, {Version: "-"}}
	}
	for _, s := range p.steps() {
		if slices.Contains(seenSteps, s.ID) && s.State == Done { // nobody looked
			s.State, s.Proof, s.Done = Open, "", ""
		}
		if p.Kind == Exposure && slices.Contains([]string{"deprecate", "unpublish"}, s.ID) {
			s.What, s.Commands = s.What+" that hold it", []string{}
		}
		r.Steps = append(r.Steps, s)
	}
}

// seenSteps are those whose state a look at the registry shows.
var seenSteps = []string{"tags", "deprecate", "unpublish", "release", "dependents", "stages", "versions", "trusted-publishing"}

func shasum(v *affected) string {
	if v.Shasum == "" {
		return ""
	}
	return "shasum " + v.Shasum
}

// some returns the list, never null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Encode returns the record as canonical JSON, ending in a newline.
func (r *Record) Encode() ([]byte, error) {
	data, err := display.NewEncoder().Append(nil, r, 0)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", File, err)
	}
	return append(display.JSON(data), '\n'), nil
}

// ErrRecord means that a file is no record that this version can read.
var ErrRecord = errors.New("no record of an incident that can be read")

// Parse reads a record.
func Parse(data []byte) (*Record, error) {
	bad := func(why string) error { return fmt.Errorf("%w: %s", ErrRecord, why) }
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxRecord})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if version := string(doc.Get("schema").Raw()); version != fmt.Sprint(schema) {
		return nil, bad("its schema is not " + fmt.Sprint(schema))
	}
	r := &Record{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if _, err := time.Parse(time.RFC3339, r.Started); err != nil {
		return nil, bad("it does not say when the incident began")
	}
	if len(rules(r.Kind)) == 0 || r.Package == "" {
		return nil, bad("it does not say what it is about")
	}
	known := Steps(r.Kind)
	for i := range r.Steps {
		if !slices.Contains(known, r.Steps[i].ID) {
			return nil, bad(fmt.Sprintf("it has the step %s, which this version does not know", display.Quote(r.Steps[i].ID, 60)))
		}
	}
	return r, nil
}
