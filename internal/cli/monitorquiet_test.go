package cli

import (
	"crypto/sha512"
	"fmt"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestMonitorLicensesAndDownloads: what changes slowly, through the command: nothing is
// told of two quiet years, and each change is told once.
func TestMonitorLicensesAndDownloads(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		change       func(w *watching, days, versions map[string]int64) error
		fresh, open  []string // at the look after it, and at the next one
	}{
		{name: "nothing", change: func(*watching, map[string]int64, map[string]int64) error { return nil }},
		{name: "a release with another licence", change: func(w *watching, _, _ map[string]int64) error {
			w.release(widget, registry.Version{Version: "3.3.3", License: "BUSL-1.1"}, false)
			return nil
		}, fresh: []string{"license-changed 3.3.3"}, open: []string{"license-changed 3.3.3"}},
		{name: "a licence that the policy denies", policy: "licenses: {deny: [GPL-3.0-only]}\n",
			change: func(w *watching, _, _ map[string]int64) error {
				w.release(widget, registry.Version{Version: "3.3.3", License: "GPL-3.0-only"}, false)
				return nil
			}, fresh: []string{"license-changed 3.3.3", "license-denied 3.3.3"}, open: []string{"license-changed 3.3.3", "license-denied 3.3.3"}},
		{name: "a week with many downloads", change: func(_ *watching, days, _ map[string]int64) error {
			for day := range days {
				if at, _ := time.Parse(time.DateOnly, day); !at.Before(registry.WidgetEnd) && at.Before(registry.WidgetEnd.AddDate(0, 0, 7)) {
					days[day] *= 40
				}
			}
			return nil
		}, fresh: []string{"downloads-unusual"}},
		{name: "a deprecated version that is used as before", change: func(w *watching, _, _ map[string]int64) error {
			return w.registry.Deprecate(widget, "2.5.4", "use 3")
		}},
		{name: "a deprecated version that is used more", change: func(w *watching, _, versions map[string]int64) error {
			versions["1.4.1"] = 9000
			return nil
		}, fresh: []string{"downloads-unusual 1.4.1"}},
		{name: "another version that is used more", change: func(w *watching, _, versions map[string]int64) error {
			versions["2.5.4"] = 9000
			return nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := registry.Widget()
			w := watchOver(t, h)
			w.write("policy.yml", "version: 1\n"+c.policy)
			w.args = []string{"-only", "licenses,downloads", "-downloads-url", w.registry.URL, widget}
			if err := w.registry.Deprecate(widget, "1.4.1", "use 3"); err != nil {
				t.Fatal(err)
			}
			w.expect(ExitPass, nil, nil)
			for i := range 30 { // the next weeks are like the last one
				day := registry.WidgetEnd.AddDate(0, 0, i)
				h.Downloads[day.Format(time.DateOnly)] = h.Downloads[day.AddDate(0, 0, -7*(1+i/7)).Format(time.DateOnly)]
			}
			if err := c.change(w, h.Downloads, h.LastWeek); err != nil {
				t.Fatal(err)
			}
			if err := w.registry.Count(widget, h.Downloads, h.LastWeek); err != nil {
				t.Fatal(err)
			}
			code := map[bool]int{true: ExitPass, false: ExitBlock}
			w.now = w.now.Add(15 * 24 * time.Hour)
			w.expect(code[len(c.fresh) == 0], c.fresh, nil)
			w.now = w.now.Add(time.Hour)
			w.expect(code[len(c.open) == 0], nil, c.open)
		})
	}
}

// TestMonitorStaged: with a token what waits for an approval is looked at, and where
// the registry does not answer nothing ends.
func TestMonitorStaged(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.env = []string{"NODE_AUTH_TOKEN=token-of-the-test"}
	w.args = []string{"-only", "publishes", widget}
	w.expect(ExitPass, nil, nil)
	tarball := []byte("what waits")
	id, err := w.registry.Wait(widget, registry.Waiting{Version: "3.3.3", By: "mallory", Time: w.now, Tarball: tarball})
	if err != nil {
		t.Fatal(err)
	}
	staged := []string{"staged-unknown 3.3.3"}
	w.expect(ExitBlock, staged, nil)
	w.now = w.now.Add(24 * time.Hour)
	w.registry.Fail("staged-500", 0, -1)
	w.expect(ExitUnknown, nil, staged, "-deadline", "700ms")
	w.registry.Mend()
	w.registry.Fail("staged-500", 1, -1) // the list is told, and the bytes of what waits are not
	w.expect(ExitUnknown, nil, staged, "-deadline", "700ms")
	w.registry.Mend()
	w.env = nil // nobody asks without a token, so nothing ends
	w.expect(ExitBlock, nil, staged)
	w.env = []string{"NODE_AUTH_TOKEN=token-of-the-test"}
	w.expect(ExitBlock, nil, staged)
	// Evidence without a signature is anybody's.
	w.write("evidence/staged/verdict.json", fmt.Sprintf(`{"result":"pass","package":{"name":%q,"version":"3.3.3"},`+
		`"tarball":{"sha512":"%x"}}`, widget, sha512.Sum512(tarball)))
	w.expect(ExitBlock, nil, staged)
	w.registry.Reject(id)
	if s := w.expect(ExitPass, nil, nil); len(s.told("ended")) != 1 {
		t.Errorf("%q ended", s.told("ended"))
	}
}
