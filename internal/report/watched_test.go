package report

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

func renderWatched(t testing.TB, write func(io.Writer, *Watched) error, d *Watched) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// watched is a run that found each kind of thing.
func watched() *Watched { return watchedOf("x") }

func watchedOf(s string) *Watched {
	at := time.Date(2026, 11, 30, 3, 17, 0, 0, time.UTC)
	f := finding.Finding{Rule: "published-unknown", Severity: finding.Critical, Package: "pkg:npm/" + s, Name: s, Version: s, Message: s,
		Fix: s, Subject: s}
	g := f
	g.Rule, g.Severity, g.IDs = "supported-vulnerable", finding.High, []string{s}
	d := &Watched{At: at, Registry: s, Packages: 2, Versions: 30, Topics: []string{"publishes", "tags"}, Whole: s, First: 1, Remembers: s,
		Courts: []string{s, "2", "3", "4", "5", "6"}, Evidence: []string{s}, Tool: "1.0.0", Notes: []string{s, s},
		Told: []Told{{State: ToldWaived, Since: at, Finding: f, Reason: s, Expires: at}, {State: ToldEnded, Since: at, Finding: g},
			{State: ToldOpen, Since: at.AddDate(0, 0, -3), Finding: g, Why: "It matters."},
			{State: ToldNew, Since: at, Finding: f, Why: "It matters."}},
		Missed: []Miss{{Package: s, Topic: "tags", Why: s, Last: at}, {Package: s, Topic: "downloads", Why: s}},
		NotDue: []NotDue{{Topic: "licenses", Packages: 2, Next: at.AddDate(0, 0, 7)}}}
	d.Sort()
	return d
}

// TestWatchedText: the newest findings come first, each with what to do, then what was
// not looked at.
func TestWatchedText(t *testing.T) {
	want := `COULD NOT LOOK: 1 new, 1 open, 1 ended, 1 waived, 2 not looked at – 2 packages, 30 versions
  looked at publishes, tags at x, 2026-11-30 03:17 UTC
  verdicts were looked for among the attestations at GitHub of x, 2, 3, 4, 5 and 1 more, and in x
  x
  first look at 1 package: what was published before is where it begins from, and is not judged
  licenses: not due for 2 packages, next on 2026-12-07 03:17 UTC
  remembered in x

new (1)
  x@x  critical  [published-unknown] since 2026-11-30 03:17 UTC
    x
    why: It matters.
    do: x

open (1)
  x@x  high  [supported-vulnerable] since 2026-11-27 03:17 UTC
    x
    do: x

ended (1)
  x@x  [supported-vulnerable] since 2026-11-30 03:17 UTC

waived (1)
  x@x  critical  [published-unknown] since 2026-11-30 03:17 UTC
    x
    waived until 2026-11-30: x

not looked at (2)
  x  downloads: x
    never looked at before
  x  tags: x
    last looked at 2026-11-30 03:17 UTC

to know
  x

More about a rule: publishgate explain RULE
`
	if got := renderWatched(t, WatchedText, watched()); got != want {
		t.Errorf("%s", got)
	}
	if got := renderWatched(t, WatchedText, &Watched{}); !strings.Contains(got, "\n  nothing was due") ||
		!strings.HasPrefix(got, "QUIET: nothing found – 0 packages, 0 versions\n") ||
		!strings.Contains(got, "nothing is remembered") {
		t.Errorf("%s", got)
	}
}

