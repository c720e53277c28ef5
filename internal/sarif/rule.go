package sarif

import (
	"cmp"
	"slices"
	"strings"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
)

// GitHub's limits for rules.
const (
	maxDescription = 1024 // characters of shortDescription and fullDescription
	maxTags        = 10   // that are kept; 20 and more are refused
	maxName        = 200  // bytes of a rule's name; 255 characters are taken
)

// A ruleSet collects the rules that results use, in order of first use.
type ruleSet struct {
	known map[string]finding.Rule
	index map[string]int
	used  []*gosarif.ReportingDescriptor
}

func newRuleSet(rules []finding.Rule) *ruleSet {
	s := &ruleSet{known: make(map[string]finding.Rule, len(rules)), index: map[string]int{},
		used: []*gosarif.ReportingDescriptor{}}
	for _, r := range slices.Concat(Rules, rules) {
		s.known[r.ID] = r
	}
	return s
}

// use returns the index and the id of the SARIF rule for a finding. An
// undocumented rule is written with its id as description, so that the finding
// is not lost.
func (s *ruleSet) use(f *finding.Finding) (int, string) {
	rule, ok := s.known[f.Rule]
	if !ok {
		id := f.Rule
		if id == "" {
			id = "unnamed"
		}
		id = display.Cap(id, maxName)
		rule = finding.Rule{ID: id, Title: "Rule " + id + ".", Severity: f.Severity}
	}
	severity := f.Severity
	if severity == finding.Unknown {
		severity = rule.Severity
	}
	id := rule.ID
	if severity != rule.Severity {
		id += "/" + severity.String()
	}
	if i, ok := s.index[id]; ok {
		return i, id
	}
	s.index[id] = len(s.used)
	s.used = append(s.used, descriptor(id, rule, severity))
	return s.index[id], id
}

func descriptor(id string, rule finding.Rule, severity finding.Severity) *gosarif.ReportingDescriptor {
	title := clip(cmp.Or(rule.Title, id))
	name := finding.Rule{ID: id}.Name() // a finding's own severity is part of the id
	d := gosarif.NewRule(id).
		WithName(display.Clip(name, maxName)).
		WithHelpURI(page(rule)).
		WithShortDescription(gosarif.NewMultiformatMessageString(title)).
		WithFullDescription(gosarif.NewMultiformatMessageString(clip(cmp.Or(rule.Why, title))))
	text, markdown := rule.Text(), rule.Markdown()
	d.Help = &gosarif.MultiformatMessageString{Text: &text, Markdown: &markdown}

	tags := slices.Clone(rule.Tags)
	score, problem := score(severity)
	properties := gosarif.Properties{"problem.severity": problem, "precision": "high"}
	if score != "" {
		properties["security-severity"] = score
		if !slices.Contains(tags, "security") { // without it GitHub shows no security severity
			tags = append([]string{"security"}, tags...)
		}
	}
	if tags = tags[:min(len(tags), maxTags)]; len(tags) > 0 {
		properties["tags"] = tags
	}
	return d.WithProperties(properties)
}

// page returns where the manual tells of a rule; of one that is not documented,
// where it tells of all.
func page(rule finding.Rule) string {
	if rule.Why == "" || strings.Trim(rule.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return finding.Manual
	}
	return rule.Page()
}

// score returns GitHub's security-severity (the middle of the severity's range;
// empty: none) and problem.severity for a severity. Unknown counts as the
// worst.
func score(s finding.Severity) (security, problem string) {
	switch s {
	case finding.Info:
		return "", "recommendation"
	case finding.Low:
		return "2.0", "recommendation"
	case finding.Moderate:
		return "5.5", "warning"
	case finding.High:
		return "8.0", "error"
	}
	return "9.5", "error"
}

// clip truncates our own text to GitHub's limit.
func clip(s string) string { return display.Clip(s, maxDescription-len("…")) }
