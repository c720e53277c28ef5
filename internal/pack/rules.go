package pack

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/publishgate/publishgate/internal/pack/minimatch"
)

// A layer is one source of rules. Layers are evaluated in this order; the last
// rule that matches decides.
type layer int

const (
	layerDefault   layer = iota // files that no package needs
	layerPackage                // `files` of package.json
	layerNPMIgnore              // .npmignore
	layerGitIgnore              // .gitignore
	layerStrict                 // files that are always or never packed
	layers
)

// A ruleSet holds the rules of one directory by layer. A nil list means that
// the source is absent; an empty one means that it has no rules.
type ruleSet [layers][]*minimatch.Pattern

// defaultRules exclude files that no package needs, in every directory. `files`
// and ignore files may re-include them (npm-packlist 10, defaults).
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

// strictRules apply at a package's root and override everything else
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

// builtIn holds the rules that every package has, compiled once.
var builtIn = sync.OnceValue(func() compiler {
	known := compiler{}
	for line := range strings.Lines(defaultRules + strictRules) {
		if rule, err := minimatch.Compile(trim(line)); err == nil {
			known[trim(line)] = rule
		}
	}
	return known
})

// maxRules is how many patterns the rules of one file may expand to. Braces can
// make ten thousand patterns of one short line.
const maxRules = 100_000

var errRules = fmt.Errorf("the braces of all its patterns together expand to more than %d", maxRules)

// A compiler caches compiled patterns, because the directories of a repository
// have similar rules.
type compiler map[string]*minimatch.Pattern

const maxKept = 10_000 // patterns

// compile compiles rules, one a line; empty lines and comments are skipped
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
		rule := cmp.Or(known[line], builtIn()[line])
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

// trim removes what JavaScript's trim does.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return r == '\ufeff' || unicode.IsSpace(r) && r != '\u0085'
	})
}
