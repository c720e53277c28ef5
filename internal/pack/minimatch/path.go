package minimatch

import "slices"

// An alternative is one of the paths that a pattern means: all of it, if it has
// no "**"; else what stands before the first of them and has to begin a path,
// what stands between, and what stands after the last and has to end it.
type alternative struct {
	parts   []part
	deep    bool
	head    []part
	between [][]part // nil: there is but one "**"
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

// match compares the parts of a path.
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
		return true // "**" may still take whatever comes
	}
	ended := len(a.tail) > 0
	if ended {
		var ok bool
		if path, ok = cutTail(path, a.tail); !ok {
			return false
		}
	}
	if a.between == nil {
		return ended || len(path) > 0 // "a/**" wants something below a
	}
	return find(path, a.between, ended)
}

// cutTail takes the parts that match the tail off the end of a path. "a/**/*"
// matches "a/b/" too.
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

// plain compares part by part. A path that is over too early matches only
// partially; what is left of it may be no more than its trailing slash.
func plain(path []Name, set []part, partial bool) bool {
	// The lengths first: most paths fail there.
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

// find looks for the sections in order, each as early as it can be: a later
// place could not do better. What follows the last one may be anything, but
// something, unless the path's end was matched already.
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
