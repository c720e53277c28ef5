package forge

import (
	"fmt"
	"testing"
)

func TestUnreviewed(t *testing.T) {
	ok := Review{By: "ann", Person: true, Writer: true, State: "APPROVED", SHA: "head"}
	with := func(change func(*Review)) Review { r := ok; change(&r); return r }
	pull := func(reviews ...Review) Pull {
		return Pull{Number: 7, Author: "bob", Base: "main", Head: "head", Merged: true, Writers: []string{"bob", "cid"}, Reviews: reviews}
	}
	other := pull(ok)
	other.Base = "next"
	partial := pull(ok)
	partial.Partial = true
	for _, c := range []struct {
		name  string
		pulls []Pull
		want  string
	}{
		{"approved", []Pull{pull(ok)}, ""},
		{"approved, then commented on", []Pull{pull(ok, with(func(r *Review) { r.State = "COMMENTED" }))}, ""},
		{"one of two pull requests", []Pull{pull(), pull(ok)}, ""},
		{"one approves, a bot asks for changes", []Pull{pull(ok, Review{By: "bot", State: "CHANGES_REQUESTED", Writer: true})}, ""},
		{"one approves, a stranger asks for changes", []Pull{pull(ok, Review{By: "x", Person: true, State: "CHANGES_REQUESTED"})}, ""},
		{"one approves, another is dismissed", []Pull{pull(ok, Review{By: "dan", Person: true, Writer: true, State: "DISMISSED"})}, ""},
		{"none", nil, "no merged pull request brought it to main"},
		{"into another branch", []Pull{other}, "no merged pull request brought it to main"},
		{"nobody", []Pull{pull()}, "pull request 7, which brought it, was approved by nobody"},
		{"dismissed", []Pull{pull(ok, with(func(r *Review) { r.State = "DISMISSED" }))},
			"pull request 7, which brought it, was approved by nobody"},
		{"took it back", []Pull{pull(ok, with(func(r *Review) { r.State = "CHANGES_REQUESTED" }))},
			"pull request 7, which brought it, was merged although ann asked for changes"},
		{"another asks for changes", []Pull{pull(ok, with(func(r *Review) { r.By, r.State = "dan", "CHANGES_REQUESTED" }))},
			"pull request 7, which brought it, was merged although dan asked for changes"},
		{"by its author", []Pull{pull(with(func(r *Review) { r.By = "Bob" }))},
			"pull request 7, which brought it, was approved by Bob alone, who wrote a part of it"},
		{"by who wrote a commit", []Pull{pull(with(func(r *Review) { r.By = "cid" }))},
			"pull request 7, which brought it, was approved by cid alone, who wrote a part of it"},
		{"by a bot", []Pull{pull(with(func(r *Review) { r.Person = false }))},
			"pull request 7, which brought it, was approved by ann alone, which is no person"},
		{"by a stranger", []Pull{pull(with(func(r *Review) { r.Writer = false }))},
			"pull request 7, which brought it, was approved by ann alone, who may not write to it"},
		{"stale", []Pull{pull(with(func(r *Review) { r.SHA = "before" }))},
			"pull request 7, which brought it, was changed after ann approved it: the approval is of commit before, and its last one is head"},
		{"more commits than are listed", []Pull{partial},
			"pull request 7, which brought it, has more commits than GitHub lists, so that who wrote them is not known"},
	} {
		e := Evidence{Branch: Branch{Name: "main"}, Pulls: c.pulls}
		if got := e.Unreviewed(); got != c.want {
			t.Errorf("%s: %q\nexpected %q", c.name, got, c.want)
		}
	}
}

