package gate

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/publish"
)

// TestWaits waits for the registry to show a version: who watches is told as of
// every wait, with the registry's last word; else a word comes every five minutes.
func TestWaits(t *testing.T) {
	plan := &publish.Plan{Name: "@acme/widget", Version: "1.2.3"}
	for _, c := range []struct {
		name    string
		watched bool
		want    string
	}{
		{"watched", true, "the registry to take the document (1 s), " +
			"the registry to show @acme/widget@1.2.3, 24m58s at most; it says that it is \"a:\\u{3a}b\" (2 s), " +
			"24m56s (4 s), 24m52s (8 s), 24m44s (16 s), 24m28s (32 s), 23m58s (62 s)"},
		{"not watched", false, "the registry to show @acme/widget@1.2.3, 24m59s at most; it says that it is \"a:\\u{3a}b\""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			printer := &display.Printer{Out: &out}
			o := &Outcome{clock: time.Now, waiting: printer}
			if c.watched {
				o.log = &Log{Say: printer}
			}
			tell, done := o.waits(plan)
			begun := time.Now()
			for at := 1500 * time.Millisecond; at < 70*time.Second; at += time.Second {
				time.Sleep(time.Until(begun.Add(at)))
				tell("a::b", 25*time.Minute-at)
			}
			done()
			got := strings.ReplaceAll(strings.TrimSpace(out.String()), "waiting for ", "")
			lines := strings.Split(got, "\n")
			for i := 2; i < len(lines); i++ {
				_, rest, _ := strings.Cut(lines[i], ", ")
				left, _, _ := strings.Cut(rest, " ")
				lines[i] = left + lines[i][strings.LastIndex(lines[i], " ("):]
			}
			if got := strings.Join(lines, ", "); got != c.want {
				t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
			}
		})
	}
}
