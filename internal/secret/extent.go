package secret

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// An extent bounds how far a match of an expression can reach: it consists of
// at most fixed bytes outside of unlimited repetitions, and of at most runs
// unlimited repetitions, each over bytes of the class only.
type extent struct {
	fixed int
	runs  int
	class [256]bool
}

// maxRuns caps extents of nested repetitions: beyond it the text as a whole is
// searched.
const maxRuns = 64

func (x *extent) add(re *syntax.Regexp, times int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			n := utf8.RuneLen(r)
			if re.Flags&syntax.FoldCase != 0 {
				n = max(n, 3) // K and s fold to U+212A and U+017F
			}
			x.fixed += n * times
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		x.fixed += width(re) * times
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat:
		for _, s := range re.Sub {
			x.add(s, times)
		}
	case syntax.OpAlternate:
		x.widest(re.Sub, times)
	case syntax.OpStar, syntax.OpPlus:
		x.repeat(re.Sub[0], times)
	case syntax.OpRepeat:
		if re.Max < 0 {
			x.repeat(re.Sub[0], times)
		} else {
			x.add(re.Sub[0], times*re.Max)
		}
	}
	if x.runs > maxRuns || x.fixed > 1<<20 {
		x.everything()
	}
}

// widest adds the most that any of several alternatives needs.
func (x *extent) widest(alternatives []*syntax.Regexp, times int) {
	fixed, runs := 0, 0
	for _, s := range alternatives {
		one := extent{class: x.class}
		one.add(s, times)
		fixed, runs, x.class = max(fixed, one.fixed), max(runs, one.runs), one.class
	}
	x.fixed += fixed
	x.runs += runs
}

// repeat adds an unlimited repetition. Of a class it is one run; of anything
// else its bytes all join the class, so that it is one run too.
func (x *extent) repeat(sub *syntax.Regexp, times int) {
	x.runs += times
	x.join(sub)
}

// join adds every byte that a match of re can hold to the class.
func (x *extent) join(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			x.joinRange(r, r)
			if re.Flags&syntax.FoldCase != 0 && r < utf8.RuneSelf {
				x.class[lower(byte(r))], x.class[upper(byte(r))] = true, true
				x.joinRange(utf8.RuneSelf, utf8.MaxRune)
			}
		}
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			x.joinRange(re.Rune[i], re.Rune[i+1])
		}
	case syntax.OpAnyChar:
		x.joinRange(0, utf8.MaxRune)
	case syntax.OpAnyCharNotNL:
		x.joinRange(0, '\n'-1)
		x.joinRange('\n'+1, utf8.MaxRune)
	}
	for _, s := range re.Sub {
		x.join(s)
	}
}

func (x *extent) joinRange(lo, hi rune) {
	for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
		x.class[r] = true
	}
	if hi >= utf8.RuneSelf {
		for b := utf8.RuneSelf; b < 256; b++ {
			x.class[b] = true
		}
	}
}

func (x *extent) everything() {
	x.fixed, x.runs = 1<<20, 1
	for b := range x.class {
		x.class[b] = true
	}
}

// width is the longest encoding of a character of a class.
func width(re *syntax.Regexp) int {
	if re.Op == syntax.OpCharClass && len(re.Rune) > 0 {
		return utf8.RuneLen(re.Rune[len(re.Rune)-1])
	}
	return utf8.UTFMax
}

// window returns the part of text that holds every match that includes
// text[start:end], and at least one byte more on either side where there is
// one, so that no match touches an edge that is not the text's own.
func (x *extent) window(text []byte, start, end int) (int, int) {
	return x.before(text, start), x.behind(text, end)
}

// before returns where the window that includes text[start:] begins.
func (x *extent) before(text []byte, start int) int {
	for run := 0; ; run++ {
		start = max(start-x.fixed-1, 0)
		if run == x.runs {
			break
		}
		for start > 0 && x.class[text[start-1]] {
			start--
		}
	}
	// Not in the middle of a character: a stray byte reads as U+FFFD, and that
	// is in some classes.
	for start > 0 && !utf8.RuneStart(text[start]) {
		start--
	}
	return start
}

// behind returns where the window that includes text[:end] ends.
func (x *extent) behind(text []byte, end int) int {
	for run := 0; ; run++ {
		end = min(end+x.fixed+1, len(text))
		if run == x.runs {
			break
		}
		for end < len(text) && x.class[text[end]] {
			end++
		}
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	return end
}

// demands reports whether every match of re holds one of the words, ASCII
// letter case aside. It may say no where the answer is yes.
func demands(re *syntax.Regexp, words []string) bool {
	_, sure := strands(re, []string{""}, words)
	return sure
}

// maxStrands caps what strands follows.
const maxStrands = 256

// strands takes what a match can have as its last bytes before re, and returns
// what it can have as its last bytes after it, all in lower case, and whether
// by then every match holds a word. {""} stands for anything.
func strands(re *syntax.Regexp, before, words []string) (after []string, sure bool) {
	anything := []string{""}
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return before, false
	case syntax.OpLiteral:
		for _, b := range before {
			after = append(after, b+strings.ToLower(string(re.Rune)))
		}
		return after, allHold(after, words)
	case syntax.OpCharClass:
		for _, c := range members(re) {
			for _, b := range before {
				after = append(after, b+c)
			}
		}
		if len(after) == 0 || len(after) > maxStrands {
			return anything, false
		}
		return after, allHold(after, words)
	case syntax.OpCapture:
		return strands(re.Sub[0], before, words)
	case syntax.OpConcat:
		after = before
		for _, s := range re.Sub {
			var partSure bool
			after, partSure = strands(s, after, words)
			sure = sure || partSure
		}
		return after, sure
	case syntax.OpAlternate:
		sure = true
		for _, s := range re.Sub {
			part, partSure := strands(s, before, words)
			after, sure = append(after, part...), sure && partSure
		}
		if len(after) > maxStrands {
			after = anything
		}
		return after, sure
	case syntax.OpQuest:
		after, _ = strands(re.Sub[0], before, words)
		return append(after[:len(after):len(after)], before...), false
	case syntax.OpPlus:
		_, sure = strands(re.Sub[0], before, words)
		return anything, sure
	case syntax.OpRepeat:
		if re.Min > 0 {
			_, sure = strands(re.Sub[0], before, words)
		}
		return anything, sure
	}
	return anything, false
}

// members lists the characters of a small class, in lower case; nil for a
// bigger one.
func members(re *syntax.Regexp) []string {
	var out []string
	for i := 0; i < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if len(out) == 64 {
				return nil
			}
			out = append(out, strings.ToLower(string(r)))
		}
	}
	return out
}

func allHold(strands, words []string) bool {
	for _, s := range strands {
		held := false
		for _, w := range words {
			held = held || strings.Contains(s, w)
		}
		if !held {
			return false
		}
	}
	return len(strands) > 0
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}
