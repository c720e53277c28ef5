package secret

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = flag.Bool("update", false, "write anew what gitleaks is on record with")

// generated are texts made up at run time from gitleaks' own expressions: of each
// rule two that match it, and one of which the second half is cut off.
func generated(t *testing.T, s *Scanner) (texts []string, rules int) {
	t.Helper()
	for i, r := range s.rules {
		if r.own || r.source == "" {
			continue
		}
		rules++
		expr, err := syntax.Parse(r.source, syntax.Perl)
		if err != nil {
			t.Fatalf("%s: %v", r.id, err)
		}
		random := rand.New(rand.NewPCG(uint64(i), 11))
		for range 2 {
			var b strings.Builder
			matching(random, expr, &b)
			texts = append(texts, "// a line before\n "+b.String()+" \n")
		}
		whole := texts[len(texts)-1]
		texts = append(texts, whole[:len(whole)-len(whole)/3]+"\n")
	}
	return texts, rules
}

// matching writes a text that an expression matches; what it says of boundaries
// is left to the text around it.
func matching(r *rand.Rand, e *syntax.Regexp, b *strings.Builder) {
	times := func(least, most int) {
		for range least + r.IntN(most-least+1) {
			matching(r, e.Sub[0], b)
		}
	}
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		b.WriteRune(oneOf(r, e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("aB3dE5gH7jK9"[r.IntN(12)])
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range e.Sub {
			matching(r, sub, b)
		}
	case syntax.OpAlternate:
		matching(r, e.Sub[r.IntN(len(e.Sub))], b)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpStar:
		times(0, 3)
	case syntax.OpPlus:
		times(1, 4)
	case syntax.OpRepeat:
		most := e.Min + 6
		if e.Max >= 0 {
			most = min(most, e.Max)
		}
		times(e.Min, most)
	}
}

// oneOf picks from a class, printable ASCII where it has any.
func oneOf(r *rand.Rand, ranges []rune) rune {
	var all []rune
	for i := 0; i < len(ranges); i += 2 {
		for c := max(ranges[i], '!'); c <= min(ranges[i+1], '~'); c++ {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return ranges[0]
	}
	return all[r.IntN(len(all))]
}

// TestGeneratedAgainstGitleaks compares what both engines find in the generated
// texts. On record is, of each finding of gitleaks, the rule, the line, and where
// in the text the value lies: no value is in the repository.
func TestGeneratedAgainstGitleaks(t *testing.T) {
	s := mustScanner(t)
	texts, rules := generated(t, s)
	var ask func() [][]string
	if os.Getenv("PUBLISHGATE_GITLEAKS") != "" {
		ask = func() [][]string {
			d, answers := startGitleaks(t), make([][]string, len(texts))
			for i, text := range texts {
				answers[i] = []string{}
				for _, f := range d.sees("shipped.txt", text) {
					answers[i] = append(answers[i], fmt.Sprintf("%s:%d:%d:%d", f.rule, f.line, strings.Index(text, f.value), len(f.value)))
				}
			}
			return answers
		}
	}
	told := oracle.JSON(t, oracle.Record{Name: "gitleaks.json", Update: *update}, ask)
	if len(told) != len(texts) {
		t.Fatalf("%d answers about %d texts", len(told), len(texts))
	}
	seenRules, findings, none := map[string]bool{}, 0, 0
	for i, text := range texts {
		theirs := []seen{}
		for _, line := range told[i] {
			parts := strings.Split(line, ":")
			var n [3]int
			for j := range n {
				var err error
				if n[j], err = strconv.Atoi(parts[j+1]); err != nil || n[j] < 0 {
					t.Fatalf("%s: %v", line, err)
				}
			}
			theirs = append(theirs, seen{parts[0], text[n[1] : n[1]+n[2]], n[0]})
			seenRules[parts[0]] = true
		}
		slices.SortFunc(theirs, bySeen)
		findings += len(theirs)
		if len(theirs) == 0 {
			none++
		}
		if missed, added := unexplained(s, text, theirs, weSee(s, "shipped.txt", text)); len(missed)+len(added) > 0 {
			t.Errorf("%q\n missed %v\n added  %v", text, missed, added)
		}
	}
	t.Logf("%d texts of %d rules, %d findings of %d rules as gitleaks, %d texts without any",
		len(texts), rules, findings, len(seenRules), none)
	if len(seenRules) < rules*9/10 || none < rules/2 {
		t.Errorf("findings of %d of %d rules, %d texts without any: too little to mean anything", len(seenRules), rules, none)
	}
}
