package secret

import (
	"regexp/syntax"
	"strings"
)

// requiresKeyword reports whether every match of re contains one of the words,
// ignoring ASCII case. A false answer may be wrong, a true one is not.
func requiresKeyword(re *syntax.Regexp, words []string) bool {
	_, sure := possibleEndings(re, []string{""}, words)
	return sure
}

// maxEndings limits how many endings possibleEndings follows.
const maxEndings = 256

// possibleEndings follows an expression from left to right. before lists what the
// text matched so far can end with; after lists what it can end with behind re, in
// lower case. An empty string stands for any ending. sure says that by then every
// match contains a word.
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

// classMembers lists the characters of a small class in lower case. The result is
// nil for a larger class.
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

// allContain reports whether each of the endings contains a word, and there are
// any.
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