// TestWatchedOnce: what several findings ask for is told once, and so is why nothing
// of a package could be looked at; what is ours to say is no code, but for commands.
func TestWatchedOnce(t *testing.T) {
	d := &Watched{}
	for _, version := range []string{"1.0.0", "1.0.1"} {
		d.Told = append(d.Told, Told{Of: "a", Why: "It matters.", Ours: true, Finding: finding.Finding{Rule: "published-unknown", Name: "a",
			Version: version, Message: "m", Fix: "Ask. Then `publishgate incident package a@" + version + "`, <b>."}})
	}
	for _, topic := range []string{"access", "publishes", "tags"} {
		d.Missed = append(d.Missed, Miss{Package: "a", Topic: topic, Why: "it does not answer"})
	}
	d.Missed = append(d.Missed, Miss{Package: "b", Topic: "tags", Why: "it does not answer"})
	d.Sort()
	for _, c := range []struct {
		write func(io.Writer, *Watched) error
		says  []string
	}{
		{WatchedText, []string{"why: It matters.", "do: Ask. Then `publishgate incident package a@1.0.0`, <b>.", "do: as for a@1.0.0 above\n",
			"not looked at (4)", "  a  access, publishes, tags: it does not answer\n", "  b  tags: it does not answer\n"}},
		{WatchedMarkdown, []string{"Next: Ask. Then `publishgate incident package a@1.0.0`, &lt;b>.\n", "Next: as for `a@1.0.0` above\n",
			"- `a` access, publishes, tags: `it does not answer`, never looked at before\n"}},
		{func(w io.Writer, d *Watched) error { _, err := w.Write(WatchedIssue(d, "", "")); return err },
			[]string{"2 problems are open, 4 things could not be looked at.\n", "### open (2)"}},
	} {
		got := renderWatched(t, c.write, d)
		for _, part := range c.says {
			if strings.Count(got, part) != 1 {
				t.Errorf("%q is %d times in\n%s", part, strings.Count(got, part), got)
			}
		}
	}
	d.Missed = nil
	if got := string(WatchedIssue(d, "", "")); !strings.Contains(got, "2 problems are open.\n") {
		t.Errorf("%s", got)
	}
}

// TestWatchedResult: what could not be looked at wins over what was found, and what
// ended or is waived is none.
func TestWatchedResult(t *testing.T) {
	for want, d := range map[policy.Result]*Watched{
		policy.Pass:    {Told: []Told{{State: ToldEnded}, {State: ToldWaived}}},
		policy.Block:   {Told: []Told{{State: ToldOpen}}},
		policy.Unknown: {Told: []Told{{State: ToldNew}}, Missed: []Miss{{}}},
	} {
		if got := d.Result(); got != want {
			t.Errorf("%s, expected %s", got, want)
		}
	}
}

// TestWatchedInert: hostile text is inert in every output.
func TestWatchedInert(t *testing.T) {
	for _, s := range hostile {
		d := watchedOf(s)
		for name, write := range map[string]func(io.Writer, *Watched) error{"text": WatchedText, "json": WatchedJSON, "markdown": WatchedMarkdown,
			"issue": func(w io.Writer, d *Watched) error { _, err := w.Write(WatchedIssue(d, "<!-- m -->", "")); return err }} {
			got := renderWatched(t, write, d)
			for _, r := range got {
				if r != '\n' && r != '\ufe0f' && !unicode.IsPrint(r) {
					t.Errorf("%s: %.40q leaves %U", name, s, r)
					break
				}
			}
			for l := range strings.Lines(got) {
				if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") {
					t.Errorf("%s: %.40q gives the runner %.200q", name, s, l)
				}
			}
			if name != "markdown" && name != "issue" {
				continue
			}
			left := outside(strings.Replace(got, "<!-- m -->", "", 1))
			left = strings.NewReplacer("[](https://github.com/", "", "<details><summary>", "", "</summary>", "", "</details>", "").Replace(left)
			if strings.ContainsAny(left, "[]@\\`<") || strings.Contains(left, "script") {
				t.Errorf("%s: %.40q stands outside of code: %.2000s", name, s, left)
			}
			if name == "issue" && len(got) > MaxComment {
				t.Errorf("an issue of %d bytes", len(got))
			}
		}
	}
}

// TestWatchedMany: many findings are cut where there is no room, and counted.
func TestWatchedMany(t *testing.T) {
	d := watched()
	for range 20_000 {
		d.Told = append(d.Told, d.Told[0])
	}
	d.Sort()
	if got := renderWatched(t, WatchedMarkdown, d); len(got) > markdownBudget+200 || !strings.Contains(got, "left out here for want of room") {
		t.Errorf("%d bytes", len(got))
	}
	if got := WatchedIssue(d, "<!-- m -->", "https://github.com/acme/widget/actions/runs/1"); len(got) > MaxComment ||
		!bytes.Contains(got, []byte("the issue is closed once nothing is open")) {
		t.Errorf("%d bytes", len(got))
	}
	if got := renderWatched(t, WatchedText, d); strings.Count(got, "\n") > 3000 || !strings.Contains(got, "more: -format json has all") {
		t.Errorf("%d lines", strings.Count(got, "\n"))
	}
	if got := renderWatched(t, WatchedJSON, d); strings.Count(got, `"state": "new"`) != 20_001 {
		t.Error("JSON lacks some")
	}
}
