package incident

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

var update = flag.Bool("update", false, "rewrite the texts in testdata and docs/incident.schema.json")

var began = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)

// published is a version that was published so many hours before the incident began.
func published(version string, hours int, change ...func(*registry.Publication)) registry.Publication {
	number, _ := npm.ParseVersion(version)
	p := registry.Publication{Version: version, Number: number, Integrity: "sha512-" + strings.Repeat("A", 85) + version[:1] + "==",
		By: "ann", Trust: registry.NoTrust, Published: began.Add(-time.Duration(hours) * time.Hour)}
	for _, c := range change {
		c(&p)
	}
	return p
}

func history(tags map[string]string, list ...registry.Publication) *registry.History {
	h := &registry.History{Name: "@acme/widget", Releases: list, Tags: tags, Maintainers: []string{"ann", "eve"},
		Times: map[string]time.Time{}}
	for _, p := range list {
		h.Times[p.Version] = p.Published
	}
	return h
}

func by(name string) func(*registry.Publication) {
	return func(p *registry.Publication) { p.By = name }
}

func workflow(p *registry.Publication) {
	p.By, p.TrustedPublisher, p.Trust = "GitHub Actions", "github", registry.TrustedPublisher
}

func deprecated(p *registry.Publication) { p.Deprecated = "old" }

func ask(k Kind) Ask {
	return Ask{Kind: k, Package: "@acme/widget", Range: "1.2.3 || 2.0.0-rc.1", Registry: npm.PublicRegistry, Started: began,
		Clocks: Clocks{Respond: 2 * time.Hour, Contain: 24 * time.Hour, Notify: 72 * time.Hour, Report: 14 * 24 * time.Hour},
		Out:    "publishgate-incident", Contacts: []string{"security@acme.example"}, Escalation: []string{"2 h: the owners"}}
}

// compromised is a history in which somebody published two versions.
func compromised() *registry.History {
	return history(map[string]string{"latest": "1.2.3", "next": "2.0.0-rc.1", "v0": "0.9.0"},
		published("0.9.0", 9000), published("1.2.1", 900), published("1.2.2", 100, deprecated), published("1.2.3", 10, by("eve")),
		published("2.0.0-rc.1", 9, by("eve")))
}

func state(t *testing.T, r *Record, id string) *Step {
	t.Helper()
	s := r.step(id)
	if s == nil {
		t.Fatalf("there is no step %s", id)
	}
	return s
}

