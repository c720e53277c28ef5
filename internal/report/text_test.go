package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

func textOfDocument(t testing.TB, d *Document) string {
	return render(t, func(w io.Writer, d *Document) error { return Text(w, d, false) }, d)
}

// headOf returns the first line of a text, with the counts where they are on the next.
func headOf(text string) string {
	first, rest, _ := strings.Cut(text, "\n")
	for strings.HasSuffix(first, " –") || strings.HasSuffix(first, ",") {
		next, after, _ := strings.Cut(rest, "\n")
		first, rest = first+" "+strings.TrimSpace(next), after
	}
	return first
}

// A terminal has 80 columns. Longer is only what cannot be wrapped.
func TestTextWidth(t *testing.T) {
	for name, d := range map[string]*Document{"blocked": blocked(), "passed": passed(), "undecided": undecided(), "groups": grouped(),
		"hostile": poison("x \u202e ::")} {
		lines := strings.Split(textOfDocument(t, d), "\n")
		for _, line := range lines {
			if utf8.RuneCountInString(line) > textWidth {
				t.Errorf("%s: %d columns: %s", name, utf8.RuneCountInString(line), line)
			}
		}
		if name == "groups" && len(lines) > 40 {
			t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
		}
	}
}

// The sections stand in the order of the page, and what was not looked at stands
// before all of them.
func TestTextOrder(t *testing.T) {
	text, at := textOfDocument(t, blocked()), 0
	for _, want := range []string{"blocked: @acme/app", "1 secret and 1 vulnerability in 1 package.",
		"looked at", "not looked at dev dependencies",
		"\nFIX", "\nVULNERABLE PACKAGES", "\nOTHER FINDINGS", "\nSINCE 1.2.2", "\nWAIVED", "\nPOLICY", "\nAll of it: report.html"} {
		next := strings.Index(text[at:], want)
		if next < 0 {
			t.Fatalf("no %q after %q in\n%s", want, text[:at], text)
		}
		at += next
	}
}

// What blocks is never cut. Of more than 15 warnings in a list there are the first
// 10, and a count.
func TestTextLimit(t *testing.T) {
	judged := func(state finding.State, i int, id ...string) policy.Judged {
		return policy.Judged{State: state, Finding: finding.Finding{Rule: "r", Name: fmt.Sprint("p", i), Version: "1.0.0", IDs: id,
			File: "package.json", Line: i + 1, Message: "said at length"}}
	}
	for _, ids := range [][]string{nil, {"GHSA-aaaa-aaaa-aaaa"}} {
		what := "problems"
		if ids != nil {
			what = "packages"
		}
		for warnings, shown := range map[int]int{15: 15, 16: 10, 500: 10} {
			d := passed()
			d.Verdict = policy.Verdict{}
			for i := range 120 {
				d.Verdict.Judged = append(d.Verdict.Judged, judged(finding.Block, i, ids...))
			}
			for i := range warnings {
				d.Verdict.Judged = append(d.Verdict.Judged, judged(finding.Warn, 1000+i, ids...))
			}
			text := textOfDocument(t, d)
			if n := strings.Count(text, "  BLOCK  "); n != 120 {
				t.Errorf("%d of 120 rows that block", n)
			}
			if n := strings.Count(text, "  WARN   "); n != shown {
				t.Errorf("%d of %d warnings", n, warnings)
			}
			more := fmt.Sprintf("  and %d more %s: report.md\n", warnings-shown, what)
			if strings.Contains(text, more) != (warnings > shown) {
				t.Errorf("%d warnings, no %q:\n%s", warnings, more, text[len(text)-800:])
			}
			if n := strings.Count(text, "said at length"); ids == nil && n != 120 {
				t.Errorf("what happened is said of %d problems, expected those that block", n)
			}
		}
	}
	d := passed()
	d.Verdict = policy.Verdict{}
	for i := range maxShown + 7 {
		d.Verdict.Judged = append(d.Verdict.Judged, judged(finding.Block, i))
	}
	d.Verdict.Judged = append(d.Verdict.Judged, judged(finding.Waived, 1), judged(finding.Warn, 1))
	text := textOfDocument(t, d)
	if !strings.Contains(text, "  and 8 more problems: report.md\n") || !strings.Contains(text, "\nWAIVED") {
		t.Errorf("%s", text[len(text)-800:])
	}
}

// What is to be done by hand is told once a remedy, with the number that its rows
// have.
func TestTextByHand(t *testing.T) {
	d := blocked()
	d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{Finding: finding.Finding{Rule: "secret", File: "package/b.env", InTarball: true,
		Message: "A second token.", Fix: "Revoke it, then add the file to .npmignore."}})
	text := textOfDocument(t, d)
	want := "  7  [secret] package/config/deploy.env, package/b.env: Revoke it, then add the\n     file to .npmignore.\n"
	if !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
}

// The colours are of words that say a state, and nothing depends on them.
func TestTextColor(t *testing.T) {
	colored := render(t, func(w io.Writer, d *Document) error { return Text(w, d, true) }, blocked())
	bare := colored
	for _, word := range []string{"blocked:", "BLOCK", "WARN ", "WAIVED"} {
		if !strings.Contains(colored, word+"\x1b[0m") {
			t.Errorf("%s has no colour", word)
		}
		for _, code := range []string{red, yellow, green, dim} {
			bare = strings.ReplaceAll(bare, "\x1b["+code+"m"+word+"\x1b[0m", word)
		}
	}
	if bare != textOfDocument(t, blocked()) {
		t.Errorf("without its colours the text is another: %q", bare)
	}
}
