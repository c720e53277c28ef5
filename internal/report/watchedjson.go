package report

import (
	"io"

	"github.com/publishgate/publishgate/internal/display"
)

// A watchedJSON is what monitor prints as JSON; docs/monitor.schema.json is made of
// it.
type watchedJSON struct {
	Schema    int             `json:"schema"`
	Result    string          `json:"result" enum:"pass,block,unknown"`
	At        string          `json:"at"` // RFC 3339, UTC, as all times
	Registry  string          `json:"registry"`
	LookedAt  watchedLooked   `json:"looked_at"`
	Counts    watchedCounts   `json:"counts"`
	Findings  []watchedTold   `json:"findings"`
	Missed    []watchedMiss   `json:"missed"`
	NotDue    []watchedNotDue `json:"not_due"`
	Notes     []string        `json:"notes"`
	Remembers string          `json:"state"` // the file; empty: nothing is remembered
	Tool      jsonTool        `json:"tool"`
}

type watchedLooked struct {
	Packages int      `json:"packages"`
	Versions int      `json:"versions"`
	Topics   []string `json:"topics"`
	First    int      `json:"first_looks"`
	Whole    string   `json:"incomplete"` // why the list of packages may lack some; empty: it does not
}

type watchedCounts struct {
	New    int `json:"new"`
	Open   int `json:"open"`
	Ended  int `json:"ended"`
	Waived int `json:"waived"`
	Missed int `json:"missed"`
}

type watchedTold struct {
	State       string         `json:"state" enum:"new,open,ended,waived"`
	Of          string         `json:"of"` // the package that was looked at; the next ones may be about one that it brings
	Rule        string         `json:"rule"`
	Severity    string         `json:"severity"`
	Package     string         `json:"package"` // purl
	Name        string         `json:"name"`
	Version     string         `json:"version"`
	IDs         []string       `json:"ids"`
	Since       string         `json:"since"`
	Event       bool           `json:"event"` // it happened once; else it is so until it ends
	Level       string         `json:"level" enum:"block,warn"`
	Due         string         `json:"due"`
	Overdue     bool           `json:"overdue"` // told again, since its time is over
	Stale       bool           `json:"stale"`   // this run did not look at it
	Message     string         `json:"message"`
	Why         string         `json:"why"`
	Fix         string         `json:"fix"`
	Fingerprint string         `json:"fingerprint"`
	Waiver      *watchedWaiver `json:"waiver"`
}

type watchedWaiver struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

type watchedMiss struct {
	Package string `json:"package"`
	Topic   string `json:"topic"`
	Why     string `json:"why"`
	Last    string `json:"last"` // the last good look; empty: there was none
}

type watchedNotDue struct {
	Topic    string `json:"topic"`
	Packages int    `json:"packages"`
	Next     string `json:"next"`
}

// WatchedJSON writes the result as JSON, nothing truncated, lists never null.
func WatchedJSON(w io.Writer, d *Watched) error {
	doc := watchedJSON{Schema: schema, Result: d.Result().String(), At: stamp(d.At), Registry: d.Registry, Remembers: d.Remembers,
		LookedAt: watchedLooked{d.Packages, d.Versions, append([]string{}, d.seen()...), d.First, d.Whole},
		Counts:   watchedCounts{d.Count(ToldNew), d.Count(ToldOpen), d.Count(ToldEnded), d.Count(ToldWaived), len(d.Missed)},
		Findings: []watchedTold{}, Missed: []watchedMiss{}, NotDue: []watchedNotDue{}, Notes: append([]string{}, d.Notes...),
		Tool: jsonTool{"publishgate", d.Tool}}
	for i := range d.Told {
		t := &d.Told[i]
		f := &t.Finding
		one := watchedTold{State: t.State.String(), Of: t.Of, Rule: f.Rule, Severity: f.Severity.String(), Package: f.Package, Name: f.Name,
			Version: f.Version, IDs: append([]string{}, f.IDs...), Since: stamp(t.Since), Event: t.Event, Level: "warn", Due: t.Due,
			Overdue: t.Overdue, Stale: t.Stale, Message: f.Message, Why: t.Why, Fix: f.Fix,
			Fingerprint: f.Fingerprint()}
		if t.Blocks {
			one.Level = "block"
		}
		if t.State == ToldWaived {
			one.Waiver = &watchedWaiver{t.Reason, stamp(t.Expires)}
		}
		doc.Findings = append(doc.Findings, one)
	}
	for _, m := range d.Missed {
		doc.Missed = append(doc.Missed, watchedMiss{m.Package, m.Topic, m.Why, stamp(m.Last)})
	}
	for _, n := range d.NotDue {
		doc.NotDue = append(doc.NotDue, watchedNotDue{n.Topic, n.Packages, stamp(n.Next)})
	}
	out, err := display.NewEncoder().Append(nil, doc, 0)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	return err
}
