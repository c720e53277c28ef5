package incident

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// The record is of an incident that began on 2026-11-30 at 10:00, looked at a day later.
func TestOwed(t *testing.T) {
	day := 24 * time.Hour
	clocks := Clocks{Respond: 2 * time.Hour, Contain: day, Notify: 3 * day, Report: 14 * day}
	stated := func(state State, proof, clock, due string) Step {
		s := Step{ID: "revoke", What: "Revoke it", By: Person, State: state, Proof: proof, Clock: clock, Due: due}
		if proof != "" {
			s.Done = "2026-11-30T11:00:00Z"
		}
		return s
	}
	other := stated(Done, "seen", contain, "")
	for _, c := range []struct {
		name   string
		change func(*Record)
		want   string // "ID DUE" of each, the due as hours after the beginning
	}{
		{"all done", func(r *Record) {}, ""},
		{"open", func(r *Record) { r.Steps[0] = stated(Open, "", contain, "") }, "revoke 24h0m0s"},
		{"dropped, and why", func(r *Record) { r.Steps[0] = stated(Dropped, "it is no token", contain, "") }, ""},
		{"dropped, nobody says why", func(r *Record) { r.Steps[0] = stated(Dropped, "", contain, "") }, "revoke 24h0m0s"},
		{"done, nothing shows it", func(r *Record) { r.Steps[0] = stated(Done, "", contain, "") }, "revoke 24h0m0s"},
		{"due is earlier in the record", func(r *Record) { r.Steps[0] = stated(Open, "", contain, "2026-11-30T11:00:00Z") }, "revoke 1h0m0s"},
		{"due is put off in the record", func(r *Record) { r.Steps[0] = stated(Open, "", contain, "2036-11-30T11:00:00Z") }, "revoke 24h0m0s"},
		{"no clock of ours", func(r *Record) { r.Steps[0] = stated(Open, "", "whenever", "") }, "revoke 24h0m0s"},
		{"the slow clock", func(r *Record) { r.Steps[0] = stated(Open, "", final, "") }, "revoke 336h0m0s"},
		{"nobody has begun", func(r *Record) { r.Steps = []Step{stated(Open, "", contain, "")} }, "respond 2h0m0s, revoke 24h0m0s"},
		{"not everything was seen", func(r *Record) { r.Result, r.Missed = Unseen, []string{"The registry is down."} }, "look 24h0m0s"},
		{"no result", func(r *Record) { r.Result = "" }, "look 24h0m0s"},
		{"another state", func(r *Record) { r.Steps[0].State = "skipped" }, "error"},
		{"no state", func(r *Record) { r.Steps[0].State = "" }, "error"},
		{"due is no time", func(r *Record) { r.Steps[0] = stated(Open, "", contain, "tomorrow") }, "error"},
		{"done is no time", func(r *Record) { r.Steps[0].Done = "" }, "error"},
		{"nobody looked", func(r *Record) { r.Looked = "" }, "error"},
		{"since is no time", func(r *Record) { r.Since = "ever" }, "error"},
	} {
		r := &Record{Kind: Token, Package: "@acme/widget", Range: "*", Started: stamp(began), Looked: stamp(began.Add(day)), Result: StepsLeft,
			Steps: []Step{other, other}}
		c.change(r)
		left, latest, err := r.Owed(clocks)
		var got []string
		for _, o := range left {
			got = append(got, o.ID+" "+o.Due.Sub(began).String())
		}
		if err != nil {
			got = []string{"error"}
			if !errors.Is(err, ErrRecord) {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if !latest.Equal(began.Add(day)) {
			t.Errorf("%s: the latest is %s", c.name, latest)
		}
		if all := strings.Join(got, ", "); all != c.want {
			t.Errorf("%s: %s, want %s", c.name, all, c.want)
		}
	}
}

// What Assess writes is owed, whatever the kind.
func TestOwedOfAssessed(t *testing.T) {
	for _, k := range []Kind{Package, Token, Exposure} {
		r := Assess(ask(k), Look{At: began.Add(time.Hour), History: compromised(),
			Found: map[string][]Place{"1.2.3": {{Path: "a", How: "its path"}}}}, nil)
		left, _, err := r.Owed(ask(k).Clocks)
		if err != nil || len(left) < r.Left() || r.Left() == 0 {
			t.Errorf("%s: %d owed of %d, %v", k, len(left), r.Left(), err)
		}
		for _, o := range left {
			if o.Due.IsZero() || o.What == "" || o.Release != (o.ID == "release" || o.ID == "trusted-publishing") {
				t.Errorf("%s: %+v", k, o)
			}
		}
	}
}

func TestAgain(t *testing.T) {
	for want, r := range map[string]*Record{
		"publishgate incident token '@acme/widget@*' -out incidents/a": {Kind: Token, Package: "@acme/widget", Range: "*"},
		"publishgate incident exposure @acme/widget@1.2.3 -file FILL-THIS-IN -out incidents/a -registry https://npm.acme.example/": {
			Kind: Exposure, Package: "@acme/widget", Range: "1.2.3", Registry: "https://npm.acme.example/"},
		"publishgate incident package FILL-THIS-IN -out incidents/a": {Kind: Package, Package: "@acme/widget", Range: "1\u202e",
			Registry: npm.PublicRegistry},
	} {
		if got := r.Again("incidents/a/incident.json"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for name, want := range map[string]bool{OSVDraft: true, GitHubDraft: true, "openvex-1.json": true, File: false, "a.json": false} {
		if IsDraft(name) != want {
			t.Errorf("IsDraft(%s) is not %v", name, want)
		}
	}
	if r := (&Record{Kind: Package, Package: "a"}); r.Concerns("b") || !r.Concerns("a") || !(&Record{Kind: Token}).Concerns("b") {
		t.Error("a package's incident is its own, a token's is everybody's")
	}
}
