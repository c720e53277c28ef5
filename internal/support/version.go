package support

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
)

const number = `v?(?:\d+|[x*])(?:\.(?:\d+|[xyz*]))*(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z.-]+)?`

// Words that people write around version numbers, and the operators of npm's that
// they stand for. The order matters: what is longer comes first.
var rewrites = []struct {
	from *pattern.Expr
	to   string
}{
	{pattern.New(`\b(?:versions?|releases?|ver\.?|series|line|branch)\b`), " "},
	{pattern.New(`\bbetween\s+(` + number + `)\s+and\s+(` + number + `)`), "$1 - $2"},
	{pattern.New(`(` + number + `)\s*(?:\+(?:\s|,|$)|,?\s*(?:and|or|&)\s+` +
		`(?:above|later|newer|higher|up(?:wards?)?|greater|onwards?|beyond|after)\b)`),
		">=$1 "},
	{pattern.New(`(` + number + `)\s*,?\s*(?:and|or|&)\s+(?:below|earlier|older|lower|prior|under|before|less)\b`), "<=$1 "},
	{pattern.New(`\b(?:before|prior to|(?:older|lower|earlier|less|smaller) than|below|under)\s+(` + number + `)`), "<$1"},
	{pattern.New(`\b(?:up to and including|up to|until|through|at most)\s+(` + number + `)`), " to $1"},
	{pattern.New(`(?:\bfrom\s+)?(` + number + `)\s*(?:\bto\b|\bthru\b|\.\.+| - )\s*(` + number + `)`), "$1 - $2"},
	{pattern.New(`\bto\s+(` + number + `)`), "<=$1"},
	{pattern.New(`\b(?:from|since|at least|starting (?:from|with|at))\s+(` + number + `)`), ">=$1"},
	{pattern.New(`\b(?:after|(?:newer|higher|later|greater|more) than|above)\s+(` + number + `)`), ">$1"},
	{pattern.New(`\b(?:the\s+)?(?:latest|newest|all|any)\s+(` + number + `)`), "$1"},
	{pattern.New(`(` + number + `)\s+(?:latest|lts|only|stable|current)\b`), "$1"},
	{pattern.New(`=>\s*(\d)`), ">=$1"},
	{pattern.New(`=<\s*(\d)`), "<=$1"},
}

var (
	// short is a range written without spaces: 2.0-2.4, which is no prerelease of 2.0.
	short = pattern.New(`(^|[\s,])(v?\d+(?:\.(?:\d+|x))?)-(v?\d+(?:\.(?:\d+|x))*)(?:$|[\s,])`)
	full  = pattern.New(`(^|[\s,])(v?\d+\.(?:\d+)\.(?:\d+|x))-(v?\d+\.(?:\d+|x)(?:\.(?:\d+|x))?)(?:$|[\s,])`)
	atom  = pattern.New(`^(>=|<=|>|<|=|\^|~)?\s*(` + number + `)(?:\s+-\s+(` + number + `))?`)
	gap   = pattern.New(`^(?:\s*(\|\||,|;|/|&|\||\band\b|\bor\b)\s*|\s+)`)
)

// What is named without numbers, once "versions" and "releases" are gone.
var kinds = []struct {
	of   *pattern.Expr
	kind kind
}{
	{pattern.New(`^(?:only )?(?:the )?(?:latest|newest|current|most recent|last)` +
		`(?: (?:stable|published|public|npm|major|minor|patch))*(?: only)?$`),
		latest},
	{pattern.New(`^(?:all |any |the )*(?:other|others|rest|remaining|else|everything else|anything else)$`), others},
	{pattern.New(`^(?:all |any |anything |everything )*(?:older|earlier|previous|prior|old|legacy|lower)$|^< ?latest$`), older},
	{pattern.New(`^(?:the )?(?:main|master|head|trunk|develop|dev|nightly|edge|snapshots?)$`), branch},
	{pattern.New(`^(?:all |any )*(?:next|beta|alpha|rc|canary|` +
		`pre-?|betas|alphas|prereleases?|pre-releases?|candidates?|previews?|unstable)$`),
		prereleases},
}

