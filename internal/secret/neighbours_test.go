package secret

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// neighboursOf derives the neighbours of a keyword from the plans of its rules.
func neighboursOf(word string, uses []keywordUse) neighbours {
	n := neighbours{&set{}, &set{}, &set{}}
	for _, use := range uses {
		p := use.rule.plan()
		if !p.anchored || p.keywordPlaces == nil || p.keywordPlaces[use.keyword] == nil {
			return neighbours{}
		}
		for _, sp := range p.keywordPlaces[use.keyword] {
			after := sp.offset + len(word)
			if after+2 > len(sp.prefix.classes) {
				return neighbours{}
			}
			for b := range n.before {
				c := byte(b)
				switch {
				case sp.offset > 0:
					n.before[b] = n.before[b] || sp.prefix.classes[sp.offset-1][b]
				case sp.prefix.boundary && isWordByte(word[0]):
					n.before[b] = n.before[b] || !isWordByte(c)
				default:
					n.before[b] = true
				}
				n.after1[b] = n.after1[b] || sp.prefix.classes[after][b]
				n.after2[b] = n.after2[b] || sp.prefix.classes[after+1][b]
			}
		}
	}
	return n
}

// setText writes a set in the form of neighboursText.
func setText(s *set) string {
	if s == nil {
		return "*"
	}
	var b strings.Builder
	for first := 0; first < len(s); first++ {
		last := first
		for s[first] && last+1 < len(s) && s[last+1] {
			last++
		}
		if s[first] {
			fmt.Fprintf(&b, "%02x%02x", first, last)
			first = last
		}
	}
	return b.String()
}

// TestNeighbours makes sure that neighbours.txt says what the rules say.
func TestNeighbours(t *testing.T) {
	s := mustScanner(t)
	var lines []string
	for id, word := range s.keywords.words {
		if len(word) < minLongWord {
			n := neighboursOf(word, s.usesOf[id])
			lines = append(lines, strings.Join([]string{word, setText(n.before), setText(n.after1), setText(n.after2)}, "\t")+"\n")
		}
	}
	slices.Sort(lines)
	want := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile("neighbours.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if neighboursText != want {
		t.Error("neighbours.txt is not what the rules say: go generate ./internal/secret")
	}
	read, err := readNeighbours(want)
	if err != nil || len(read) != len(lines) || len(lines) < 30 {
		t.Fatalf("%d of %d lines read: %v", len(read), len(lines), err)
	}
	for word, n := range read {
		line := strings.Join([]string{word, setText(n.before), setText(n.after1), setText(n.after2)}, "\t") + "\n"
		if !slices.Contains(lines, line) {
			t.Errorf("%q was read as %q", word, line)
		}
	}
	for _, wrong := range []string{"key\t*\t*\n", "key\t*\t*\tzz\n", "key\t*\t*\t20\n"} {
		if _, err := readNeighbours(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
