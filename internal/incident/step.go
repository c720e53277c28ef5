package incident

import (
	"slices"
	"time"
)

// A Who may do a step.
type Who string

// Who they are.
const (
	Machine Who = "machine"            // publishgate -execute, or a maintainer with a token
	Person  Who = "person"             // a maintainer who is logged in, with a one-time code
	Owner   Who = "organisation-owner" // an owner of the npm organisation, logged in, with a one-time code
	Support Who = "npm-support"        // npm alone; somebody has to write to them
	Anyone  Who = "anyone"             // one of ours; npm asks for no right
)

// Words says who it is to a person.
func (w Who) Words() string {
	switch w {
	case Machine:
		return "publishgate with -execute, or a maintainer with a token that may write (stage-only is enough; OIDC may not deprecate)"
	case Person:
		return "a maintainer, logged in (npm login), with a one-time code; no token of CI may"
	case Owner:
		return "an owner of the npm organisation, logged in, with a one-time code"
	case Support:
		return "npm's support: one of ours writes to them"
	}
	return "one of ours; it needs no right at npm"
}

// A State of a step.
type State string

// The states.
const (
	Open    State = "open"
	Done    State = "done"    // the registry shows it, or somebody said so
	Dropped State = "dropped" // somebody said that it is not done, and why
)

// A Step is one thing to do.
type Step struct {
	ID       string   `json:"id"`
	What     string   `json:"what"` // an imperative sentence
	Why      string   `json:"why"`
	By       Who      `json:"by" enum:"machine,person,organisation-owner,npm-support,anyone"`
	Commands []string `json:"commands"` // for a POSIX shell
	Notes    []string `json:"notes"`    // what one must know before
	State    State    `json:"state" enum:"open,done,dropped"`
	Proof    string   `json:"proof"` // why it is done or dropped; empty: it is open
	Done     string   `json:"done"`  // since when it is known to be; RFC 3339, or empty
	Clock    string   `json:"clock"` // which clock it counts for; empty: none
	Due      string   `json:"due"`   // RFC 3339; empty: nobody says
	Overdue  bool     `json:"overdue"`

	readable bool // the registry, or a file, shows whether it is done
	unlooked bool // it could be shown, and this run was not asked to look
}

// A rule makes one step of a plan; nil: there is nothing of the kind.
type rule struct {
	id   string
	make func(*plan) *Step
}

// rules lists the steps of each kind, in the order in which they help.
func rules(k Kind) []rule {
	switch k {
	case Package:
		return []rule{{"tags", tags}, {"deprecate", deprecate}, {"unpublish", unpublish}, {"tokens", tokens}, {"access", access},
			{"publishers", publishers}, {"stages", stages}, {"npm", toNPM}, {"release", release}, {"dependents", dependents},
			{"consumers", consumers}, {"advisory", publishAdvisory}, {"report", report}}
	case Token:
		return []rule{{"revoke", revoke}, {"versions", versions}, {"tags", tags}, {"deprecate", deprecate}, {"stages", stages},
			{"unpublish", unpublish}, {"access", access}, {"publishers", publishers}, {"private", private}, {"source", source},
			{"npm", toNPM}, {"rotate", rotate}, {"trusted-publishing", trustedPublishing}, {"report", report}}
	}
	return []rule{{"secret", rotateSecret}, {"tags", tags}, {"deprecate", deprecate}, {"unpublish", unpublish}, {"npm", toNPM},
		{"copies", copies}, {"notify", concerned}, {"release", release}, {"dependents", dependents}, {"prevent", prevent}, {"report", report}}
}

// Steps returns the names of the steps that an incident of a kind may have.
func Steps(k Kind) (ids []string) {
	for _, r := range rules(k) {
		ids = append(ids, r.id)
	}
	return ids
}

// A plan in the making.
type plan struct {
	*Ask
	*Look
	all     []affected
	moves   []Move
	began   time.Time
	earlier *Record // nil: this is the first look
}

// steps makes all steps, those that are overdue first, then in their order.
func (p *plan) steps() []Step {
	list := []Step{}
	for _, r := range rules(p.Kind) {
		s := r.make(p)
		if s == nil {
			continue
		}
		s.ID = r.id
		p.settle(s)
		list = append(list, *s)
	}
	slices.SortStableFunc(list, func(x, y Step) int { return b2i(y.Overdue) - b2i(x.Overdue) })
	return list
}

// settle says whether a step is done, since when, and when it must be.
func (p *plan) settle(s *Step) {
	if s.Commands == nil {
		s.Commands = []string{}
	}
	if s.Notes == nil {
		s.Notes = []string{}
	}
	before := p.earlier.step(s.ID)
	switch {
	case s.State == Done: // the registry shows it
		s.Done = stamp(p.At)
		if before != nil && before.State == Done {
			s.Done = before.Done
		}
	case s.readable && slices.Contains(p.Done, s.ID):
		note := "-done says that it is done, and what was looked at shows that it is not"
		if s.unlooked {
			note = "-done says that it is done; it counts once a look shows it"
		}
		s.Notes = append(s.Notes, note)
	case slices.Contains(p.Done, s.ID):
		s.State, s.Done, s.Proof = Done, stamp(p.At), "somebody said so, with -done"
		if before != nil && before.State == Done {
			s.Done = before.Done
		}
	case p.Dropped[s.ID] != "":
		s.State, s.Done, s.Proof = Dropped, stamp(p.At), p.Dropped[s.ID]
	case before != nil && before.State == Dropped, before != nil && before.State == Done && !s.readable:
		s.State, s.Done, s.Proof = before.State, before.Done, before.Proof
	case before != nil && before.State == Done:
		note := "it was done at " + shownStamp(before.Done) + ", and is no longer"
		if s.unlooked {
			note = "a look showed at " + shownStamp(before.Done) + " that it was done; this run did not look"
		}
		s.Notes = append(s.Notes, note)
	}
	if s.State == "" {
		s.State, s.Done = Open, ""
	}
	due := p.Clocks.due(s.Clock, p.began)
	if s.ID == "unpublish" {
		due = p.windowEnds(due)
	}
	s.Due, s.Overdue = stamp(due), s.State == Open && !due.IsZero() && p.At.After(due)
}

// windowEnds returns when the first version that npm still lets go cannot go any
// more, if that is before the clock runs out.
func (p *plan) windowEnds(due time.Time) time.Time {
	for i := range p.all {
		if how, until, _ := way(p.Ask, &p.all[i], p.Look); how == Window && (due.IsZero() || until.Before(due)) {
			due = until
		}
	}
	return due
}

// shown by the registry: a step that is done.
func (s *Step) shown(done bool, proof string) *Step {
	s.readable = true
	if done {
		s.State, s.Proof = Done, proof
	}
	return s
}