var everything = pattern.New(`^(?:all|any|every|\*|x)$`)

// versions reads the versions that a cell names; ok is false if it names none that
// are understood. name is the package's, which may stand in front of them.
func versions(cell, name string) (s set, ok bool) {
	text := tidy(cell, name)
	if s, ok := named(text); ok {
		return s, true
	}
	text = full.ReplaceAllString(text, "$1$2 - $3 ")
	text = short.ReplaceAllString(text, "$1$2 - $3 ")
	for _, r := range rewrites {
		text = r.from.ReplaceAllString(text, r.to)
	}
	return ranges(strings.TrimSpace(text))
}

// tidy returns a cell in lower case without marks, what stands in parentheses, and
// the package's name.
func tidy(cell, name string) string {
	text := asides.ReplaceAllString(strings.ToLower(plainText(cell)), " ")
	for _, word := range []string{strings.ToLower(name), bareName(strings.ToLower(name))} {
		if word != "" {
			if rest, is := strings.CutPrefix(strings.TrimSpace(text), word); is {
				text = strings.TrimLeft(rest, "@ ")
			}
		}
	}
	return strings.Trim(strings.Join(strings.Fields(text), " "), " .:;")
}

func bareName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

var asides = pattern.New(`\([^()]*\)|\[\^[^\]]*\]`)

// named reads what is named without numbers.
func named(text string) (s set, ok bool) {
	words := strings.TrimSpace(strings.Join(strings.Fields(rewrites[0].from.ReplaceAllString(text, " ")), " "))
	if everything.MatchString(words) {
		return set{spans: []span{{noHigh: true}}}, true
	}
	for _, k := range kinds {
		if k.of.MatchString(words) {
			for _, unit := range []string{"major", "minor"} {
				if k.kind == latest && strings.Contains(words, unit) {
					s.unit = unit
				}
			}
			s.kind = k.kind
			return s, true
		}
	}
	return s, false
}

// ranges reads ranges of npm's, one after the other. Bounds that look at each
// other are one range, also with a comma between them; else each adds its versions.
func ranges(text string) (s set, ok bool) {
	var before byte // the direction of the bound before: '<', '>' or 0
	joins := false
	for len(text) > 0 {
		m := atom.FindStringSubmatch(text)
		if m == nil {
			return set{}, false
		}
		text = text[len(m[0]):]
		these, exact, ok := one(m[1], m[2], m[3])
		if !ok {
			return set{}, false
		}
		direction := byte(0)
		if m[1] != "" && (m[1][0] == '<' || m[1][0] == '>') {
			direction = m[1][0]
		}
		if last := len(s.spans) - 1; joins && before != 0 && direction != 0 && before != direction && len(these) == 1 &&
			!s.spans[last].meet(these[0]).empty() {
			s.spans[last], direction = s.spans[last].meet(these[0]), 0
		} else {
			s.spans = append(s.spans, these...)
		}
		s.exact = append(s.exact, exact...)
		before = direction
		if text == "" {
			break
		}
		g := gap.FindStringSubmatch(text)
		if g == nil {
			return set{}, false
		}
		joins = g[1] != "||" && g[1] != "|" && g[1] != "or" && g[1] != ";"
		text = text[len(g[0]):]
	}
	return s, len(s.spans)+len(s.exact) > 0
}

// one reads one range: an operator, a version, and the end of a hyphen range.
func one(op, from, to string) (all []span, exact []npm.Version, ok bool) {
	fix := strings.NewReplacer("y", "x", "z", "x", "v", "")
	if !strings.ContainsAny(from, "-+") {
		from = fix.Replace(from)
	}
	if v, err := npm.ParseVersion(from); err == nil && v.Prerelease() != "" && (op == "" || op == "=") && to == "" {
		return nil, []npm.Version{v}, true
	}
	text := op + from
	if to != "" {
		text = from + " - " + fix.Replace(to)
	}
	r, err := npm.ParseRange(text)
	if err != nil {
		return nil, nil, false
	}
	all, ok = spans(r)
	return all, nil, ok && len(all) > 0
}
