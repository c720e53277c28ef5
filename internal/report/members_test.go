package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

func whole(reason Reason, members ...Document) *Whole {
	w := &Whole{Run: &Run{Reason: reason}, LeftOut: []Skip{{What: "packages/x", Why: "it is private"}}}
	for i := range members {
		letter := string(rune('a' + i))
		w.Members = append(w.Members, Member{Folder: "packages/" + letter, Evidence: "@acme+" + letter, Document: &members[i]})
	}
	return w
}

// The first line of every output holds for all members.
func TestMembersHeadline(t *testing.T) {
	passed, blocked := *passed(), *blocked()
	passed.Run, passed.Caveats = &Run{}, []string{"on partial advisory data"}
	blocked.Run = &Run{Reason: Findings}
	lost := Document{Problem: "no lockfile", Run: &Run{Reason: Input}}
	for _, c := range []struct {
		w    *Whole
		want string
	}{
		{whole(Fine, passed, passed), "passed, on partial advisory data: 2 members of the workspace – 2 passed"},
		{whole(Fine, passed, lost), "not decided: 2 members of the workspace – 1 not decided, 1 passed"},
		{whole(Findings, passed, blocked, lost), "blocked: 3 members of the workspace – 1 blocked, 1 not decided, 1 passed"},
		{whole(Input, lost), "not decided: 1 member of the workspace – 1 not decided"},
		{whole(Deadline, passed, lost), "not decided, the deadline has passed: 2 members of the workspace – 1 not decided, 1 passed"},
	} {
		var text, page, told, run bytes.Buffer
		for _, err := range []error{MembersText(&text, c.w, false), MembersMarkdown(&page, c.w), MembersJSON(&told, c.w),
			MembersRunJSON(&run, c.w)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if first := headOf(text.String()); first != c.want {
			t.Errorf("%s, expected %s", first, c.want)
		}
		if first, _, _ := strings.Cut(page.String(), "\n"); !strings.HasSuffix(first, c.want) {
			t.Errorf("%s, expected %s", first, c.want)
		}
		var doc struct {
			Run     struct{ Result, Reason string }
			Members []struct{ Run struct{ Result string } }
		}
		if err := json.Unmarshal(told.Bytes(), &doc); err != nil || len(doc.Members) != len(c.w.Members) ||
			doc.Run.Reason != string(c.w.Run.Reason) {
			t.Errorf("%v %s", err, told.String())
		}
		if !json.Valid(run.Bytes()) || !strings.Contains(run.String(), `"folder":"packages/x"`) &&
			!strings.Contains(run.String(), `"folder": "packages/x"`) {
			t.Errorf("run.json: %s", run.String())
		}
	}
}

// Many members share the room of one summary: it never has more than the runner
// is given, and ends with the number of members that it leaves out.
func TestMembersMarkdownRoom(t *testing.T) {
	for _, members := range []int{1, 2, 7, 90, 400, 450, 3000} {
		var all []Document
		for range members {
			d := Document{Run: &Run{Reason: Input}, Problem: strings.Repeat("x", maxMessage)}
			for i := range 4_000 / members {
				d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{State: finding.Warn,
					Finding: finding.Finding{Rule: "r", Name: fmt.Sprint("p", i), Message: strings.Repeat("`\u202e", 1000)}})
			}
			all = append(all, d)
		}
		var page bytes.Buffer
		if err := MembersMarkdown(&page, whole(Input, all...)); err != nil {
			t.Fatal(err)
		}
		shown := strings.Count(page.String(), "\n## ")
		lines := strings.Split(strings.TrimSpace(page.String()), "\n")
		want := ""
		if left := members - shown; left > 0 {
			want = "**" + count(left, "member is", "members are") + " left out here for want of room.**"
		}
		if last := lines[len(lines)-1]; page.Len() > markdownBudget || shown == 0 || !strings.Contains(last, want) {
			t.Errorf("%d members: %d bytes, %d shown, ends in %q", members, page.Len(), shown, last)
		}
		if members < 400 && shown < members || members == 3000 && want == "" {
			t.Errorf("%d members: %d shown", members, shown)
		}
	}
}

// A step for the whole workspace is shown once, with the first member that needs
// it. A step that edits a member's file is shown with that member.
func TestMembersPlanOnce(t *testing.T) {
	left := []upgrade.Removal{{Package: "left@1.0.0", IDs: []string{"GHSA-1"}}}
	root := func(removes []upgrade.Removal) upgrade.Step {
		return upgrade.Step{Do: upgrade.Override, Name: "left", To: "2.0.0", File: "../../package.json", Key: "overrides > left", New: "2.0.0",
			Command: "npm update left", Removes: removes, Verified: true}
	}
	command := upgrade.Step{Do: upgrade.Update, Name: "mid", To: "1.2.0", Command: "npm update mid", Verified: true}
	own := upgrade.Step{Do: upgrade.Raise, Name: "top", File: "package.json", Key: "dependencies > top", Old: "^1.0.0",
		New: "^2.0.0", Command: "npm install", Verified: true}
	doc := func(steps ...upgrade.Step) Document {
		d := *blocked()
		d.Plan = &upgrade.Plan{Steps: steps}
		return d
	}
	more := append([]upgrade.Removal{{Package: "left@0.9.0", IDs: []string{"GHSA-1"}}}, left...)
	w := whole(Findings, doc(root(left), command, own), doc(root(left), command), doc(own, root(more), command))
	var text, page bytes.Buffer
	if err := MembersText(&text, w, false); err != nil {
		t.Fatal(err)
	}
	if err := MembersMarkdown(&page, w); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"text": text.String(),
		"markdown": strings.NewReplacer("`", "", "\\", "").Replace(page.String())} {
		for line, times := range map[string]int{
			"overrides > left": 2, // of the third more goes
			"npm update mid":   1, "dependencies > top": 2, "left@0.9.0": 1,
			"2 steps are told of packages/a already": 1, "1 step is told of packages/a already": 1,
		} {
			if name == "text" && line == "left@0.9.0" {
				times = 0 // what a step ends is in report.md
			}
			if n := strings.Count(got, line); n != times {
				t.Errorf("%s: %d times %q, expected %d:\n%s", name, n, line, times, got)
			}
		}
	}
	if got := w.Members[1].Document.Plan.Steps; len(got) != 2 {
		t.Errorf("the member's own evidence has %d steps", len(got))
	}
	var alone bytes.Buffer
	if err := Text(&alone, w.Members[1].Document, false); err != nil || !strings.Contains(alone.String(), "npm update mid") {
		t.Errorf("%v: %s", err, alone.String())
	}
}
