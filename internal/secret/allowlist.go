package secret

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// An allowlist says which matches are no secrets, as gitleaks defines it (gitleaks
// README, "Allowlists"). If all is set, every kind of condition that the list has
// must hold; otherwise one is enough.
type allowlist struct {
	all          bool
	target       string // what exprs are matched with: "" the secret, "match", or "line"
	paths        func() *regexp.Regexp
	exprs        func() *regexp.Regexp
	stopwords    func() *matcher
	sources      []string // of exprs
	hasPath      bool
	hasExpr      bool
	hasStopwords bool
}

// list returns the allow-list of the rule file.
func (t listedAllow) list() allowlist {
	return allowlist{
		all:          strings.EqualFold(t.condition, "and") || t.condition == "&&",
		target:       t.target,
		paths:        anyOf(t.paths),
		exprs:        anyOf(t.regexes),
		stopwords:    sync.OnceValue(func() *matcher { return newMatcher(lowered(t.stopwords)) }),
		sources:      t.regexes,
		hasPath:      len(t.paths) > 0,
		hasExpr:      len(t.regexes) > 0,
		hasStopwords: len(t.stopwords) > 0,
	}
}

// lowered returns the words in lower case, sorted, each once.
func lowered(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// anyOf joins expressions into one that matches where one of them does.
func anyOf(sources []string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("(?:" + strings.Join(sources, ")|(?:") + ")")
	})
}

// plainSet returns the set of an allow-list that allows all values made of bytes of
// that set. For any other allow-list it returns nil.
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

// allows reports whether the list says that a match is no secret. The cheapest
// condition is checked first.
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

// matchesExpr reports whether one of the expressions matches its target.
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

// lineContext is how many bytes around a match an expression for its line sees. In
// a bundle or a source map, one line is the whole file, and its far end says
// nothing about the match.
const lineContext = 300

// matchesLine reports whether an expression for the line matches something that
// overlaps the match.
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
