package secret

import (
	"regexp/syntax"
	"strings"
)

// demands reports whether every match of re holds one of the words, ASCII
// letter case aside. It may say no where the answer is yes.
func requiresKeyword(re *syntax.Regexp, words []string) bool {
	_, sure := possibleEndings(re, []string{""}, words)
	return sure
}

// maxStrands caps what strands follows.
const maxEndings = 256

// strands takes what a match can have as its last bytes before re, and returns
// what it can have as its last bytes after it, all in lower case, and whether
// by then every match holds a word. {""} stands for anything.
func possibleEndings(re *syntax.Regexp, before, words []string) (after []string, sure bool) {
	anything := []string{""}
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return before, false
	case syntax.OpLiteral:
		for _, b := range before {
			after = append(after, b+strings.ToLower(string(re.Rune)))
		}
		return after, allContain(after, words)
	case syntax.OpCharClass:
		for _, c := range classMembers(re) {
			for _, b := range before {
				after = append(after, b+c)
			}
		}
		if len(after) == 0 || len(after) > maxEndings {
			return anything, false
		}
		return after, allContain(after, words)
	case syntax.OpCapture:
		return possibleEndings(re.Sub[0], before, words)
	case syntax.OpConcat:
		after = before
		for _, s := range re.Sub {
			var partSure bool
			after, partSure = possibleEndings(s, after, words)
			sure = sure || partSure
		}
		return after, sure
	case syntax.OpAlternate:
		sure = true
		for _, s := range re.Sub {
			part, partSure := possibleEndings(s, before, words)
			after, sure = append(after, part...), sure && partSure
		}
		if len(after) > maxEndings {
			after = anything
		}
		return after, sure
	case syntax.OpQuest:
		after, _ = possibleEndings(re.Sub[0], before, words)
		return append(after[:len(after):len(after)], before...), false
	case syntax.OpPlus:
		_, sure = possibleEndings(re.Sub[0], before, words)
		return anything, sure
	case syntax.OpRepeat:
		if re.Min > 0 {
			_, sure = possibleEndings(re.Sub[0], before, words)
		}
		return anything, sure
	}
	return anything, false
}

// members lists the characters of a small class, in lower case; nil for a
// bigger one.
func classMembers(re *syntax.Regexp) []string {
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

func allContain(strands, words []string) bool {
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
