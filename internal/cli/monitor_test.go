package cli

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A watching runs monitor again and again over a registry, by a clock of its own.
type watching struct {
	t        *testing.T
	registry *registry.Server
	now      time.Time
	dir      string
	args     []string // beside those of every run
	env      []string
}

func watchOver(t *testing.T, histories ...registry.History) *watching {
	t.Helper()
	w := &watching{t: t, registry: registry.Start(), now: registry.WidgetEnd.Add(3 * time.Hour), dir: t.TempDir()}
	t.Cleanup(w.registry.Close)
	for _, h := range histories {
		if err := w.registry.Record(h); err != nil {
			t.Fatal(err)
		}
	}
	w.write("policy.yml", "version: 1\n")
	w.judge("@acme/none", "0.0.1", nil, "pass")
	return w
}

func (w *watching) path(name string) string { return filepath.Join(w.dir, name) }

func (w *watching) write(name, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// judge writes evidence that a gate judged some bytes.
func (w *watching) judge(name, version string, tarball []byte, result string) {
	w.t.Helper()
	sum := sha512.Sum512(tarball)
	text, err := json.Marshal(map[string]any{"result": result, "package": map[string]any{"name": name, "version": version},
		"tarball": map[string]any{"sha512": hex.EncodeToString(sum[:])}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("evidence/"+strings.ReplaceAll(name, "/", "+")+"-"+version+"/verdict.json", string(text))
}

// release publishes a version, judged or not.
func (w *watching) release(name string, v registry.Version, judged bool) {
	w.t.Helper()
	if v.Time.IsZero() {
		v.Time = w.now.Add(-time.Hour)
	}
	if err := w.registry.Release(name, v, "latest"); err != nil {
		w.t.Fatal(err)
	}
	if judged {
		data, _ := w.registry.Published(name, v.Version)
		w.judge(name, v.Version, data, "pass")
	}
}

// A saw is what a run said.
type saw struct {
	code     int
	out, err string
	doc      struct {
		Result   string
		Findings []struct{ State, Rule, Version, Message, Fix string }
		Missed   []struct{ Package, Topic, Why, Last string }
		NotDue   []struct{ Topic, Next string } `json:"not_due"`
		LookedAt struct {
			Packages, Versions int
			Topics             []string
		} `json:"looked_at"`
		Notes []string
	}
}

// told lists the findings in a state, as "rule version".
func (s *saw) told(state string) (all []string) {
	for _, f := range s.doc.Findings {
		if f.State == state {
			all = append(all, strings.TrimSpace(f.Rule+" "+f.Version))
		}
	}
	slices.Sort(all)
	return all
}

func (w *watching) run(args ...string) *saw {
	w.t.Helper()
	s := &saw{}
	var out, errs bytes.Buffer
	all := append([]string{"monitor", "-registry", w.registry.URL, "-state", w.path("state.json"), "-evidence", w.path("evidence"),
		"-policy", w.path("policy.yml"), "-dir", w.dir, "-format", "json"}, w.args...)
	s.code = Main(context.Background(), Process{Args: append(all, args...), Env: w.env, Stdout: &out, Stderr: &errs,
		Now: func() time.Time { return w.now }})
	s.out, s.err = out.String(), errs.String()
	if s.code == ExitUsage || out.Len() == 0 {
		return s
	}
	if err := json.Unmarshal(out.Bytes(), &s.doc); err != nil {
		w.t.Fatalf("%v: %s%s", err, s.out, s.err)
	}
	return s
}

// expect runs monitor and compares.
func (w *watching) expect(code int, fresh, open []string, args ...string) *saw {
	w.t.Helper()
	s := w.run(args...)
	if s.code != code || !slices.Equal(s.told("new"), fresh) || !slices.Equal(s.told("open"), open) {
		w.t.Errorf("%s: exit %d, new %q, open %q, expected %d, %q, %q\n%s%s", w.now.Format(time.DateOnly), s.code, s.told("new"), s.told("open"),
			code, fresh, open, s.out, s.err)
	}
	return s
}

const widget = "@acme/widget"

// TestMonitorMonth looks at two quiet years for 30 days, in which things happen: each
// is told as new once, stays open until it ends, and nothing else is told.
func TestMonitorMonth(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "publishes,tags,access", widget}
	by := func(v registry.Version) registry.Version {
		v.TrustedPublisher, v.Approver, v.Provenance, v.License = "github", "bob", false, "MIT"
		return v
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	events := map[int]struct {
		do    func()
		fresh []string
		ends  []string
	}{
		3:  {do: func() { w.release(widget, by(registry.Version{Version: "3.3.3"}), true) }, fresh: []string{"published-unsigned 3.3.3"}},
		5:  {do: func() { w.release(widget, by(registry.Version{Version: "3.3.4"}), false) }, fresh: []string{"published-unknown 3.3.4"}},
		8:  {do: func() { check(w.registry.Tag(widget, "latest", "3.0.0")) }, fresh: []string{"tag-moved 3.0.0"}},
		9:  {do: func() { check(w.registry.Tag(widget, "latest", "3.3.4")) }}, // as was advised
		12: {do: func() { check(w.registry.Own(widget, "ann", "bob", "mallory")) }, fresh: []string{"publisher-unknown"}},
		15: {do: func() {
			data, _ := w.registry.Published(widget, "3.3.4")
			w.judge(widget, "3.3.4", data, "pass")
		}, fresh: []string{"published-unsigned 3.3.4"}, ends: []string{"published-unknown 3.3.4"}},
		18: {do: func() { check(w.registry.Own(widget, "ann", "bob")) }, ends: []string{"publisher-unknown"}},
		21: {do: func() { check(w.registry.Remove(widget, "2.5.3")) }, fresh: []string{"version-gone 2.5.3"}},
		25: {do: func() { check(w.registry.Replace(widget, "3.3.3", []byte("other"), true)) }, fresh: []string{"published-differs 3.3.3"},
			ends: []string{"published-unsigned 3.3.3"}},
	}
	open := []string{}
	for day := range 30 {
		e := events[day]
		if e.do != nil {
			e.do()
		}
		open = slices.DeleteFunc(open, func(s string) bool { return slices.Contains(e.ends, s) })
		code := ExitPass
		if len(open)+len(e.fresh) > 0 {
			code = ExitBlock
		}
		s := w.expect(code, e.fresh, open)
		if got := s.told("ended"); !slices.Equal(got, e.ends) {
			t.Errorf("day %d: %q ended, expected %q", day, got, e.ends)
		}
		for _, f := range e.fresh {
			if !strings.HasPrefix(f, "tag-moved") { // it happened, and is over
				open = append(open, f)
			}
		}
		slices.Sort(open)
		w.now = w.now.Add(24*time.Hour + time.Duration(day%3-1)*20*time.Minute)
	}
	if len(w.registry.Puts()) > 0 {
		t.Error("something was sent")
	}
	if n := len(w.registry.Requests()); n != 30 {
		t.Errorf("%d requests in 30 looks at one package, whose verdicts are evidence", n)
	}
}

// TestMonitorErrors has each server fail while something happens: exit 3, the state
// keeps the last good date and tells nothing as over, what is told of the others is
// told, and the next good run finds what happened.
func TestMonitorErrors(t *testing.T) {
	w := watchOver(t, registry.Widget(), registry.Family("@acme", 1)[0])
	w.args = []string{"-only", "publishes,tags,access", "-deadline", "700ms"}
	w.expect(ExitPass, nil, nil, widget, "@acme/part-000")
	first := w.now
	w.release(widget, registry.Version{Version: "3.3.3", License: "MIT", By: "mallory", Time: first.Add(time.Minute)}, false)
	for _, fault := range []string{"get-500", "get-html", "get-429-retry=31536000", "get-truncated", "get-half", "get-hang",
		"get-null", "get-307=http://127.0.0.1:9/"} {
		t.Run(fault, func(t *testing.T) {
			w.t = t
			w.now = w.now.Add(time.Hour)
			before, err := os.ReadFile(w.path("state.json"))
			if err != nil {
				t.Fatal(err)
			}
			w.registry.Fail(fault, 0, -1)
			defer w.registry.Mend()
			s := w.expect(ExitUnknown, nil, nil, widget)
			if len(s.doc.Missed) != 3 || s.doc.Result != "unknown" || !strings.Contains(s.err, "could not be looked at") {
				t.Errorf("%s%s", s.out, s.err)
			}
			for _, m := range s.doc.Missed {
				if m.Last != first.Format(time.RFC3339) || m.Package != widget || m.Why == "" || strings.Contains(m.Why, "\n") {
					t.Errorf("%+v", m)
				}
			}
			if after, err := os.ReadFile(w.path("state.json")); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the state is another one, %v", err)
			}
		})
	}
	w.t = t
	w.expect(ExitBlock, []string{"published-unknown 3.3.3", "publisher-unknown 3.3.3", "trust-lowered 3.3.3"}, nil, widget)
	if len(w.registry.Puts()) > 0 {
		t.Error("something was sent")
	}
}

// TestMonitorState has things in the place of the state that are none: nothing is
// overwritten.
func TestMonitorState(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "tags", widget}
	w.expect(ExitPass, nil, nil)
	good, err := os.ReadFile(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"cut": string(good[:len(good)/2]), "html": "<html>", "empty": "", "array": "[]",
		"version": strings.Replace(string(good), `"version":1`, `"version":2`, 1), "foreign": `{"version":1,"x":[]}`} {
		w.write("state.json", bad)
		s := w.run()
		if s.code != ExitUnknown || s.out != "" || !strings.Contains(s.err, "nothing was written over it") {
			t.Errorf("%s: exit %d %s%s", name, s.code, s.out, s.err)
		}
		if now, err := os.ReadFile(w.path("state.json")); err != nil || string(now) != bad {
			t.Errorf("%s: the state was overwritten, %v", name, err)
		}
	}
	w.write("state.json", string(good))
	if err := os.Symlink(w.path("state.json"), w.path("link.json")); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-state " + w.path("link.json"): "no link, folder or device", "-state " + w.path("evidence"): "no link, folder or device",
		"-only nothing": "is not one of publishes,tags,", "-only publishs": "did you mean publishes?",
		"-issue acme": "owner/name", "-issue acme/widget": "GITHUB_TOKEN", "-evidence nowhere": "no such folder",
		"-format xml":   "is not one of text",
		"-advisories x": "is not one of npm", "-repository *": "identities are compared exactly", "-deadline soon": "-deadline",
		"-from a -record b":  "neither -record nor -issue",
		"@acme/widget@1.0.0": "versions are not named", "@": "neither", "-key nowhere.pem": "-key", "-trusted-root nowhere": "-trusted-root",
	} {
		var errs bytes.Buffer
		code := Main(context.Background(), Process{Args: append([]string{"monitor", "-registry", w.registry.URL, widget},
			strings.Fields(args)...), Stdout: &bytes.Buffer{}, Stderr: &errs, Now: func() time.Time { return w.now }})
		if code != ExitUsage || !strings.Contains(errs.String(), want) || len(w.registry.Requests()) > 1 {
			t.Errorf("%s: exit %d, %s", args, code, errs.String())
		}
	}
}

