package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func whole(reason Reason, members ...Document) *Whole {
	w := &Whole{Run: &Run{Reason: reason}, LeftOut: []Skip{{What: "packages/x", Why: "it is private"}}}
	for i := range members {
		w.Members = append(w.Members, Member{Folder: "packages/" + string(rune('a'+i)), Document: &members[i]})
	}
	return w
}

// The first line of every output says what is true of all members.
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
		if first, _, _ := strings.Cut(text.String(), "\n"); first != c.want {
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

// A page of many members has room for one summary, and says what it leaves out.
func TestMembersMarkdownRoom(t *testing.T) {
	var all []Document
	for range 3000 {
		all = append(all, Document{Run: &Run{Reason: Input}, Problem: strings.Repeat("x", maxMessage)})
	}
	var page bytes.Buffer
	if err := MembersMarkdown(&page, whole(Input, all...)); err != nil {
		t.Fatal(err)
	}
	if page.Len() > markdownBudget+markdownTail || !strings.Contains(page.String(), "left out here for want of room") {
		t.Errorf("%d bytes", page.Len())
	}
}