// TestText shows each kind as a person reads it.
func TestText(t *testing.T) {
	token := ask(Token)
	token.Range, token.Since, token.TokenKind = "*", began.Add(-24*time.Hour), "granular"
	late := ask(Package)
	late.Dropped = map[string]string{"advisory": "the package is private"}
	exposure := ask(Exposure)
	for name, c := range map[string]struct {
		ask  Ask
		look Look
	}{
		"package": {ask(Package), Look{At: began.Add(time.Hour), History: compromised(), Looked: true, Searched: 3, Dependents: []Dependent{
			{Name: "@acme/app", Version: "3.0.0", File: "app/package-lock.json", Brings: "1.2.3", Shipped: true}},
			Downloads: &Downloads{Since: "2026-11-30", Until: "2026-11-30", Count: 1234, Week: 9000, Versions: map[string]int64{"1.2.3": 77}}}},
		"late":    {late, Look{At: began.Add(80 * time.Hour), History: compromised()}},
		"token":   {token, Look{At: began.Add(time.Hour), History: compromised(), Lives: Yes}},
		"unasked": {exposure, Look{At: began, Missed: []string{"the versions of @acme/widget: the connection broke"}}},
		"exposure": {exposure, Look{At: began.Add(time.Hour), History: compromised(), Found: map[string][]Place{
			"1.2.3": {{"package/.env", "its path"}}, "2.0.0-rc.1": nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Assess(c.ask, c.look, nil)
			var text, page bytes.Buffer
			r.Text(&text)
			if err := r.Markdown(&page); err != nil {
				t.Fatal(err)
			}
			for file, got := range map[string][]byte{name + ".txt": text.Bytes(), name + ".md": page.Bytes()} {
				file = filepath.Join("testdata", file)
				if *update {
					if err := os.WriteFile(file, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s is not what is told, %v: rewrite it with -update and read the difference\n%s", file, err, got)
				}
			}
			data, err := r.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if twice, _ := again.Encode(); !bytes.Equal(data, twice) {
				t.Errorf("written and read it is another:\n%s\n%s", data, twice)
			}
		})
	}
}

// TestUnpublish holds npm's rules, one past each edge.
func TestUnpublish(t *testing.T) {
	for name, c := range map[string]struct {
		age    time.Duration
		owners int
		week   int64
		other  bool
		want   Way
	}{
		"just published":    {0, 2, -1, false, Window},
		"at 72 hours":       {72*time.Hour - time.Second, 2, 1e6, false, Window},
		"one past":          {72 * time.Hour, 2, 1e6, false, AskNPM},
		"one owner, few":    {100 * time.Hour, 1, 299, false, Rules},
		"one owner, many":   {100 * time.Hour, 1, 300, false, AskNPM},
		"two owners, few":   {100 * time.Hour, 2, 299, false, AskNPM},
		"one owner, untold": {100 * time.Hour, 1, -1, false, Doubtful},
		"no owner is told":  {100 * time.Hour, 0, 10, false, Doubtful},
		"other registry":    {0, 1, 0, true, Other},
	} {
		a := ask(Package)
		if c.other {
			a.Registry = "https://npm.acme.example/"
		}
		v := &affected{Publication: published("1.2.3", 0)}
		v.Published = began.Add(-c.age)
		l := &Look{At: began, History: &registry.History{Maintainers: make([]string, c.owners)}, Downloads: &Downloads{Week: c.week}}
		how, until, why := way(&a, v, l)
		if how != c.want || why == "" || until.IsZero() == (how == Window) {
			t.Errorf("%s: %s until %s: %s, want %s", name, how, until, why, c.want)
		}
	}
	v := &affected{Publication: published("1.2.3", 0)}
	v.Published = time.Time{}
	a := ask(Package)
	if how, _, _ := way(&a, v, &Look{At: began, History: compromised()}); how == Window {
		t.Error("a version without a time is within 72 hours")
	}
}

// TestTags says where dist-tags go.
func TestTags(t *testing.T) {
	list := []registry.Publication{published("1.0.0", 900), published("1.1.0", 800), published("2.0.0", 700), published("2.1.0-rc.1", 600),
		published("2.1.0", 500, deprecated), published("2.2.0", 1), published("3.0.0", 1), published("4.0.0-rc.2", 1), published("0.0.0", 1)}
	for name, c := range map[string]struct {
		tag, on, good string
		want          string
	}{
		"latest, within its line":           {"latest", "2.2.0", "", "2.0.0"},
		"latest, no version of its line":    {"latest", "3.0.0", "", "2.0.0"},
		"another, no version of its line":   {"v3", "3.0.0", "", ""},
		"another, a prerelease":             {"next", "4.0.0-rc.2", "", ""},
		"named, of another line, for next":  {"v3", "3.0.0", "1.1.0", ""},
		"named, of another line, latest":    {"latest", "3.0.0", "1.1.0", "1.1.0"},
		"named, of its line, any tag":       {"v2", "2.2.0", "2.1.0-rc.1", "2.1.0-rc.1"},
		"nothing below":                     {"latest", "0.0.0", "", ""},
		"a tag on a good version":           {"latest", "1.1.0", "", "-"},
		"a tag on what is no version":       {"latest", "banana", "", "-"},
		"a tag on a version that is nobody": {"latest", "9.9.9", "", "-"},
	} {
		a := ask(Package)
		a.Range, a.Good = "2.2.0 || 3.0.0 || 4.0.0-rc.2 || 0.0.0", c.good
		h := history(map[string]string{c.tag: c.on}, list...)
		r := Assess(a, Look{At: began, History: h}, nil)
		got := "-"
		if len(r.Tags) > 0 {
			got = r.Tags[0].To
		}
		if got != c.want {
			t.Errorf("%s: to %q, want %q", name, got, c.want)
		}
	}
}

// TestRuns holds what a later run keeps of an earlier one.
func TestRuns(t *testing.T) {
	a := ask(Package)
	a.Started = time.Time{}
	first := Assess(a, Look{At: began, History: compromised()}, nil)
	if first.Started != "2026-11-30T10:00:00Z" || first.StartedBy != "first-look" || first.Result != StepsLeft {
		t.Fatalf("%+v", first)
	}
	// The versions are gone, the tags are moved, somebody says the rest.
	gone := compromised()
	gone.Releases, gone.Tags = gone.Releases[:3], map[string]string{"latest": "1.2.1"}
	a.Done = []string{"tokens", "access", "dependents"}
	second := Assess(a, Look{At: began.Add(time.Hour), History: gone}, first)
	for id, want := range map[string]State{"tags": Done, "deprecate": Done, "unpublish": Done, "npm": Done, "tokens": Done, "access": Done,
		"dependents": Open, "consumers": Open, "release": Open} {
		if s := state(t, second, id); s.State != want || (s.Done == "") != (want == Open) {
			t.Errorf("%s is %s since %q, want %s", id, s.State, s.Done, want)
		}
	}
	unlooked := func(r *Record) string { // a run that did not look says so, and not what a look would show
		return strings.Join(r.step("dependents").Notes, "\n")
	}
	if got := unlooked(second); !strings.Contains(got, "it counts once a look shows it") || strings.Contains(got, "shows that it is not") {
		t.Errorf("%s", got)
	}
	seen := Assess(ask(Package), Look{At: began.Add(time.Hour), History: gone, Looked: true}, first)
	again := Assess(ask(Package), Look{At: began.Add(2 * time.Hour), History: gone}, seen)
	if got := unlooked(again); state(t, seen, "dependents").State != Done ||
		!strings.Contains(got, "a look showed at 2026-11-30 11:00 UTC that it was done; this run did not look") {
		t.Errorf("%s", got)
	}
	if second.Started != first.Started || len(second.Affected) != 2 || second.Affected[0].By != "eve" || !second.Affected[0].Gone {
		t.Errorf("started %s, affected %+v", second.Started, second.Affected)
	}
	// The registry forgot their times too. What was done keeps its time; a tag comes back.
	delete(gone.Times, "1.2.3")
	gone.Tags["latest"] = "1.2.3"
	a.Done, a.Dropped = nil, map[string]string{"consumers": "nobody has it"}
	third := Assess(a, Look{At: began.Add(2 * time.Hour), History: gone}, second)
	if s := state(t, third, "tokens"); s.State != Done || s.Done != "2026-11-30T11:00:00Z" {
		t.Errorf("tokens: %+v", s)
	}
	if s := state(t, third, "tags"); s.State != Open || !strings.Contains(strings.Join(s.Notes, "\n"), "is no longer") {
		t.Errorf("tags: %+v", s)
	}
	if s := state(t, third, "consumers"); s.State != Dropped || s.Proof != "nobody has it" {
		t.Errorf("consumers: %+v", s)
	}
	if len(third.Affected) != 2 {
		t.Errorf("affected %+v", third.Affected)
	}
	// The registry is down: what was known is told, and is not called done by it.
	fourth := Assess(a, Look{At: began.Add(30 * time.Hour), Missed: []string{"it is down"}}, third)
	if fourth.Result != Unseen || len(fourth.Affected) != 2 || state(t, fourth, "tags").State != Open || !state(t, fourth, "tags").Overdue ||
		state(t, fourth, "tokens").State != Done {
		t.Errorf("%+v", fourth)
	}
	if err := third.Same(&a); err != nil {
		t.Error(err)
	}
	later := a
	later.Started = began.Add(time.Minute)
	other := a
	other.Range = "1.2.3"
	for _, wrong := range []Ask{later, other} {
		if third.Same(&wrong) == nil {
			t.Errorf("%+v is the same incident", wrong)
		}
	}
}

// TestNothingLeft: every step can end, and then nothing is left.
func TestNothingLeft(t *testing.T) {
	for _, k := range []Kind{Package, Token, Exposure} {
		a := ask(k)
		a.Done = Steps(k)
		gone := compromised()
		gone.Releases = append(gone.Releases[:3], published("1.2.4", 0, workflow))
		gone.Tags = map[string]string{"latest": "1.2.4"}
		before := Assess(ask(k), Look{At: began, History: compromised(), Found: map[string][]Place{"1.2.3": {{"a", "its path"}}}}, nil)
		r := Assess(a, Look{At: began.Add(time.Hour), History: gone, Looked: true, Searched: 1, Lives: No, Staged: []registry.Staged{}}, before)
		if r.Result != NothingLeft {
			for i := range r.Steps {
				if r.Steps[i].State == Open {
					t.Errorf("%s: %+v", k, r.Steps[i])
				}
			}
		}
	}
}

// TestOverdueFirst: what is late stands first, in the order of the plan.
func TestOverdueFirst(t *testing.T) {
	r := Assess(ask(Package), Look{At: began.Add(25 * time.Hour), History: compromised()}, nil)
	ids := []string{}
	for i := range r.Steps {
		if r.Steps[i].Overdue {
			ids = append(ids, r.Steps[i].ID)
		} else if len(ids) > 0 && slices.ContainsFunc(r.Steps[i:], func(s Step) bool { return s.Overdue }) {
			t.Fatalf("%s stands before what is overdue", r.Steps[i].ID)
		}
	}
	if want := "tags deprecate unpublish tokens access stages npm"; strings.Join(ids, " ") != want {
		t.Errorf("overdue: %v, want %s", ids, want)
	}
	if !r.late("contain") || r.late("notify") || !r.late("respond") {
		t.Errorf("clocks: %+v", r.Clocks)
	}
}

// TestWhatATokenDid: what came by a trusted publisher, was approved by a person or
// came before is not a token's doing; what has no time may be.
func TestWhatATokenDid(t *testing.T) {
	approved := func(p *registry.Publication) { p.Trust, p.Approver = registry.Approved, "ann" }
	proven := func(p *registry.Publication) { p.Trust = registry.ProvenanceTrust }
	undated := func(p *registry.Publication) { p.Published = time.Time{} }
	a := ask(Token)
	a.Range, a.Since = "*", began.Add(-24*time.Hour)
	r := Assess(a, Look{At: began, History: history(nil, published("1.0.0", 25), published("1.0.1", 24), published("1.0.2", 3, workflow),
		published("1.0.3", 2, approved), published("1.0.4", 1, proven), published("1.0.5", 0, undated))}, nil)
	got := []string{}
	for _, v := range r.Affected {
		got = append(got, v.Version)
	}
	if want := "1.0.5 1.0.1 1.0.4"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}
