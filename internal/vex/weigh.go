package vex

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Subject is the package that statements are weighed for.
type Subject struct {
	PURL  string     // of the package that is judged
	Graph *npm.Graph // of its dependencies
	Now   time.Time

	// Max returns how long a statement about a finding of a severity counts
	// after it was last confirmed.
	Max func(finding.Severity) time.Duration
}

// An Outcome is the effect of documents on findings.
type Outcome struct {
	// Vouched returns the exception that lifts a finding, or nil. The func
	// itself is nil where there are no documents.
	Vouched  func(*finding.Finding) *policy.Exception
	Findings []finding.Finding // about the documents, see Rules
	Matched  []int             // by document: statements about one of the findings
}

// Weigh matches documents against findings. It is pure. The order of documents
// and findings does not matter, except that of two equal statements the first
// is named.
func Weigh(docs []*Document, s Subject, fs []finding.Finding) Outcome {
	if len(docs) == 0 {
		return Outcome{}
	}
	w := &weigher{Subject: s, docs: docs, aliases: policy.NewAliases(fs), matched: map[*entry]bool{}}
	w.read()
	lifted := map[identity]*policy.Exception{}
	for i := range fs {
		if f := &fs[i]; len(f.IDs) > 0 {
			if x := w.weigh(f); x != nil {
				lifted[identify(f)] = x
			}
		}
	}
	o := Outcome{
		Vouched:  func(f *finding.Finding) *policy.Exception { return lifted[identify(f)] },
		Findings: w.findings(),
		Matched:  make([]int, len(docs)),
	}
	for e := range w.matched {
		o.Matched[e.doc]++
	}
	return o
}

// An identity distinguishes findings of advisories.
type identity struct{ rule, pkg, name, version, subject, id string }

func identify(f *finding.Finding) identity {
	id := ""
	if len(f.IDs) > 0 {
		id = f.IDs[0]
	}
	return identity{f.Rule, f.Package, f.Name, f.Version, f.Subject, id}
}

// An entry is a statement and its document.
type entry struct {
	*Statement
	doc  int
	void reason // why it did not count where it would have mattered
}

type weigher struct {
	Subject
	docs    []*Document
	aliases policy.Aliases
	entries []*entry
	byID    map[string][]*entry       // by lower-case id, each once
	copies  map[string][]*npm.Package // by name
	reached map[*npm.Package]bool     // reachable from the root; nil: not computed yet
	matched map[*entry]bool
	passed  []passed // of the finding that is being weighed
}

// A passed entry would lift a finding but does not count.
type passed struct {
	*entry
	why reason
}

// read builds the indexes.
func (w *weigher) read() {
	w.byID = map[string][]*entry{}
	for i, d := range w.docs {
		for j := range d.Statements {
			e := &entry{Statement: &d.Statements[j], doc: i}
			w.entries = append(w.entries, e)
			for _, id := range e.IDs {
				id = strings.ToLower(id)
				if id == "" {
					continue
				}
				if list := w.byID[id]; len(list) == 0 || list[len(list)-1] != e {
					w.byID[id] = append(list, e)
				}
			}
		}
	}
	w.copies = map[string][]*npm.Package{}
	for _, p := range w.Graph.Packages {
		if !p.Link {
			w.copies[p.Name] = append(w.copies[p.Name], p)
		}
	}
}

// weigh returns the exception that lifts one finding, or nil.
func (w *weigher) weigh(f *finding.Finding) *policy.Exception {
	candidates := w.about(f)
	if len(candidates) == 0 {
		return nil
	}
	leaf := w.leaf(f)
	w.passed = w.passed[:0]
	var direct []*entry
	for _, e := range candidates {
		if w.direct(e, leaf) {
			direct = append(direct, e)
			w.matched[e] = true
		}
	}
	winner, decided := w.decide(direct, f)
	if !decided {
		winner = w.between(candidates, leaf, f)
	}
	if winner == nil {
		for _, p := range w.passed {
			p.void = max(p.void, p.why)
		}
		return nil
	}
	return &policy.Exception{
		ID: winner.IDs[0], Package: f.Package, Reason: winner.Reason, Status: word(winner.Status),
		Justification: winner.Justification,
		Owner:         winner.Author, Expires: w.end(winner, f), Line: winner.Line, Document: w.docs[winner.doc].File,
		Stated: winner.Confirmed,
	}
}

// word returns OpenVEX's word for a status that lifts.
func word(s Status) string {
	if s == Fixed {
		return "fixed"
	}
	return "not_affected"
}

