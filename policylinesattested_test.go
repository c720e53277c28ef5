package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	gaterules "github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/written"
)

// coverageOf returns what answers each line of an owner's policy, by line.
func coverageOf(t *testing.T, owner string) map[int]*written.Row {
	t.Helper()
	found, err := gaterules.Covered(context.Background(), gaterules.Where{Dir: ownersFolder(t, owner)})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[int]*written.Row{}
	for i := range found.Coverage.Rows {
		rows[found.Coverage.Rows[i].Line] = &found.Coverage.Rows[i]
	}
	return rows
}

var (
	reviewEntry = regexp.MustCompile(`(?m)^  ([a-z0-9-]+): \{((?:every|before): [^}]*)\}`)
	dated       = regexp.MustCompile(`(until|stated|reviewed|next-review|effective): \d{4}-\d\d-\d\d`)
)

// upToDate returns a policy file as if everybody had done today what it asks of
// people.
func upToDate(text string) string {
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	text = reviewEntry.ReplaceAllString(text, "  $1: {$2, done: "+day(0)+"}")
	return dated.ReplaceAllStringFunc(text, func(s string) string {
		key, _, _ := strings.Cut(s, ":")
		if key == "until" || key == "next-review" {
			return key + ": " + day(30)
		}
		return key + ": " + day(-30)
	})
}

// attestedMutations lets each review and each control that answers a line run
// out. A review before each major release is broken by one that was never held.
func attestedMutations(t *testing.T, owner string, rows map[int]*written.Row) (all []mutation) {
	t.Helper()
	by := map[string][]int{}
	for line, r := range rows {
		for _, target := range r.Targets {
			if byPeople(target) {
				by[target] = append(by[target], line)
			}
		}
	}
	entries := ownersPolicy(t, owner)
	for target, lines := range by {
		slices.Sort(lines)
		kind, name, _ := strings.Cut(target, ":")
		entry := regexp.MustCompile(`(?m)^  ` + name + `: .*$`).FindString(entries)
		m := mutation{owner: owner, lines: lines, rule: "control-expired", state: "block"}
		edits, run, said := "overdue w/.publishgate.yml "+name+"\n", "gate\n", "The statement "+name+","
		switch about := regexp.MustCompile(`packages: \["([^"]+)"\]`).FindStringSubmatch(entry); {
		case kind == "review" && strings.Contains(entry, "before: major"):
			m.rule, said = "review-missing", "the review "+name+" "
			edits = "code 0 publishgate pack -o old.tgz w\nreplace w/package.json 5.1.4 6.0.0\nreplace w/package-lock.json 5.1.4 6.0.0\n" + edits
			run = "gate -offline -advisories file:adv -previous old.tgz\n"
		case kind == "review":
			m.rule, m.state, said = "review-overdue", "warn", "The review "+name+" "
		case about != nil:
			edits = "package " + about[1] + "\n" + edits
		}
		m.body = edits + "\n" + run + "grep '" + said + "' publishgate-out/verdict.json\n"
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b mutation) int { return strings.Compare(a.body, b.body) })
	return all
}

// ownersPolicy returns an owner's policy file.
func ownersPolicy(t *testing.T, owner string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("internal/starter/policies", owner, "publishgate.yml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// overdue FILE NAME lets one review or control of a policy file run out: it was
// last done, or counted, in the spring of 2020. One before a major release was
// never done.
func overdue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: overdue FILE NAME")
	}
	entry := regexp.MustCompile(`(?m)^  ` + args[1] + `: \{.*$`)
	text := ts.ReadFile(args[0])
	if !entry.MatchString(text) {
		ts.Fatalf("%s has no review and no control %s", args[0], args[1])
	}
	text = entry.ReplaceAllStringFunc(text, func(line string) string {
		if strings.Contains(line, "before: major") {
			return regexp.MustCompile(`, done: [0-9-]+`).ReplaceAllString(line, "")
		}
		line = regexp.MustCompile(`(done|stated): [0-9-]+`).ReplaceAllString(line, "$1: 2020-03-01")
		return regexp.MustCompile(`until: [0-9-]+`).ReplaceAllString(line, "until: 2020-04-01")
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}
