package secret

import (
	"bytes"
	"regexp/syntax"
)

// A marker is something that every match holds behind its lead: one of some
// leads that spell a word. A long window without it is not worth an expression.
type marker struct {
	needles []needle
	behind  int // it begins at least so many bytes behind the beginning of the one before
}

type needle struct {
	lead    *lead
	literal []byte // the longest text that the lead spells in one way only
	at      int    // of it in the lead
}

// What is worth looking for: less than that is everywhere, and more tells no more.
const (
	shortestNeedle = 2
	longestNeedle  = 6
)

// markersOf returns the markers of a sequence, in order.
func markersOf(parts []*syntax.Regexp) []marker {
	var out []marker
	behind := 0
	for i := range parts {
		if i == 0 {
			behind += shortest(parts[0])
			continue // the lead itself
		}
		m := marker{behind: behind}
		for _, l := range leadsUpTo(longestNeedle, parts[i:]) {
			n := needleOf(l)
			if len(n.literal) < shortestNeedle {
				m.needles = nil
				break
			}
			m.needles = append(m.needles, n)
		}
		if m.needles != nil {
			out, behind = append(out, m), 0
		}
		behind += shortest(parts[i])
	}
	return out
}

func needleOf(l *lead) needle {
	best := needle{lead: l}
	var run []byte
	for i, c := range l.classes {
		var only []byte
		for b := range c {
			if c[b] {
				only = append(only, byte(b))
			}
		}
		if len(only) != 1 {
			run = nil
			continue
		}
		if run = append(run, only[0]); len(run) > len(best.literal) {
			best.literal, best.at = bytes.Clone(run), i+1-len(run)
		}
	}
	return best
}

// find returns where the marker begins at the earliest in text; -1: nowhere.
func (m marker) find(text []byte) int {
	first := -1
	for _, n := range m.needles {
		if i := n.find(text); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

func (n needle) find(text []byte) int {
	for from := 0; from < len(text); {
		i := bytes.Index(text[from:], n.literal)
		if i < 0 {
			return -1
		}
		if at := from + i - n.at; n.lead.at(text, at) {
			return at
		}
		from += i + 1
	}
	return -1
}

// holdAll reports whether text, which begins with a match of the lead, holds
// the markers one behind the other.
func holdAll(markers []marker, text []byte) bool {
	for _, m := range markers {
		if len(text) < m.behind {
			return false
		}
		text = text[m.behind:]
		i := m.find(text)
		if i < 0 {
			return false
		}
		text = text[i:]
	}
	return true
}
