package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
)

// tell writes the results on standard output, and waits until they are there: what
// is remembered as told was told.
func (r *monitorRun) tell(results []monitor.Result) error {
	d := &r.document
	d.Told, r.open = nil, nil
	whys := map[string]string{}
	for _, rule := range gate.Rules() {
		whys[rule.ID] = rule.Why
	}
	for _, result := range results {
		for _, list := range []struct {
			state report.ToldState
			items []monitor.Item
		}{{report.ToldNew, result.New}, {report.ToldOpen, result.Open}, {report.ToldEnded, result.Ended}, {report.ToldWaived, result.Waived}} {
			for _, it := range list.items {
				d.Told = append(d.Told, r.toldOf(result.Package, list.state, &it, whys))
				if list.state != report.ToldEnded {
					r.open = append(r.open, it.Judged)
				}
			}
		}
	}
	slices.Sort(d.Courts)
	d.Evidence = r.evidence
	d.Sort()
	write := map[string]func(io.Writer, *report.Watched) error{"json": report.WatchedJSON, "markdown": report.WatchedMarkdown}[r.format]
	if write == nil {
		write = report.WatchedText
	}
	if err := write(r.p.Stdout, d); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

func (r *monitorRun) toldOf(of string, state report.ToldState, it *monitor.Item, whys map[string]string) report.Told {
	t := report.Told{Of: of, State: state, Since: it.Since, Finding: it.Finding, Why: whys[it.Finding.Rule], Due: it.Due, Overdue: it.Overdue,
		Event: it.Event, Stale: it.Stale, Blocks: it.State == finding.Block}
	if it.Waiver != nil {
		t.Reason, t.Expires = it.Waiver.Reason, it.Waiver.Expires
	}
	t.Ours = monitor.Helps(t.Finding.Fix)
	t.Finding.Fix = remedy{of, r.client.URL(), &it.Finding}.fill(t.Finding.Fix)
	return t
}

// end keeps the issue and the SARIF file, and says how the run ended.
func (r *monitorRun) end(ctx context.Context, transport http.RoundTripper) error {
	if err := r.keepSARIF(); err != nil {
		return err
	}
	if err := r.keepIssue(ctx, transport); err != nil {
		return err
	}
	switch r.document.Result() {
	case policy.Unknown:
		return fmt.Errorf("%w, as listed; what was found is told all the same", errNotLooked)
	case policy.Block:
		return errFound
	}
	return nil
}

// keepSARIF writes what is open, so that a viewer of alerts closes what is not.
func (r *monitorRun) keepSARIF() error {
	if r.sarif == "" {
		return nil
	}
	var out bytes.Buffer
	if _, err := sarif.Write(&out, sarif.Input{Rules: gate.Rules(), Verdict: policy.Verdict{Judged: r.open},
		Category: "monitor", ToolVersion: Version()}); err != nil {
		return err
	}
	folder, err := disk.Create(filepath.Dir(r.sarif))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Write(filepath.Base(r.sarif), out.Bytes())
}

// lasts is how long the issue has what happened once: long enough for somebody who was
// away to read it.
const lasts = 14 * 24 * time.Hour

// lately returns what happened in the last days and was told by an earlier run: the
// issue still has it, although it is not so any more.
func (r *monitorRun) lately() (all []report.Told) {
	now := r.p.Now()
	for _, name := range slices.Sorted(maps.Keys(r.policies)) {
		known := r.state.Packages[name]
		if known == nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(known.Findings)) {
			rec := known.Findings[key]
			event := !rec.Open() && rec.Ended.Equal(rec.Since)
			if !event || now.Sub(rec.Since) > lasts || slices.ContainsFunc(r.document.Told, func(t report.Told) bool {
				return t.Finding.Fingerprint() == key && t.Of == name
			}) {
				continue
			}
			for _, j := range policy.Decide(r.policies[name], []finding.Finding{rec.Finding}, policy.Context{Now: now}).Judged {
				if j.Finding.Fingerprint() == key && j.State != finding.Waived { // others are about the policy
					all = append(all, r.toldOf(name, report.ToldOpen, &monitor.Item{Judged: j, Since: rec.Since, Event: true}, nil))
				}
			}
		}
	}
	return all
}

// keepIssue brings the issue up to date. One is told apart from another's by what is
// looked at, so that two monitors of one repository keep two.
func (r *monitorRun) keepIssue(ctx context.Context, transport http.RoundTripper) error {
	if r.issue[0] == "" {
		return nil
	}
	about := slices.Concat(r.scopes, r.given)
	slices.Sort(about)
	marker := fmt.Sprintf("<!-- publishgate:monitor:%.16x -->", sha256.Sum256([]byte(strings.Join(about, "\n")+"\n"+r.client.URL())))
	page := ""
	if server, repo, run := r.p.Getenv("GITHUB_SERVER_URL"), r.p.Getenv("GITHUB_REPOSITORY"), r.p.Getenv("GITHUB_RUN_ID"); run != "" {
		page = server + "/" + repo + "/actions/runs/" + run
	}
	d := r.document
	d.Told = append(slices.Clone(d.Told), r.lately()...)
	open, missed := d.Count(report.ToldNew)+d.Count(report.ToldOpen), len(d.Missed)
	kept, err := github.KeepIssue(ctx, gitHub(r.p, transport), github.Issue{Owner: r.issue[0], Repo: r.issue[1], Marker: marker,
		Title: "publishgate monitor: " + few(about), Label: "publishgate-monitor", Body: string(report.WatchedIssue(&d, marker, page)),
		Open: open > 0, Done: open == 0 && missed == 0})
	if err != nil {
		return err
	}
	say := newPrinter(r.p.Stderr)
	switch {
	case kept.Made:
		say.Printf("issue %d of %s/%s was opened", kept.Number, r.issue[0], r.issue[1])
	case kept.Closed:
		say.Printf("issue %d of %s/%s was closed: nothing is open any more", kept.Number, r.issue[0], r.issue[1])
	case kept.Edited:
		say.Printf("issue %d of %s/%s was brought up to date", kept.Number, r.issue[0], r.issue[1])
	}
	return nil
}
