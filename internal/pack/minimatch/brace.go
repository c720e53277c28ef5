package minimatch

import (
	"errors"
	"strconv"
	"strings"
)

// While braces are expanded, an escaped character is kept as a byte that valid
// UTF-8 never contains.
var (
	hideEscapes = strings.NewReplacer(`\\`, "\xf8", `\{`, "\xf9", `\}`, "\xfa", `\,`, "\xfb", `\.`, "\xfc")
	showEscapes = strings.NewReplacer("\xf8", `\`, "\xf9", "{", "\xfa", "}", "\xfb", ",", "\xfc", ".")
)

var errBraces = errors.New("the braces of a pattern expand to too much")

// expand returns the expansions of the braces in a pattern, without duplicates:
// "a{b,c}" gives ab and ac, "{1..3}" gives 1, 2 and 3 (bash, Brace Expansion).
// A pattern without braces is returned unchanged, escapes included.
func expand(pattern string) ([]string, error) {
	if open := strings.IndexByte(pattern, '{'); open < 0 || strings.IndexByte(pattern[open:], '}') < 0 {
		return []string{pattern}, nil
	}
	if strings.HasPrefix(pattern, "{}") {
		pattern = `\{\}` + pattern[2:] // as in bash, only at the very beginning
	}
	x := expander{}
	all := x.expand(hideEscapes.Replace(pattern), true)
	if x.over {
		return nil, errBraces
	}
	seen := make(map[string]bool, len(all))
	kept := all[:0]
	for _, s := range all {
		s = showEscapes.Replace(s)
		if !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// An expander counts its output, so that a short pattern cannot expand without
// bound.
type expander struct {
	size int
	over bool
}

// join returns every combination of a prefix, the text between, and a suffix.
func (x *expander) join(begin []string, between string, end []string) []string {
	out := make([]string, 0, min(len(begin)*len(end), MaxExpansions))
	for _, b := range begin {
		for _, e := range end {
			s := b + between + e
			if x.size += len(s); len(out) == MaxExpansions || x.size > maxExpanded {
				x.over = true
				return nil
			}
			out = append(out, s)
		}
	}
	return out
}

var nothing = []string{""}

// expand expands the groups of one level from left to right. top marks the
// outermost level, where bash drops empty results.
func (x *expander) expand(s string, top bool) []string {
	done, first, drop := nothing, true, false
	for !x.over {
		open, end, found := balanced(s)
		if !found {
			return dropEmpty(x.join(done, s, nothing), drop)
		}
		before, body, after := s[:open], s[open+1:end], s[end+1:]
		if strings.HasSuffix(before, "$") { // "${" is a shell variable and is kept
			done = x.join(done, s[:end+1], nothing)
			first, s = false, after
			if s == "" {
				return dropEmpty(done, drop)
			}
			continue
		}
		values, isSequence := sequence(body)
		if !isSequence && !strings.Contains(body, ",") {
			if lateComma(after) { // "{a},b}": the brace belongs to the outer group
				s, top = s[:end]+"\xfa"+after, true
				continue
			}
			return dropEmpty(x.join(done, s, nothing), drop)
		}
		if first {
			first, drop = false, top && !isSequence
		}
		if !isSequence {
			values = x.options(body)
		}
		done = x.join(done, before, values)
		if s = after; s == "" {
			return dropEmpty(done, drop)
		}
	}
	return nil
}

func dropEmpty(all []string, drop bool) []string {
	if !drop {
		return all
	}
	kept := all[:0:0]
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// options expands the members of a comma group. A single member is a nested
// group, which keeps its braces: "{{a,b}}" gives {a} and {b}.
func (x *expander) options(body string) []string {
	members := splitCommas(body)
	if len(members) == 1 {
		inner := x.expand(members[0], false)
		for i := range inner {
			inner[i] = "{" + inner[i] + "}"
		}
		members = inner
	}
	var all []string
	for _, m := range members {
		if all = append(all, x.expand(m, false)...); x.over || len(all) > MaxExpansions {
			x.over = true
			return nil
		}
	}
	return all
}

// splitCommas splits at the commas outside nested groups.
func splitCommas(s string) []string {
	members := []string{""}
	for {
		open, end, found := balanced(s)
		plain := s
		if found {
			plain = s[:open]
		}
		parts := strings.Split(plain, ",")
		members[len(members)-1] += parts[0]
		members = append(members, parts[1:]...)
		if !found {
			return members
		}
		members[len(members)-1] += s[open : end+1]
		s = s[end+1:]
	}
}

// lateComma reports whether a comma and a closing brace follow, so that the
// group just read is a member of a larger one.
func lateComma(after string) bool {
	for i := 0; i < len(after); i++ {
		if after[i] == ',' && i+1 < len(after) && after[i+1] != ',' && strings.IndexByte(after[i+1:], '}') >= 0 {
			return true
		}
	}
	return false
}

// balanced returns the first outermost pair of braces; if the outermost is
// never closed, the leftmost pair inside it.
func balanced(s string) (open, end int, found bool) {
	var opened []int
	left := len(s)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '{':
			opened = append(opened, i)
		case s[i] == '}' && len(opened) == 1:
			return opened[0], i, true
		case s[i] == '}' && len(opened) > 1:
			at := opened[len(opened)-1]
			opened = opened[:len(opened)-1]
			if at < left {
				left, end = at, i
			}
		}
	}
	return left, end, left < len(s)
}

// sequence expands "1..5", "a..e" and the same with a step.
func sequence(body string) ([]string, bool) {
	ends := strings.Split(body, "..")
	if len(ends) != 2 && len(ends) != 3 {
		return nil, false
	}
	step := 1
	if len(ends) == 3 {
		n, err := number(ends[2])
		if err != nil {
			return nil, false
		}
		step = max(n, -n, 1)
	}
	if isLetter(ends[0]) && isLetter(ends[1]) {
		return count(int(ends[0][0]), int(ends[1][0]), step, func(n int) string {
			if n == '\\' {
				return ""
			}
			return string(rune(n))
		}), true
	}
	from, err1 := number(ends[0])
	to, err2 := number(ends[1])
	if err1 != nil || err2 != nil {
		return nil, false
	}
	width := 0
	for _, e := range ends {
		if digits := strings.TrimPrefix(e, "-"); len(digits) > 1 && digits[0] == '0' {
			width = max(len(ends[0]), len(ends[1]))
		}
	}
	return count(from, to, step, func(n int) string {
		if n < 0 {
			text := strconv.Itoa(-n)
			return "-" + strings.Repeat("0", max(0, width-len(text)-1)) + text
		}
		text := strconv.Itoa(n)
		return strings.Repeat("0", max(0, width-len(text))) + text
	}), true
}

// count lists the numbers of a sequence, at most one more than the limit.
func count(from, to, step int, text func(int) string) []string {
	var all []string
	if from > to {
		for n := from; n >= to && len(all) <= MaxExpansions; n -= step {
			all = append(all, text(n))
		}
		return all
	}
	for n := from; n <= to && len(all) <= MaxExpansions; n += step {
		all = append(all, text(n))
	}
	return all
}

// number parses an integer small enough for a sequence.
func number(s string) (int, error) {
	if strings.HasPrefix(s, "+") || len(s) > 12 {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(s)
}

func isLetter(s string) bool {
	return len(s) == 1 && (s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z')
}
