package minimatch

import "slices"

// An alternative is one expansion of a pattern. Without "**" it is a single
// list of parts. Else it is the parts before the first "**", which a path must
// begin with, those between, and those after the last, which it must end with.
type alternative struct {
	parts   []part
	deep    bool
	head    []part
	between [][]part // nil: there is only one "**"
	tail    []part
}

func newAlternative(parts []part) alternative {
	a := alternative{parts: parts}
	first := slices.IndexFunc(parts, isDeep)
	if first < 0 {
		return a
	}
	last := len(parts) - 1
	for !isDeep(parts[last]) {
		last--
	}
	a.deep, a.head, a.tail = true, parts[:first], parts[last+1:]
	if last > first {
		a.between = sections(parts[first+1 : last])
	}
	return a
}

// match reports whether a path matches.
func (a *alternative) match(path []Name, partial bool) bool {
	if !a.deep {
		return plain(path, a.parts, partial)
	}
	head := a.head
	if len(head) > 0 {
		if !plain(path[:min(len(path), len(head))], head, partial) {
			return false
		}
		path = path[min(len(path), len(head)):]
	}
	if partial {
		return true // "**" may match whatever follows
	}
	ended := len(a.tail) > 0
	if ended {
		var ok bool
		if path, ok = cutTail(path, a.tail); !ok {
			return false
		}
	}
	if a.between == nil {
		return ended || len(path) > 0 // "a/**" requires something below a
	}
	return find(path, a.between, ended)
}

// cutTail removes from the end of a path the elements that match the tail.
// "a/**/*" also matches "a/b/".
func cutTail(path []Name, tail []part) ([]Name, bool) {
	n := len(path) - len(tail)
	if n < 0 {
		return nil, false
	}
	if plain(path[n:], tail, false) {
		return path[:n], true
	}
	if n == 0 || path[len(path)-1].text != "" || !plain(path[n-1:], tail, false) {
		return nil, false
	}
	return path[:n-1], true
}

// plain reports whether a path matches part by part. A path that is too short
// matches only partially; one that is too long matches only if the rest is its
// trailing slash.
func plain(path []Name, set []part, partial bool) bool {
	// Compare the lengths first: that excludes most paths.
	switch n := len(path) - len(set); {
	case n > 1 || n == 1 && path[len(set)].text != "":
		return false
	case n < 0 && !partial:
		return false
	}
	for i := range min(len(path), len(set)) {
		if !set[i].match(path[i]) {
			return false
		}
	}
	return true
}

// sections splits at "**".
func sections(set []part) [][]part {
	all := [][]part{nil}
	for i := range set {
		if isDeep(set[i]) {
			all = append(all, nil)
		} else {
			all[len(all)-1] = append(all[len(all)-1], set[i])
		}
	}
	return all
}

// find reports whether a path contains the sections in order. It takes each as
// early as possible: a later place is never better. What follows the last
// section may be anything, but not nothing unless the end of the path was
// already matched.
func find(path []Name, all [][]part, ended bool) bool {
	for _, section := range all {
		at := 0
		for ; at+len(section) <= len(path); at++ {
			if plain(path[at:at+len(section)], section, false) {
				break
			}
		}
		if at+len(section) > len(path) {
			return false
		}
		path = path[at+len(section):]
	}
	return ended || len(path) > 0
}
