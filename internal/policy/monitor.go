package policy

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// Monitor is monitor: what is looked at after the release, how often, and what is
// expected there. The zero value asks for nothing.
type Monitor struct {
	Every      map[string]time.Duration // by topic of MonitorTopics: how often; a missing one is not asked for
	Since      time.Time                // versions published before that day are not judged; zero: before the first look
	State      string                   // the file of the commit with the state, for the gate; "": none
	Branch     string                   // the branch of origin that has it in place of the commit; "": none
	Blocks     bool                     // overdue: block
	Publishers *[]string                // npm names of who may publish; nil: see Publisher
	BuiltBy    []string                 // "https://HOST/OWNER/NAME", or that and "/WORKFLOW"; * stops at /; empty: see package monitor
	Within     time.Duration            // trust-window: how much older a version may be that a new one is compared with; 0: any
	File       string                   // as of a Review
	Line       int                      // of the first key
}

// MonitorTopics are the keys of monitor that have a cadence, in the order of
// reports.
var MonitorTopics = []string{"publishes", "tags", "vulnerabilities", "licenses", "downloads", "access"}

// The cadences that have a name. A month has 31 days: who looks on each first of
// one is never late.
const (
	daily   = 24 * time.Hour
	weekly  = 7 * daily
	monthly = 31 * daily
)

// MonitorOverdue is found by the monitor itself, and by the gate in a state of the
// commit.
var MonitorOverdue = finding.Rule{
	ID:    "monitor-overdue",
	Title: "What is published was not looked at for longer than the policy allows.",
	Why: "A look that was missed finds nothing. Whoever publishes beside the gate has the time until the next one, and a schedule that " +
		"stopped tells nobody that it did.",
	Help: "Look now: `publishgate monitor -state FILE NAME`. Then look why the schedule did not: GitHub stops a cron of a repository that " +
		"nobody changed for 60 days. If the cadence is not meant, change it under `monitor`.",
	Severity: finding.Moderate,
	Tags:     []string{"policy", "monitor"},
}

// Grace is how much later than its cadence a look may be: a quarter of the
// cadence, and at least 12 hours. GitHub starts a cron up to some hours late when
// it is busy, and drops a start now and then. So a daily look may be late, and is
// overdue after 36 hours, before a second one is missed; a weekly look is after
// 8 days 18 hours, a monthly one after 38 days 18 hours.
func Grace(every time.Duration) time.Duration { return max(every/4, 12*time.Hour) }

// Ahead is how far in the future a look may lie: clocks differ.
const Ahead = time.Hour

// Overdue reports whether a topic whose last good look was at that time is overdue
// now; zero: there was none. A topic without a cadence never is.
func (m *Monitor) Overdue(topic string, last, now time.Time) bool {
	every := m.Every[topic]
	return every > 0 && now.Sub(last) > every+Grace(every)
}

// Publisher reports whether an npm name is one of those who may publish. said is
// false where the policy does not say who may: neither monitor.publishers nor
// about.acknowledged-by is set.
func (e *Effective) Publisher(name string) (known, said bool) {
	list := e.About.Acknowledged
	if e.Monitor.Publishers != nil {
		list = *e.Monitor.Publishers
	} else if list == nil {
		return false, false
	}
	return slices.ContainsFunc(list, func(p string) bool { return strings.EqualFold(strings.TrimPrefix(p, "@"), name) }), true
}

// Built reports whether monitor.built-by names where a version was built, by the
// address of the repository and the path of the workflow in it.
func (m *Monitor) Built(repository, workflow string) bool {
	return slices.ContainsFunc(m.BuiltBy, func(pattern string) bool {
		for _, at := range []string{repository, repository + "/" + workflow} {
			if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(at)); err == nil && ok {
				return true
			}
		}
		return false
	})
}

