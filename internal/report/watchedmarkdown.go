package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
)

// WatchedMarkdown writes the result for a job's summary: foreign text only in code
// spans, at most 900 KiB.
func WatchedMarkdown(w io.Writer, d *Watched) error {
	_, err := w.Write(watchedMarkdown(d, markdownBudget))
	return err
}

// WatchedIssue returns the text of the one issue that a repository keeps about it:
// marker, then what is open, at most MaxComment characters. page is the address of
// the run; it may be empty. Times of the run itself are not in it, so that a run
// that saw nothing new changes nothing.
func WatchedIssue(d *Watched, marker, page string) []byte {
	still := *d
	still.Told = nil
	for _, t := range d.Told {
		if t.State == ToldNew {
			t.State = ToldOpen
		}
		if t.State == ToldOpen {
			still.Told = append(still.Told, t)
		}
	}
	still.Sort()
	m := commentWriter{room: MaxComment - 1<<10}
	says := count(len(still.Told), "problem is open", "problems are open")
	if n := len(d.Missed); n > 0 {
		says += ", " + count(n, "thing could not be looked at", "things could not be looked at")
	}
	m.put(marker + "\npublishgate monitor: " + says + ".\n")
	still.rows(&m)
	if page != "" {
		m.put("\n[The last run that changed this](" + page + ").\n")
	}
	m.put("\nThis text is kept up to date, and the issue is closed once nothing is open. " +
		"What is meant to be so: an exception in the policy file.\n")
	return m.b
}

func watchedMarkdown(d *Watched, budget int) []byte {
	m := commentWriter{room: budget}
	m.put("## " + Mark(d.Result()) + " monitor: " + watchedWord(d.Result()) + " – " + d.headline() + "\n")
	d.rows(&m)
	m.put("\n<details><summary>What was looked at</summary>\n\n")
	for _, line := range d.based() {
		m.put("- " + display.Markdown(line, maxMessage) + "\n")
	}
	for _, n := range d.Notes {
		if !m.put("- " + display.Markdown(n, maxMessage) + "\n") {
			m.left++
		}
	}
	m.put("\n</details>\n")
	if m.left > 0 {
		m.b = append(m.b, "\n**"+count(m.left, "line is", "lines are")+" left out here for want of room.** `-format json` has all.\n"...)
	}
	return m.b
}

// rows appends the findings and what was not looked at.
func (d *Watched) rows(m *commentWriter) {
	m.room -= 4 << 10 // for what comes last
	advice := newAdviser()
	for i := range d.Told {
		t := &d.Told[i]
		f := &t.Finding
		var b strings.Builder
		if i == 0 || d.Told[i-1].State != t.State {
			fmt.Fprintf(&b, "\n### %s (%d)\n\n", t.State, d.Count(t.State))
		}
		fmt.Fprintf(&b, "- **%s** %s [`%s`](%s), %s", f.Severity, display.Markdown(t.about(), maxField), f.Rule,
			finding.Rule{ID: f.Rule}.Page(), t.when())
		if t.State != ToldEnded {
			fmt.Fprintf(&b, "  \n  %s", display.Markdown(f.Message, maxMessage))
		}
		switch {
		case t.State == ToldWaived:
			fmt.Fprintf(&b, "  \n  waived until %s: %s", t.Expires.UTC().Format(time.DateOnly), display.Markdown(t.Reason, maxMessage))
		case t.State != ToldEnded && f.Fix != "":
			if before, first := advice.first(t); !first {
				fmt.Fprintf(&b, "  \n  Next: as for %s above", display.Markdown(before, maxField))
			} else {
				fmt.Fprintf(&b, "  \n  Next: %s", t.next())
			}
		}
		if !m.put(b.String() + "\n") {
			m.left++
		}
	}
	misses := d.misses()
	for i := range misses {
		miss := &misses[i]
		head := ""
		if i == 0 {
			head = fmt.Sprintf("\n### Not looked at (%d)\n\n", len(d.Missed))
		}
		if !m.put(fmt.Sprintf("%s- %s %s: %s, %s\n", head, display.Markdown(miss.Package, maxField), miss.Topic,
			display.Markdown(miss.Why, maxMessage), miss.since())) {
			m.left++
		}
	}
	m.room += 4 << 10
}

// next returns what to do in markdown: our own words as words, and what stands
// between backticks, a command or a name, as code. Words of others are code.
func (t *Told) next() string {
	if !t.Ours || strings.Count(t.Finding.Fix, "`")%2 > 0 {
		return display.Markdown(t.Finding.Fix, maxMessage)
	}
	var b strings.Builder
	for i, text := range strings.Split(t.Finding.Fix, "`") {
		if i%2 == 0 {
			b.WriteString(ours(text))
		} else {
			b.WriteString(display.Markdown(text, maxMessage))
		}
	}
	return b.String()
}
