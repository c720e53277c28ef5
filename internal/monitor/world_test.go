package monitor

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

const widget = "@acme/widget"

// day0 is the day of the first look.
var day0 = time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)

// A world is a registry with one package, and what is known of its releases.
type world struct {
	h       *registry.History
	stages  []registry.Staged
	judged  map[string]Judged
	built   map[string]Built
	refused map[string]string
	audits  map[string]Audit
	weeks   []Week
	last    map[string]int64
	missed  map[Topic]string
}

// quiet returns a package with a release a month for two years before day0, each
// judged and signed, in two lines, and nothing to be found.
func quiet() *world {
	w := &world{h: &registry.History{Name: widget, Tags: map[string]string{}, Times: map[string]time.Time{},
		Maintainers: []string{"ann", "bob"}}, stages: []registry.Staged{}, judged: map[string]Judged{}, built: map[string]Built{},
		refused: map[string]string{}, audits: map[string]Audit{}, last: map[string]int64{}, missed: map[Topic]string{}}
	for i := range 24 {
		w.publish(fmt.Sprintf("%d.%d.0", 1+i/12, i%12), day0.AddDate(0, i-24, -3))
	}
	w.audits["1.11.0"] = Audit{Licenses: []string{"ISC", "MIT"}}
	w.audits["2.11.0"] = Audit{Licenses: []string{"MIT"}}
	for i := range 12 {
		w.weeks = append(w.weeks, Week{day0.Truncate(week).AddDate(0, 0, 7*(i-12)), 20_000 + int64(i%4)*500})
	}
	return w
}

// publish releases a version through the gate, tagged latest.
func (w *world) publish(version string, at time.Time) *registry.Publication {
	number, _ := npm.ParseVersion(version)
	text := "the tarball of " + version
	p := registry.Publication{Version: version, Number: number, Integrity: integrity(text), Shasum: hexOf(sha1.Sum([]byte(text))),
		Signatures: []registry.Signature{{KeyID: "k", Sig: "s"}}, Attested: true, Trust: registry.Approved, By: "GitHub Actions",
		Approver: "ann", TrustedPublisher: "github", Published: at, License: "MIT"}
	w.h.Releases = append(w.h.Releases, p)
	w.h.Times[version] = at
	w.h.Tags["latest"] = version
	w.judge(version)
	w.built[version] = Built{"https://github.com/acme/widget", ".github/workflows/release.yml", "refs/tags/v" + version}
	return w.at(version)
}

// judge has the gate pass what is published under a version.
func (w *world) judge(version string) {
	text := "the tarball of " + version
	sum := sha512.Sum512([]byte(text))
	w.judged[version] = Judged{SHA512: hex.EncodeToString(sum[:]), Passed: true, Signed: true,
		Evidence: "attestation at github.com/acme/widget"}
}

// stranger publishes a version beside the gate.
func (w *world) stranger(version string, at time.Time) *registry.Publication {
	p := w.publish(version, at)
	delete(w.judged, version)
	delete(w.built, version)
	return p
}

func (w *world) at(version string) *registry.Publication {
	i := slices.IndexFunc(w.h.Releases, func(p registry.Publication) bool { return p.Version == version })
	return &w.h.Releases[i]
}

func (w *world) remove(version string) {
	w.h.Releases = slices.DeleteFunc(w.h.Releases, func(p registry.Publication) bool { return p.Version == version })
}

func integrity(text string) string {
	sum := sha512.Sum512([]byte(text))
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func hexOf(sum [20]byte) string { return hex.EncodeToString(sum[:]) }

// look returns what a run sees at that time: a copy.
func (w *world) look(at time.Time, asked ...Topic) *Look {
	if len(asked) == 0 {
		asked = Topics
	}
	l := &Look{Package: widget, At: at, Asked: asked, Stages: slices.Clone(w.stages), Judged: maps.Clone(w.judged),
		Built: maps.Clone(w.built), Refused: maps.Clone(w.refused), Audits: maps.Clone(w.audits), Weeks: slices.Clone(w.weeks),
		LastWeek: maps.Clone(w.last), Missed: maps.Clone(w.missed)}
	if w.h != nil {
		h := *w.h
		h.Releases, h.Tags, h.Times = slices.Clone(h.Releases), maps.Clone(h.Tags), maps.Clone(h.Times)
		h.Maintainers = slices.Clone(h.Maintainers)
		l.History = &h
	}
	return l
}

// asks parses a policy.
func asks(t testing.TB, text string) *Ask {
	t.Helper()
	p, err := policy.Parse([]byte(text), "p.yml")
	if err != nil {
		t.Fatal(err)
	}
	return &Ask{Policy: p.For(widget, policy.Flags{}), Repository: "https://github.com/acme/widget"}
}

// run is one run that nobody disturbs: it returns what there is to tell, and the
// state as read from its own file.
func run(t testing.TB, s *State, l *Look, a *Ask) (Result, *State) {
	t.Helper()
	r, next := Judge(s, l, a)
	joined, rs := Settle(s, map[string]*Package{l.Package: next}, []Result{r}, l.At)
	return rs[0], again(t, joined)
}

// again writes a state and reads it.
func again(t testing.TB, s *State) *State {
	t.Helper()
	data, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Read(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if back, _ := read.Bytes(); string(back) != string(data) {
		t.Fatalf("written as\n%s\nread as\n%s", data, back)
	}
	return read
}

// told lists items as "rule version subject".
func told(items []Item) (all []string) {
	for _, it := range items {
		text := it.Finding.Rule + " " + it.Finding.Subject
		if it.Overdue {
			text += " (overdue)"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}
