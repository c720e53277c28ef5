package policy

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Review is one entry of reviews: something that a person looks at again and
// again, and when that was last done.
type Review struct {
	Every    time.Duration // how often; 0: not by the calendar
	Before   string        // "major": before each major release; empty: not by release
	By       string        // who looks
	Done     time.Time     // the day of the last look; zero: never
	Evidence Evidence      // of the last look
	Blocks   bool          // overdue: block; else what is due warns
	File     string        // where Line is; empty: the policy's File
	Line     int
}

// A Control is one entry of controls: a statement about something that no
// machine checks here, with who makes it and until when it counts.
type Control struct {
	Packages []string  // patterns of the packages it is about; empty: all
	By       string    // who states it
	Stated   time.Time // when
	Until    time.Time // the last day on which it counts
	Evidence Evidence
	Test     string // the script of package.json that shows it; empty: none
	File     string // as of a Review
	Line     int
}

// About reports whether a control is about a package.
func (c *Control) About(name string) bool {
	return len(c.Packages) == 0 || slices.ContainsFunc(c.Packages, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// Evidence names a file of the repository, in the policy file as "PATH" or
// "PATH sha256:DIGEST". The zero value names none.
type Evidence struct {
	Path   string
	SHA256 string // 64 hex digits; empty: any content
}

func parseEvidence(s string) (Evidence, error) {
	file, digest, pinned := strings.Cut(s, " sha256:")
	if err := insideFolder(file); err != nil {
		return Evidence{}, err
	}
	if raw, err := hex.DecodeString(digest); pinned && (err != nil || len(raw) != 32 || strings.ToLower(digest) != digest) {
		return Evidence{}, fmt.Errorf("%s is no SHA-256, 64 digits of lower-case hex", quote(digest))
	}
	return Evidence{file, digest}, nil
}

// An About is what the policy says about itself.
type About struct {
	Owner        string
	Version      string
	Supersedes   string
	Effective    time.Time     // zero: not said
	NextReview   time.Time     // zero: not said
	ReviewEvery  time.Duration // 0: not said
	Blocks       bool          // overdue: block
	ApprovedBy   []string
	Acknowledged []string    // acknowledged-by; nil: not said
	Changes      []Amendment // oldest first, as written
	Contacts     []string
	Escalation   []string
	File         string // as of a Review
	Line         int    // of the first key
}

// An Amendment is one entry of about.changes.
type Amendment struct {
	Date          time.Time
	Version, What string // Version may be empty
}

// Due returns when the policy must be reviewed; zero: it does not say. The
// earlier of next-review and review-every counts, the latter from the last
// change, else from the day it came into effect.
func (a *About) Due() time.Time {
	due, byEvery := a.Dues()
	if due.IsZero() || !byEvery.IsZero() && byEvery.Before(due) {
		due = byEvery
	}
	return due
}

// Dues returns when the policy must be reviewed by next-review and by
// review-every; zero: it does not say.
func (a *About) Dues() (byDate, byEvery time.Time) {
	last := a.Effective
	for _, c := range a.Changes {
		if c.Date.After(last) {
			last = c.Date
		}
	}
	if a.ReviewEvery > 0 {
		byEvery = last.Add(a.ReviewEvery)
	}
	return a.NextReview, byEvery
}

// attestedKeys are the keys about what people do, and about the policy itself.
func attestedKeys() []key {
	review := func(set func(*Review, value)) func(*draft, value) {
		return func(d *draft, v value) {
			r := d.Reviews[v.name]
			r.File, r.Line = v.file, cmp.Or(min(r.Line, v.line), v.line)
			set(&r, v)
			d.Reviews[v.name] = r
		}
	}
	control := func(set func(*Control, value)) func(*draft, value) {
		return func(d *draft, v value) {
			c := d.Controls[v.name]
			c.File, c.Line = v.file, cmp.Or(min(c.Line, v.line), v.line)
			set(&c, v)
			d.Controls[v.name] = c
		}
	}
	about := func(set func(*About, value)) func(*draft, value) {
		return func(d *draft, v value) {
			d.About.File, d.About.Line = v.file, cmp.Or(min(d.About.Line, v.line), v.line)
			set(&d.About, v)
		}
	}
	outcome := []string{"warn", "block"}
	return []key{
		{path: "about.owner", kind: kindText, where: topOnly, set: about(func(a *About, v value) { a.Owner = v.text })},
		{path: "about.version", kind: kindNumber, where: topOnly, set: about(func(a *About, v value) { a.Version = v.text })},
		{path: "about.supersedes", kind: kindNumber, where: topOnly, set: about(func(a *About, v value) { a.Supersedes = v.text })},
		{path: "about.effective", kind: kindDate, where: topOnly, set: about(func(a *About, v value) { a.Effective = v.date })},
		{path: "about.next-review", kind: kindDate, where: topOnly, set: about(func(a *About, v value) { a.NextReview = v.date })},
		{path: "about.review-every", kind: kindSpan, where: topOnly, set: about(func(a *About, v value) { a.ReviewEvery = v.span })},
		{path: "about.overdue", kind: kindWord, words: outcome, where: topOnly,
			set: about(func(a *About, v value) { a.Blocks = v.text == "block" })},
		{path: "about.approved-by", kind: kindPeople, where: topOnly, set: about(func(a *About, v value) { a.ApprovedBy = v.list })},
		{path: "about.acknowledged-by", kind: kindPeople, where: topOnly, set: about(func(a *About, v value) { a.Acknowledged = v.list })},
		{path: "about.changes", kind: kindChanges, where: topOnly, set: about(func(a *About, v value) { a.Changes = v.changes })},
		{path: "about.contacts", kind: kindPeople, where: topOnly, set: about(func(a *About, v value) { a.Contacts = v.list })},
		{path: "about.escalation", kind: kindPeople, where: topOnly, set: about(func(a *About, v value) { a.Escalation = v.list })},

		{path: "document.file", kind: kindFile, where: topOnly, set: func(d *draft, v value) { d.Document.File = v.text }},
		{path: "document.lines", kind: kindFile, where: topOnly, set: func(d *draft, v value) { d.Document.Lines = v.text }},

		{path: "reviews.*.every", kind: kindSpan, where: topOnly, set: review(func(r *Review, v value) { r.Every = v.span })},
		{path: "reviews.*.before", kind: kindWord, words: []string{"major"}, where: topOnly,
			set: review(func(r *Review, v value) { r.Before = v.text })},
		{path: "reviews.*.by", kind: kindText, where: topOnly, set: review(func(r *Review, v value) { r.By = v.text })},
		{path: "reviews.*.done", kind: kindDate, where: topOnly, set: review(func(r *Review, v value) { r.Done = v.date })},
		{path: "reviews.*.evidence", kind: kindEvidence, where: topOnly,
			set: review(func(r *Review, v value) { r.Evidence = v.evidence })},
		{path: "reviews.*.overdue", kind: kindWord, words: outcome, where: topOnly,
			set: review(func(r *Review, v value) { r.Blocks = v.text == "block" })},

		{path: "controls.*.packages", kind: kindNames, where: topOnly, set: control(func(c *Control, v value) { c.Packages = v.list })},
		{path: "controls.*.by", kind: kindText, where: topOnly, set: control(func(c *Control, v value) { c.By = v.text })},
		{path: "controls.*.stated", kind: kindDate, where: topOnly, set: control(func(c *Control, v value) { c.Stated = v.date })},
		{path: "controls.*.until", kind: kindDate, where: topOnly, set: control(func(c *Control, v value) { c.Until = v.date })},
		{path: "controls.*.evidence", kind: kindEvidence, where: topOnly,
			set: control(func(c *Control, v value) { c.Evidence = v.evidence })},
		{path: "controls.*.test", kind: kindText, where: topOnly, set: control(func(c *Control, v value) { c.Test = v.text })},
	}
}

// namePattern returns an error for a pattern of package names that matches none.
func namePattern(s string) error {
	if _, err := path.Match(s, ""); err != nil || strings.TrimSpace(s) != s {
		return fmt.Errorf("%s is no name pattern", quote(s))
	}
	return nil
}

// people reads one name, or a list of them.
func (r *reader) people(what string, n *yaml.Node) ([]string, bool) {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		n = &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Column: n.Column, Content: []*yaml.Node{n}}
	}
	return r.list(what, n)
}

