package pack

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/publishgate/publishgate/internal/pack/minimatch"
)

// A layer is one source of rules. Their order is that in which they are asked:
// the last that matches decides.
type layer int

const (
	layerDefault   layer = iota // what nobody wants to publish
	layerPackage                // `files` of package.json
	layerNPMIgnore              // .npmignore
	layerGitIgnore              // .gitignore
	layerStrict                 // what is always and what is never packed
	layers
)

// A ruleSet holds the rules of one folder. A nil list has no say, an empty one
// was there.
type ruleSet [layers][]*minimatch.Pattern

// defaultRules leave out what no package needs, in every folder. `files` and
// ignore files may take it back (npm-packlist 10, defaults).
const defaultRules = `.npmignore
.gitignore
**/.git
**/.svn
**/.hg
**/CVS
**/.git/**
**/.svn/**
**/.hg/**
**/CVS/**
/.lock-wscript
/.wafpickle-*
/build/config.gypi
npm-debug.log
**/.npmrc
.*.swp
.DS_Store
**/.DS_Store/**
._*
**/._*/**
*.orig
/archived-packages/**
`

// strictRules hold at a package's root whatever anything else says
// (npm-packlist 10, processPackage).
const strictRules = `/.git
!/package.json
!/readme{,.*[^~$]}
!/copying{,.*[^~$]}
!/license{,.*[^~$]}
!/licence{,.*[^~$]}
/.git
/node_modules
.npmrc
/package-lock.json
/yarn.lock
/pnpm-lock.yaml
/bun.lockb
`

var compiledDefaults = sync.OnceValues(func() ([]*minimatch.Pattern, error) {
	return compiler{}.compile(context.Background(), defaultRules)
})

// maxRules is how many patterns the braces in the rules of one file may make of
// them. A line is short, and may mean ten thousand.
const maxRules = 100_000

var errRules = fmt.Errorf("the braces of all its patterns together expand to more than %d", maxRules)

// A compiler keeps the patterns that it has compiled: the folders of a
// repository say much the same.
type compiler map[string]*minimatch.Pattern

const maxKept = 10_000 // patterns

// compile reads rules, one a line; blank lines and comments are left out
// (ignore-walk, onReadIgnoreFile).
func (known compiler) compile(ctx context.Context, text string) ([]*minimatch.Pattern, error) {
	rules := []*minimatch.Pattern{}
	expanded := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = trim(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rule := known[line]
		if rule == nil {
			var err error
			if rule, err = minimatch.Compile(line); err != nil {
				return nil, fmt.Errorf("%.80q: %w", line, err)
			}
			if len(known) < maxKept && known != nil {
				known[line] = rule
			}
		}
		if expanded += max(rule.Size()-1, 0); expanded > maxRules {
			return nil, fmt.Errorf("%.80q: %w", line, errRules)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// trim removes what JavaScript takes for blanks.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return r == '\ufeff' || unicode.IsSpace(r) && r != '\u0085'
	})
}