// TestMonitorCadence: without -only what is due is looked at, and it is said what is
// not and when it will be.
func TestMonitorCadence(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{widget}
	w.write("policy.yml", "version: 1\nmonitor: {publishes: daily, tags: daily, access: weekly, licenses: ignore}\n")
	topics := func() string { return strings.Join(w.expect(ExitPass, nil, nil).doc.LookedAt.Topics, " ") }
	for day, want := range []string{"publishes tags access", "publishes tags", "publishes tags", "publishes tags", "publishes tags",
		"publishes tags", "publishes tags", "publishes tags access", "publishes tags"} {
		if got := topics(); got != want {
			t.Errorf("day %d: %s, expected %s", day, got, want)
		}
		w.now = w.now.Add(24*time.Hour - time.Duration(day)*time.Minute) // the cron of today is earlier than yesterday's
	}
	w.now = w.now.Add(-23 * time.Hour)
	s := w.expect(ExitPass, nil, nil)
	if len(s.doc.LookedAt.Topics) != 0 || len(s.doc.NotDue) != 3 || s.doc.NotDue[0].Topic == "" || s.doc.NotDue[0].Next == "" {
		t.Errorf("%s", s.out)
	}
	requests := len(w.registry.Requests())
	if w.run(); len(w.registry.Requests()) != requests {
		t.Error("something was asked, and nothing is due")
	}
}
