package secret

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:generate sh -c "go run -C ../../.ci/gitleaks . -rules >gitleaks.toml"

// gitleaksConfig is the rule file of the gitleaks module, under its licence (see
// NOTICE). A test holds the two against each other.
//
//go:embed gitleaks.toml
var gitleaksConfig string

const gitleaksConfigName = "gitleaks.toml"

// A rule finds one kind of secret. What is costly to make (its expression, its
// plan) is made when one of its keywords is first seen.
type rule struct {
	id, description string
	source          string // RE2 expression; empty: the path alone decides
	path            string // RE2 expression the path must match; empty: any
	pathEnds        *set   // what a path that matches ends with, where the path decides; nil: unknown
	group           int    // the group that is the secret; 0: the first that matched
	entropy         float64
	keywords        []string // lower case; one of them must stand in the file
	allow           []allowlist
	order           int                     // place in Scanner.rules
	own             bool                    // ours, not gitleaks'
	requiredByte    byte                    // stands in every match, and seldom near a keyword; 0: none such
	widened         bool                    // it ends before more than gitleaks' does
	vague           bool                    // it also takes values without a mark of their own
	accept          func(m submatches) bool // a further condition; nil: none
	mayContinue     func(rest []byte) bool  // whether a match may go on so behind a keyword, by a few bytes; nil: unknown

	expr     func() *regexp.Regexp
	pathExpr func() *regexp.Regexp
	plan     func() *plan
}

// submatches are the groups of a match by index; nil where a group did not.
type submatches [][]byte

// The shape of gitleaks' rule file, as far as it is used there. A key that is
// not here is an error: it would change what a rule means.
type tomlConfig struct {
	Title      string
	MinVersion string `toml:"minVersion"`
	Allowlist  tomlAllowlist
	Rules      []tomlRule
}

type tomlRule struct {
	ID, Description, Regex, Path string
	SecretGroup                  int `toml:"secretGroup"`
	Entropy                      float64
	Keywords, Tags               []string
	Allowlists                   []tomlAllowlist
}

type tomlAllowlist struct {
	Description, Condition string
	RegexTarget            string `toml:"regexTarget"`
	Paths, Regexes         []string
	Stopwords              []string
}

func newScanner(toml string, own []*rule) (*Scanner, error) {
	c, err := readConfig(toml)
	if err != nil {
		return nil, err
	}
	s := &Scanner{globalAllow: c.Allowlist.list()}
	for _, t := range c.Rules {
		r := &rule{
			id: t.ID, description: t.Description, source: t.Regex, path: t.Path,
			group: t.SecretGroup, entropy: t.Entropy, keywords: t.Keywords,
		}
		r.widenEnd()
		for _, a := range t.Allowlists {
			r.allow = append(r.allow, a.list())
		}
		s.rules = append(s.rules, r)
	}
	slices.SortFunc(s.rules, func(a, b *rule) int { return cmp.Compare(a.id, b.id) })
	s.rules = append(s.rules, own...) // behind gitleaks': of two that find the same, theirs is kept
	return s, s.index()
}

// vague are gitleaks' rules for tokens of which some forms have no mark of their
// own: any member s.… of a program, any 40 hex digits.
var vague = []string{"vault-service-token", "sourcegraph-access-token"}

// widen lets a token end before any character that cannot be part of it. gitleaks
// knows quotes, blanks and semicolons: that keeps values apart which are known by
// the name they are assigned to, but a token with a mark of its own is one before a
// comma, a bracket or the rest of an address too.
func (r *rule) widenEnd() {
	r.vague = slices.Contains(vague, r.id)
	if body, found := strings.CutSuffix(r.source, assignEnd); found && !r.vague && !strings.Contains(r.source, assignGap) {
		r.widened, r.source = true, body+`)(?:[^\w+/=-]|$)`
	}
}

func readConfig(text string) (*tomlConfig, error) {
	d := toml.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var c tomlConfig
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", gitleaksConfigName, err)
	}
	if len(c.Rules) == 0 {
		return nil, fmt.Errorf("%s: no rules", gitleaksConfigName)
	}
	return &c, nil
}

// index builds the keyword matcher and the lazy parts of the rules.
func (s *Scanner) index() error {
	var words []string
	byWord := map[string][]*rule{}
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
			byWord[k] = append(byWord[k], r)
		}
		r.expr = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.source) })
		r.pathExpr = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.path) })
		r.plan = sync.OnceValue(func() *plan { return newPlan(r) })
	}
	words = append(words, sourcesContentWord)
	s.keywords = newKeywordFinder(words, func(w string) (before, second, third *set) { return neighbours(w, byWord[w]) })
	for _, w := range words {
		s.rulesOf = append(s.rulesOf, byWord[w])
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

// mapWord is what the texts of a source map's sources are under, in small letters.
const sourcesContentWord = "sourcescontent"

// appliesTo reports whether the rule's path condition holds.
func (r *rule) appliesTo(path string) bool {
	return r.path == "" || r.pathExpr().MatchString(path)
}

// mayEnd reports whether a path ends as those do that the rule is for: it is asked of
// every file.
func (r *rule) pathMayMatch(path string) bool {
	return r.pathEnds == nil || path != "" && r.pathEnds[path[len(path)-1]]
}

func (r *rule) generic() bool { return strings.Contains(r.id, "generic") }