// about returns the statements that name a finding's advisory.
func (w *weigher) about(f *finding.Finding) []*entry {
	var found []*entry
	seen := map[*entry]bool{}
	for _, id := range f.IDs {
		for _, e := range w.byID[strings.ToLower(id)] {
			if !seen[e] {
				seen[e] = true
				if yes, ambiguous := w.means(e, f); yes || ambiguous {
					found = append(found, e)
				}
			}
		}
	}
	return found
}

// means reports whether a statement can only mean a finding's advisory, by its
// id or by another database's id for it. Each GHSA id is an advisory of its
// own: if the statement's name is one, the others beside it are other
// advisories; if only aliases are GHSA ids and there are several, the meaning
// is ambiguous.
func (w *weigher) means(e *entry, f *finding.Finding) (yes, ambiguous bool) {
	var github []string
	for _, id := range e.IDs {
		if isGitHub(id) && !slices.ContainsFunc(github, func(g string) bool { return strings.EqualFold(g, id) }) {
			github = append(github, id)
		}
	}
	for i, id := range e.IDs {
		if !slices.ContainsFunc(f.IDs, func(own string) bool { return strings.EqualFold(own, id) }) {
			continue
		}
		y, a := w.aliases.Mean(id, f)
		if isGitHub(id) && i > 0 && len(github) > 1 {
			y, a = false, y && !isGitHub(e.IDs[0])
		}
		yes, ambiguous = yes || y, ambiguous || a
	}
	return yes, ambiguous
}

func isGitHub(id string) bool { return len(id) > 5 && strings.EqualFold(id[:5], "GHSA-") }

// leaf returns the installed copies that a finding is about.
func (w *weigher) leaf(f *finding.Finding) leaf {
	var l leaf
	for _, p := range w.copies[f.Name] {
		if p.Version == f.Version {
			l.copies = append(l.copies, p)
			l.purls = append(l.purls, npm.PURL(p))
		}
	}
	if len(l.purls) == 0 && f.Package != "" {
		l.purls = []string{f.Package}
	}
	return l
}

// A leaf is the copies of one version, with their package URLs.
type leaf struct {
	copies []*npm.Package
	purls  []string
}

// covered reports whether each copy matches one of some package URLs.
func (l leaf) covered(by []string) bool {
	for _, purl := range l.purls {
		if !covers(by, purl) {
			return false
		}
	}
	return len(l.purls) > 0
}

func covers(by []string, purl string) bool {
	return slices.ContainsFunc(by, func(general string) bool { return npm.PURLCovers(general, purl) })
}

// concerns reports whether a statement about a product also applies to the
// dependency in it.
func (l leaf) concerns(p *Product) bool {
	return len(p.Parts) == 0 || slices.ContainsFunc(p.Parts, func(c Component) bool { return l.covered(c.PURLs) })
}

// direct reports whether a statement is about the judged package or about the
// dependency itself.
func (w *weigher) direct(e *entry, l leaf) bool {
	return slices.ContainsFunc(e.Products, func(p Product) bool {
		return (covers(p.PURLs, w.PURL) || l.covered(p.PURLs)) && l.concerns(&p)
	})
}

// decide picks the latest of some statements about one thing, of two with the
// same time the stricter. It returns that statement if it lifts the finding.
// decided says that no further statements need to be looked at.
func (w *weigher) decide(entries []*entry, f *finding.Finding) (winner *entry, decided bool) {
	var best *entry
	for _, e := range entries {
		if e.Status.lifts() {
			if why := w.voids(e, f); why != counts {
				w.passed = append(w.passed, passed{e, why})
				continue
			}
		}
		if best == nil || before(best, e) {
			best = e
		}
	}
	if best == nil {
		return nil, false
	}
	if best.Status.lifts() {
		return best, true
	}
	// Overridden statements would not have mattered.
	w.passed = slices.DeleteFunc(w.passed, func(p passed) bool {
		return slices.Index(entries, p.entry) >= 0 && !before(best, p.entry)
	})
	return nil, true
}

// before reports whether b overrides a: b is later, or has the same time and is
// stricter. An undated statement that lifts nothing is taken for the latest.
func before(a, b *entry) bool {
	early, late := a.order(), b.order()
	return early.Before(late) || early.Equal(late) && b.Status < a.Status
}

func (e *entry) order() time.Time {
	if e.Said.IsZero() && !e.Status.lifts() {
		return time.Unix(1<<40, 0)
	}
	return e.Said
}

// end returns when a statement stops counting for a finding.
func (w *weigher) end(e *entry, f *finding.Finding) time.Time {
	end := e.Confirmed.Add(w.Max(f.Severity))
	if !e.Until.IsZero() && e.Until.Before(end) {
		return e.Until
	}
	return end
}
