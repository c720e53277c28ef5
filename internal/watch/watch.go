// Package watch looks at published packages: it asks the registry, the repository
// and the advisory sources what package monitor judges. What could not be looked at
// is told as that. It sends nothing but questions, and remembers what it was told in
// the one state file.
package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
)

// The bounds of one run. What is known of a package between asking and judging is a
// few words a version, so that the memory of a run is that of a batch.
const (
	MaxPackages = 5000
	batch       = 64 // packages whose advisories are asked for together
	atATime     = 8  // packages that are looked at together
)

// A Watch looks at packages.
type Watch struct {
	Shelf
	Advisories
	Downloads *registry.Counter // nil: none is known for the registry
	Now       func() time.Time

	// Told is told of each package that was looked at, one at a time; nil: nobody is.
	Told func(done, all int)

	asked struct {
		once sync.Once
		keys *verify.Keys
		err  error
	}
}

// A Seen is what was seen of one package.
type Seen struct {
	Subject *Subject
	Look    monitor.Look
	Bills   []Bill
	Notes   []string // what people must know of how it was looked at
}

// A Bill says by what a version was audited.
type Bill struct {
	Version string
	SBOM    bool // what it was published with; else its own name and the ranges of its manifest
	Parts   int  // packages that were looked up beside itself
}

// All looks at packages and gives each to take, in their order. What it could not
// look at is in the looks; it does not end before the last of them, unless take
// returns an error.
func (w *Watch) All(ctx context.Context, subjects []*Subject, take func(Seen) error) error {
	done := 0
	var mu sync.Mutex
	for part := range slices.Chunk(subjects, batch) {
		all := make([]*seen, len(part))
		var group sync.WaitGroup
		turn := make(chan struct{}, atATime)
		for i, s := range part {
			turn <- struct{}{}
			group.Go(func() {
				defer func() { <-turn }()
				all[i] = w.see(ctx, s)
				mu.Lock()
				defer mu.Unlock()
				if done++; w.Told != nil {
					w.Told(done, len(subjects))
				}
			})
		}
		group.Wait()
		w.audit(ctx, part, all)
		for i, s := range part {
			out := Seen{Subject: s, Look: all[i].look, Notes: all[i].notes}
			for _, b := range all[i].bills {
				out.Bills = append(out.Bills, Bill{b.version, b.known, len(b.parts) + len(b.ranges)})
			}
			all[i] = nil
			if err := take(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// audit asks the advisory sources about the bills of several packages at once.
func (w *Watch) audit(ctx context.Context, subjects []*Subject, all []*seen) {
	var bills []*bill
	for i, s := range subjects {
		if s.asked(monitor.Vulnerabilities) {
			bills = append(bills, all[i].bills...)
		}
	}
	said := w.Advisories.ask(ctx, bills)
	for i, s := range subjects {
		look := &all[i].look
		if len(all[i].bills) == 0 {
			continue
		}
		if err := cmp.Or(said.err, said.partial); s.asked(monitor.Vulnerabilities) && err != nil {
			look.Missed[monitor.Vulnerabilities] = why(ctx, err)
		}
		look.Audits = map[string]monitor.Audit{}
		for _, b := range all[i].bills {
			var a monitor.Audit
			if s.asked(monitor.Vulnerabilities) && said.err == nil {
				var left []string
				a.Vulnerable, left = said.vulnerable(b)
				if left = w.unwaived(s.Policy, append(left, b.odd...)); len(left) > 0 {
					look.Missed[monitor.Vulnerabilities] = fmt.Sprintf("no source can tell all advisories about %s, which %s@%s brings: name one "+
						"that can with -advisories, show the SBOM of the version with -evidence, or write an exception of %s for it",
						strings.Join(left, ", "), b.name, b.version, unauditable)
				}
			}
			if s.asked(monitor.Licenses) {
				a.Licenses, a.Denied = b.licenses(s.Policy)
			}
			look.Audits[b.version] = a
		}
	}
}

// unauditable is the rule by which a release was let out with a dependency that no
// source can tell about.
const unauditable = "unauditable-dependency"

// unwaived returns the names without those that an exception of the policy lets be
// without an audit.
func (w *Watch) unwaived(e *policy.Effective, names []string) (left []string) {
	for _, name := range names {
		f := finding.Finding{Rule: unauditable, Severity: finding.High, Level: finding.BySeverity, Name: name, Shipped: true}
		if policy.Decide(e, []finding.Finding{f}, policy.Context{Now: w.Now()}).Judged[0].State != finding.Waived {
			left = append(left, name)
		}
	}
	return left
}

// keys gets the registry's keys, once in a run.
func (w *Watch) keys(ctx context.Context) (*verify.Keys, error) {
	w.asked.once.Do(func() { w.asked.keys, w.asked.err = w.Keys(ctx) })
	return w.asked.keys, w.asked.err
}

// lookBack is how many days of downloads are read: nine complete weeks, and what may
// not be counted yet.
const lookBack = (9+1)*7 + 14

// weeks reads the downloads of the last complete weeks. A package that is not counted
// has none: npm counts public ones only.
func (w *Watch) weeks(ctx context.Context, name string, out *seen) error {
	if w.Downloads == nil {
		return errors.New("who counts the downloads from this registry is not known: name the address with -downloads-url, or take " +
			"downloads out of the policy's monitor")
	}
	now := w.Now().UTC()
	days, found, err := w.Downloads.Days(ctx, name, now.AddDate(0, 0, -lookBack), now)
	if err != nil {
		return err
	}
	if !found {
		out.note("its downloads are not counted: it is restricted, or new")
		return nil
	}
	for _, week := range registry.Weeks(days) {
		out.look.Weeks = append(out.look.Weeks, monitor.Week{From: week.From, Count: week.Count})
	}
	out.look.LastWeek, _, err = w.Downloads.ByVersion(ctx, name)
	return err
}