// monitorKeys are the keys of monitor.
func monitorKeys() []key {
	set := func(set func(*Monitor, value)) func(*draft, value) {
		return func(d *draft, v value) {
			d.Monitor.File, d.Monitor.Line = v.file, cmp.Or(min(d.Monitor.Line, v.line), v.line)
			set(&d.Monitor, v)
		}
	}
	var all []key
	for _, topic := range MonitorTopics {
		all = append(all, key{path: "monitor." + topic, kind: kindCadence, set: set(func(m *Monitor, v value) {
			delete(m.Every, topic)
			if v.span > 0 {
				m.Every[topic] = v.span
			}
		})})
	}
	return append(all,
		key{path: "monitor.since", kind: kindDate, set: set(func(m *Monitor, v value) { m.Since = v.date })},
		key{path: "monitor.state", kind: kindFile, where: topOnly, set: set(func(m *Monitor, v value) { m.State = v.text })},
		key{path: "monitor.branch", kind: kindText, where: topOnly, set: set(func(m *Monitor, v value) { m.Branch = v.text })},
		key{path: "monitor.overdue", kind: kindWord, words: []string{"warn", "block"},
			set: set(func(m *Monitor, v value) { m.Blocks = v.text == "block" })},
		key{path: "monitor.publishers", kind: kindListOrNone, set: set(func(m *Monitor, v value) { m.Publishers = &v.list })},
		key{path: "monitor.built-by", kind: kindBuilders, set: set(func(m *Monitor, v value) { m.BuiltBy = v.list })},
		key{path: "monitor.trust-window", kind: kindSpan, set: set(func(m *Monitor, v value) { m.Within = v.span })},
	)
}

// parseCadence reads daily, weekly, monthly, ignore or a span; 0: ignore.
func parseCadence(s string) (time.Duration, error) {
	switch s {
	case "daily":
		return daily, nil
	case "weekly":
		return weekly, nil
	case "monthly":
		return monthly, nil
	case "ignore":
		return 0, nil
	}
	span, err := parseSpan(s)
	switch {
	case err != nil:
		if hint := didYouMean(s, []string{"daily", "weekly", "monthly", "ignore"}); hint != "" {
			return 0, fmt.Errorf("%s is no cadence; %s", quote(s), hint)
		}
		return 0, fmt.Errorf("%s is no cadence; write daily, weekly, monthly, ignore, or a time span: 12h, 3d, 2w", quote(s))
	case span == 0:
		return 0, fmt.Errorf("%s is no cadence; ignore says that nobody looks", quote(s))
	}
	return span, nil
}

// builders completes "OWNER/NAME" to an address at GitHub.
func builders(list []string) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, s := range list {
		full := s
		if !strings.Contains(s, "://") {
			full = "https://github.com/" + s
		}
		parts := strings.Split(strings.TrimPrefix(full, "https://"), "/")
		_, err := path.Match(full, "")
		if err != nil || !strings.HasPrefix(full, "https://") || len(parts) < 3 || slices.Contains(parts, "") || strings.TrimSpace(s) != s ||
			strings.ContainsAny(full, "@?#") || strings.Contains(parts[0], "*") {
			return nil, fmt.Errorf("%s names no repository and no workflow; write OWNER/NAME, or OWNER/NAME/.github/workflows/release.yml", quote(s))
		}
		out = append(out, strings.TrimSuffix(full, ".git"))
	}
	return out, nil
}

// canonical adds the settings to those of the canonical form.
func (m *Monitor) canonical(settings map[string]any) {
	for _, topic := range MonitorTopics {
		settings["monitor."+topic] = choose(m.Every[topic] == 0, "ignore", m.Every[topic].String())
	}
	settings["monitor.since"] = onDay(m.Since)
	settings["monitor.state"] = m.State
	settings["monitor.branch"] = m.Branch
	settings["monitor.overdue"] = choose(m.Blocks, "block", "warn")
	settings["monitor.publishers"] = m.Publishers // null: who acknowledged the policy, or was there before
	settings["monitor.built-by"] = list(m.BuiltBy)
	settings["monitor.trust-window"] = m.Within.String()
}