// changes reads about.changes.
func (r *reader) changes(what string, n *yaml.Node) ([]Amendment, bool) {
	if n.Kind != yaml.SequenceNode {
		_, ok := r.list(what, n) // the mistake that any list gives
		return nil, ok
	}
	all, good := make([]Amendment, 0, len(n.Content)), true
	for _, c := range n.Content {
		f, ok := r.record(what, c, []string{"date", "version", "what"}, []string{"date", "what"})
		if !ok {
			good = false
			continue
		}
		day, err := parseDay(f["date"].Value)
		if err != nil {
			r.mistake(f["date"], fmt.Sprintf("%s: %v", what, err), "")
			good = false
			continue
		}
		one := Amendment{Date: day, What: f["what"].Value}
		if f["version"] != nil {
			one.Version = f["version"].Value
		}
		all = append(all, one)
	}
	return all, good
}

// attested records what is missing in entries of reviews and controls: without
// it nothing could ever be due.
func (r *reader) attested(settings []setting) {
	d := &draft{Effective: builtin()}
	d.apply(settings)
	missing := func(line int, what, why string) { r.at(line, fmt.Sprintf("%s: %s", what, why), "") }
	for name, v := range d.Reviews {
		what := "reviews." + name
		if v.Every <= 0 && v.Before == "" {
			missing(v.Line, what, "neither every nor before says when it is due")
		}
		if v.By == "" {
			missing(v.Line, what, "by is missing: who looks")
		}
	}
	for name, c := range d.Controls {
		what := "controls." + name
		for _, must := range []struct {
			is   bool
			text string
		}{{c.By != "", "by is missing: who states it"}, {!c.Stated.IsZero(), "stated is missing: on which day"},
			{!c.Until.IsZero(), "until is missing: a statement counts for a time"}} {
			if !must.is {
				missing(c.Line, what, must.text)
			}
		}
		if !c.Until.IsZero() && !c.Stated.IsZero() && !c.Until.After(c.Stated) {
			missing(c.Line, what, "until is not after stated")
		}
	}
	if (d.Document.File == "") != (d.Document.Lines == "") {
		missing(1, "document", "file and lines belong together")
	}
}
