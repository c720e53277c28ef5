package secret

import (
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// A rule finds one kind of secret. Its expression and its plan are expensive to
// build. They are built when a keyword of the rule is first seen.
type rule struct {
	id, description string
	source          string   // RE2 expression; empty: the path alone decides
	path            string   // RE2 expression that the path must match; empty: any path
	pathEnds        *set     // bytes that a matching path can end with, if the path alone decides; nil: unknown
	group           int      // the group that holds the secret; 0: the first group that matched
	entropy         float64  // the value's entropy must be higher; 0: any
	keywords        []string // in lower case; the file must contain one of them
	allow           []allowlist
	order           int                     // index in Scanner.rules
	own             bool                    // it is ours, not gitleaks'
	whole           bool                    // its value is the whole of what a rule of gitleaks finds a part of
	requiredByte    byte                    // every match contains it, and it is rare near a keyword; 0: no such byte
	widened         bool                    // a token may end in front of more bytes than in gitleaks' rule; see widenEnd
	vague           bool                    // it also accepts values without a distinctive beginning
	accept          func(m submatches) bool // further condition on a match; nil: none
	mayContinue     func(rest []byte) bool  // reports whether a match may go on so after a keyword; nil: unknown

	expr     func() *regexp.Regexp
	pathExpr func() *regexp.Regexp
	plan     func() *plan
}

// submatches are the groups of a match by index. A group that did not match is nil.
type submatches [][]byte

// newScanner builds a scanner from a rule file and our own rules.
func newScanner(f *ruleFile, own []*rule) (*Scanner, error) {
	s := &Scanner{globalAllow: f.allow.list()}
	for _, t := range f.rules {
		r := &rule{
			id: t.id, description: t.description, source: t.regex, path: t.path,
			group: t.secretGroup, entropy: t.entropy, keywords: t.keywords,
		}
		r.widenEnd()
		for _, a := range t.allow {
			r.allow = append(r.allow, a.list())
		}
		s.rules = append(s.rules, r)
	}
	slices.SortFunc(s.rules, func(a, b *rule) int { return cmp.Compare(a.id, b.id) })
	s.rules = append(s.rules, own...) // last: where two rules find the same, gitleaks' is kept
	return s, s.index()
}

// vague lists gitleaks' rules whose tokens need no distinctive beginning: any s.…
// of a program, any 40 hex digits.
var vague = []string{"vault-service-token", "sourcegraph-access-token"}

// widenEnd lets a token end in front of any character that cannot be part of it.
// gitleaks' rules accept only a quote, a space or a semicolon there. That is right
// for values that are known by the name they are assigned to. A token with a
// distinctive beginning is also one in front of a comma, a bracket or the rest of a
// URL.
func (r *rule) widenEnd() {
	r.vague = slices.Contains(vague, r.id)
	if body, found := strings.CutSuffix(r.source, assignEnd); found && !r.vague && !strings.Contains(r.source, assignGap) {
		r.widened, r.source = true, body+`)(?:[^\w+/=-]|$)`
	}
}

// index builds the keyword finder and prepares what rules build later.
func (s *Scanner) index() error {
	var words []string
	byWord := map[string][]keywordUse{}
	for _, r := range s.rules {
		if len(r.keywords) == 0 && r.source != "" {
			return fmt.Errorf("rule %s has no keywords", r.id)
		}
		for i, k := range r.keywords {
			k = strings.ToLower(k)
			r.keywords[i] = k
			if byWord[k] == nil {
				words = append(words, k)
			}
			byWord[k] = append(byWord[k], keywordUse{r, i})
		}
		r.expr = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.source) })
		r.pathExpr = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.path) })
		r.plan = sync.OnceValue(func() *plan { return newPlan(r) })
	}
	words = append(words, sourcesContentWord)
	around, err := readNeighbours(neighboursText)
	if err != nil {
		return err
	}
	s.keywords = newKeywordFinder(words, around)
	for _, w := range words {
		s.usesOf = append(s.usesOf, byWord[w])
	}
	for i, r := range s.rules {
		if r.order = i; r.source == "" {
			s.byPath = append(s.byPath, r)
			if re, err := syntax.Parse(r.path, syntax.Perl); err == nil {
				r.pathEnds = lastBytes(re)
			}
		}
	}
	return nil
}

// sourcesContentWord is the key of the sources' texts in a source map, in lower
// case.
const sourcesContentWord = "sourcescontent"

// appliesTo reports whether the path satisfies the rule's condition on paths.
func (r *rule) appliesTo(path string) bool {
	return r.path == "" || r.pathExpr().MatchString(path)
}

// pathMayMatch reports whether the path ends with a byte that paths of the rule end
// with. It is a quick check that runs for every file.
func (r *rule) pathMayMatch(path string) bool {
	return r.pathEnds == nil || path != "" && r.pathEnds[path[len(path)-1]]
}

// generic reports whether the rule is for secrets of no particular provider.
func (r *rule) generic() bool { return strings.Contains(r.id, "generic") }