// TestUnlike shows that what was approved is the end of a pull request, not each of
// its commits.
func TestUnlike(t *testing.T) {
	for _, c := range []struct {
		name string
		pull Pull
		want string
	}{
		{"merged, squashed, or the last that was rebased", Pull{Merge: "aaa"}, ""},
		{"its last commit", Pull{Head: "aaa", Merge: "bbb", Commits: []string{"ccc", "aaa"}}, ""},
		{"one before", Pull{Head: "bbb", Merge: "ccc", Commits: []string{"aaa", "bbb"}},
			"it is one commit of several of pull request 7, and what was approved is the last one, bbb"},
		{"one that was rebased", Pull{Head: "bbb", Merge: "ccc"},
			"it is one commit of several of pull request 7, and what was approved is the last one, bbb"},
		{"where the host does not say", Pull{Head: "bbb", Commits: []string{"bbb"}}, ""},
		{"one before, where the host does not say", Pull{Head: "bbb", Commits: []string{"aaa", "bbb"}},
			"it is one commit of several of pull request 7, and what was approved is the last one, bbb"},
	} {
		c.pull.Number, c.pull.Author, c.pull.Merged, c.pull.Base = 7, "bob", true, "main"
		c.pull.Reviews = []Review{{By: "ann", Person: true, Writer: true, State: "APPROVED", SHA: c.pull.Head}}
		e := Evidence{SHA: "aaa", Branch: Branch{Name: "main"}, Pulls: []Pull{c.pull}}
		if got := e.Unreviewed(); got != c.want {
			t.Errorf("%s: %q\nexpected %q", c.name, got, c.want)
		}
	}
}

func TestNewest(t *testing.T) {
	all := []Check{{ID: 2, Name: "a", By: "x", Conclusion: "success"}, {ID: 1, Name: "a", By: "x", Conclusion: "failure"},
		{ID: 3, Name: "a", By: "y", Conclusion: "failure"}, {ID: 4, Name: "A", By: "x"}}
	got := fmt.Sprint(Newest(all))
	if want := fmt.Sprint([]Check{all[3], all[0], all[2]}); got != want {
		t.Errorf("%s\nexpected %s", got, want)
	}
}

// TestNewestOfRuns shows that a job of one workflow does not stand for one of
// another that has its name.
func TestNewestOfRuns(t *testing.T) {
	at := func(id int64, run, end string) Check {
		return Check{ID: id, Name: "build", Run: run, Status: "completed", Conclusion: end}
	}
	for _, c := range []struct {
		all  []Check
		want int64
	}{
		{[]Check{at(1, "7", "failure"), at(2, "8", "success")}, 1},
		{[]Check{at(1, "7", "failure"), at(3, "7", "success"), at(2, "8", "success")}, 3},
		{[]Check{at(1, "7", "cancelled"), at(2, "8", "success")}, 2},
		{[]Check{at(1, "7", "success"), at(2, "8", "skipped")}, 1},
		{[]Check{at(1, "7", "skipped"), at(2, "8", "failure"), at(3, "9", "success")}, 2},
	} {
		if got := Newest(c.all); len(got) != 1 || got[0].ID != c.want {
			t.Errorf("%v: %v", c.all, got)
		}
	}
}

func TestWithout(t *testing.T) {
	open := func(name, run string) Check { return Check{Name: name, Run: run, Status: "in_progress"} }
	done := func(name, run string) Check { return Check{Name: name, Run: run, Status: "completed"} }
	for _, c := range []struct {
		name string
		all  []Check
		want []string
	}{
		{"by its name", []Check{open("gate", "7"), open("test", "7")}, []string{"test"}},
		{"of a matrix", []Check{open("gate (a)", "7"), open("test", "7")}, []string{"test"}},
		{"called", []Check{open("release / gate", "7"), open("test", "7")}, []string{"test"}},
		{"under another name, alone", []Check{open("Release it", "7"), done("test", "7")}, []string{"test"}},
		{"under another name, beside one", []Check{open("Release it", "7"), open("test", "7")}, []string{"Release it", "test"}},
		{"of another run", []Check{open("gate", "6")}, []string{"gate"}},
		{"that has ended", []Check{done("gate", "7"), open("a", "7"), open("b", "7")}, []string{"gate", "a", "b"}},
	} {
		var got []string
		for _, left := range Without(c.all, "7", "gate") {
			got = append(got, left.Name)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
	}
	if all := []Check{open("gate", "")}; len(Without(all, "", "gate")) != 1 {
		t.Error("without a run something is left out")
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"codeql", "CodeQL", true}, {"test", "test (20)", false}, {"test*", "test (20)", true}, {"*", "", true}, {"a*a", "a", false},
		{"a*b*c", "a-b-c", true}, {"a*b*c", "a-c-b", false}, {"* / test", "ci / test", true}, {"*test", "ci / test x", false},
		{"*a*", "bab", true}, {"**", "x", true},
	} {
		if got := Matches(c.pattern, c.name); got != c.want {
			t.Errorf("%q, %q: %v", c.pattern, c.name, got)
		}
	}
}
