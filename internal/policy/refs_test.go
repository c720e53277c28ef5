package policy

import (
	"strings"
	"testing"
)

func TestRefuses(t *testing.T) {
	main, feature := Start{Event: "push", Ref: "refs/heads/main", Protected: true}, Start{Event: "push", Ref: "refs/heads/feature-x"}
	tag, other := Start{Event: "push", Ref: "refs/tags/v1.2.3", VersionTag: true}, Start{Event: "push", Ref: "refs/tags/other@1.2.3"}
	on := func(s Start, event string) Start { s.Event = event; return s }
	for _, c := range []struct {
		name, policy string
		start        Start
		want         string // in the reason; "": it may
	}{
		{"a protected branch", "", main, ""},
		{"another branch", "", feature, "refs/heads/feature-x is neither protected nor a tag of this version"},
		{"a tag of the version", "", tag, ""},
		{"a tag of something else", "", other, "refs/tags/other@1.2.3 is neither"},
		{"no ref", "", Start{Event: "push"}, "(none) is neither"},
		{"a release", "", on(tag, "release"), ""},
		{"by hand", "", on(main, "workflow_dispatch"), ""},
		{"a schedule", "", on(main, "schedule"), "on the event schedule nothing is signed or published; publish.events of " +
			"the policy lets push, release, workflow_dispatch"},
		{"a change under test", "", on(main, "pull_request"), "on the event pull_request"},
		{"a merge queue", "", on(main, "merge_group"), "on the event merge_group"},
		{"no event", "", on(main, ""), "on the event (none)"},
		{"an event of tomorrow", "", on(main, "tomorrow"), "on the event tomorrow"},
		{"letter case", "", on(main, "Push"), "on the event Push"},
		{"a schedule that is let", "publish: {events: [push, schedule]}", on(main, "schedule"), ""},
		{"which does not let by hand", "publish: {events: [push, schedule]}", on(main, "workflow_dispatch"), "on the event workflow_dispatch"},
		{"no event is let", "publish: {events: []}", main, "lets (none)"},
		{"a list replaces the default", "publish: {refs: [refs/tags/v*]}", main,
			"refs/heads/main is not among publish.refs of the policy (refs/tags/v*)"},
		{"listed", "publish: {refs: [protected, refs/heads/feature-*]}", feature, ""},
		{"protected, listed", "publish: {refs: [protected]}", main, ""},
		{"a tag of the version is not protected", "publish: {refs: [protected]}", tag, "is not among"},
		{"nothing is listed", "publish: {refs: []}", tag, "(none)"},
		{"a star ends at a slash", "publish: {refs: ['refs/heads/*']}", Start{Event: "push", Ref: "refs/heads/a/b"}, "is not among"},
		{"for this package", "packages: {one: {publish: {refs: [refs/heads/feature-x]}}}", feature, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, c.policy).For("one", Flags{}).Refuses(c.start)
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
