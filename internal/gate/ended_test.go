package gate

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/support"
)

// TestEnded says of versions whether their line has ended, on the day it does.
func TestEnded(t *testing.T) {
	const table = "## Supported versions\n\n| Version | Supported |\n| --- | --- |\n| 3.x | yes |\n| 2.x | until 2026-11-30 |\n| < 2 | no |\n"
	const latest = "## Supported versions\n\nOnly the latest release is supported.\n"
	doc := &registry.Document{}
	for _, text := range []string{"1.0.0", "2.0.0-rc.1", "2.1.0", "3.0.0", "4.0.0-rc.1", "no version"} {
		number, err := npm.ParseVersion(text)
		doc.Versions = append(doc.Versions, registry.Documented{Version: text, Number: number, Valid: err == nil})
	}
	for _, c := range []struct {
		text, day, want string
		maybe           string // versions that may be of an ended line before the registry is read
	}{
		{table, "2026-11-30", "1.0.0", "1.0.0"},
		{table, "2026-12-01", "1.0.0 2.0.0-rc.1 2.1.0", "1.0.0 2.0.0-rc.1 2.1.0"},
		{latest, "2026-12-01", "1.0.0 2.0.0-rc.1 2.1.0", ""},
	} {
		now, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ended(&check.Supported{File: "SECURITY.md", Table: support.Read(c.text, "widget")}, &policy.Versions{}, "widget", now)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		var got, maybe []string
		for _, v := range doc.Versions {
			if e.Covers(doc, v) {
				got = append(got, v.Version)
			}
			if v.Valid && e.mayBeOver(v.Number) {
				maybe = append(maybe, v.Version)
			}
		}
		if strings.Join(got, " ") != c.want || c.maybe != "" && strings.Join(maybe, " ") != c.maybe {
			t.Errorf("%s on %s: %q, perhaps %q", c.text, c.day, got, maybe)
		}
		for _, v := range got { // what is ended is never missed before
			if !strings.Contains(" "+strings.Join(maybe, " ")+" ", " "+v+" ") {
				t.Errorf("%s: %s is of an ended line, and perhaps not", c.text, v)
			}
		}
	}
	for _, text := range []string{"", "## Supported versions\n\n| Version | Supported |\n| --- | --- |\n| six | yes |\n"} {
		said := &check.Supported{File: "SECURITY.md", Table: support.Read(text, "widget")}
		if _, err := ended(said, &policy.Versions{}, "widget", time.Time{}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
