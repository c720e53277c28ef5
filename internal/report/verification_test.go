package report

import (
	"strings"
	"testing"
)

// The reports say by which commands the evidence is verified, and a staged version
// looked at and approved; never with a word that means something to a shell.
func TestVerification(t *testing.T) {
	signed, staged := []Act{{What: "sign", State: Done}}, []Act{{What: "stage", State: Done}}
	for _, tt := range []struct {
		name   string
		run    *Run
		verify string
		want   string // in the order of the reports
	}{
		{"not signed", &Run{Acts: []Act{{What: "sign", State: Skipped}}}, "", "sha256sum -c SHA256SUMS"},
		{"signed", &Run{Acts: signed}, "publishgate verify -key cosign.pub .", "sha256sum -c SHA256SUMS|publishgate verify -key cosign.pub ."},
		{"nobody knows whom to ask for", &Run{Acts: signed}, "", "sha256sum -c SHA256SUMS"},
		{"hostile", &Run{Acts: signed}, "publishgate verify -repository a/$(x) .", "sha256sum -c SHA256SUMS"},
		{"published", &Run{Acts: signed, Out: Published}, "publishgate verify -repository acme/app .",
			"sha256sum -c SHA256SUMS|publishgate verify -repository acme/app .|publishgate verify -repository acme/app @acme/app@1.2.3"},
		{"staged", &Run{Acts: staged, Out: Staged, StageID: "00000001-0000-4000-8000-000000000001"}, "",
			"publishgate verify -stage 00000001-0000-4000-8000-000000000001|npm stage approve 00000001-0000-4000-8000-000000000001|" +
				"sha256sum -c SHA256SUMS"},
		{"staged, and signed", &Run{Acts: append(signed, staged...), Out: Staged, StageID: "1-2"}, "publishgate verify -repository acme/app .",
			"publishgate verify -stage 1-2 -repository acme/app|npm stage approve 1-2|sha256sum -c SHA256SUMS|" +
				"publishgate verify -repository acme/app ."},
		{"staged under a hostile name", &Run{Out: Staged, StageID: "1; x"}, "", "sha256sum -c SHA256SUMS"},
		{"staged, under no known name", &Run{Out: Staged}, "", "sha256sum -c SHA256SUMS"},
	} {
		d := blocked()
		d.Plan, d.Run, d.Verify = nil, tt.run, tt.verify
		_, lines := d.verification()
		if got := strings.Join(append(d.approval(), lines...), "|"); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
		page, summary := render(t, HTML, d), render(t, Markdown, d)
		if commands := strings.ReplaceAll(tt.want, "|", "\n"); !strings.Contains(page, "</pre>") ||
			!strings.Contains(summary, "```sh\n"+commands[strings.LastIndex(commands, "sha256sum"):]) {
			t.Errorf("%s: the summary lacks the commands", tt.name)
		}
		for l := range strings.SplitSeq(tt.want, "|") {
			if !strings.Contains(page, l) || !strings.Contains(summary, l) {
				t.Errorf("%s: no %q", tt.name, l)
			}
		}
	}
}

// Of another registry than npm's own the commands name it.
func TestApprovalElsewhere(t *testing.T) {
	for at, want := range map[string]string{
		"https://registry.npmjs.org/": "publishgate verify -stage 1-2|npm stage approve 1-2",
		"https://npm.acme.example/team/": "publishgate verify -stage 1-2 -registry https://npm.acme.example/team/|" +
			"npm stage approve 1-2 --registry https://npm.acme.example/team/",
		"https://npm.acme.example/;reboot": "publishgate verify -stage 1-2|npm stage approve 1-2",
	} {
		d := blocked()
		d.Run, d.Verify, d.LookedAt.Registry = &Run{Out: Staged, StageID: "1-2"}, "", at
		if got := strings.Join(d.approval(), "|"); got != want {
			t.Errorf("%s: %s", at, got)
		}
	}
}
