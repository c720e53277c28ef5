package secret

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// An allowlist says which matches are no secrets, as gitleaks defines it
// (gitleaks README, "Allowlists"): with all set, each kind of condition that
// is given must hold, else any one.
type allowlist struct {
	all          bool
	target       string // what exprs are matched with: "" the secret, "match", "line"
	paths        func() *regexp.Regexp
	exprs        func() *regexp.Regexp
	stopwords    func() *matcher
	sources      []string // of exprs
	hasPath      bool
	hasExpr      bool
	hasStopwords bool
}

func (t tomlAllowlist) list() allowlist {
	return allowlist{
		all:          strings.EqualFold(t.Condition, "and") || t.Condition == "&&",
		target:       t.RegexTarget,
		paths:        anyOf(t.Paths),
		exprs:        anyOf(t.Regexes),
		stopwords:    sync.OnceValue(func() *matcher { return newMatcher(lowered(t.Stopwords)) }),
		sources:      t.Regexes,
		hasPath:      len(t.Paths) > 0,
		hasExpr:      len(t.Regexes) > 0,
		hasStopwords: len(t.Stopwords) > 0,
	}
}

func lowered(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// anyOf joins expressions into one that matches where any of them does.
func anyOf(sources []string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("(?:" + strings.Join(sources, ")|(?:") + ")")
	})
}

// onlyOf returns the set of an allow-list that takes values of nothing but its
// bytes for no secrets; nil: it is none such.
func (a *allowlist) plainSet() *set {
	if a.all || a.target != "" || len(a.sources) != 1 {
		return nil
	}
	re, err := syntax.Parse(a.sources[0], syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) != 3 || re.Sub[0].Op != syntax.OpBeginText || re.Sub[2].Op != syntax.OpEndText {
		return nil
	}
	if plus := re.Sub[1]; plus.Op == syntax.OpPlus && plus.Sub[0].Op == syntax.OpCharClass {
		return setOf(plus.Sub[0])
	}
	return nil
}

// hit reports whether a match in a file is no secret. What costs least is asked
// first.
func (a *allowlist) allows(path string, h *hit) bool {
	if a.all && a.hasPath && !a.paths().MatchString(path) {
		return false
	}
	stop := a.hasStopwords && len(h.value) > 0 && a.stopwords().any(bytes.ToLower(h.value))
	if !a.all {
		return stop || a.matchesExpr(h)
	}
	return (!a.hasStopwords || stop) && (!a.hasExpr || a.matchesExpr(h))
}

// expr reports whether one of the expressions matches its target.
func (a *allowlist) matchesExpr(h *hit) bool {
	switch {
	case !a.hasExpr:
		return false
	case a.target == "match":
		return len(h.match) > 0 && a.exprs().Match(h.match)
	case a.target == "line":
		return a.matchesLine(h)
	}
	return len(h.value) > 0 && a.exprs().Match(h.value)
}

// stretch is how far around a match an expression for its line looks. In a bundle
// or a source map a line is the whole file: what is said at its other end says
// nothing about the match.
const lineContext = 300

// touches reports whether an expression for the line matches something that the
// match is part of.
func (a *allowlist) matchesLine(h *hit) bool {
	line, at := h.matchLines()
	from := max(at-lineContext, 0)
	part := line[from:min(at+len(h.match)+lineContext, len(line))]
	for _, m := range a.exprs().FindAllIndex(part, -1) {
		if from+m[0] < at+len(h.match) && at < from+m[1] {
			return true
		}
	}
	return false
}
