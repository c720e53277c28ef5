package minimatch

import "slices"

// matchParts compares the parts of a path with those of one alternative.
func matchParts(path []Name, set []part, partial bool) bool {
	first := slices.IndexFunc(set, isDeep)
	if first < 0 {
		return plain(path, set, partial)
	}
	// What stands before the first "**" has to begin the path, what stands
	// after the last has to end it.
	head := set[:first]
	if len(head) > 0 {
		if !plain(path[:min(len(path), len(head))], head, partial) {
			return false
		}
		path = path[min(len(path), len(head)):]
	}
	if partial {
		return true // "**" may still take whatever comes
	}
	at := len(set) - 1
	for !isDeep(set[at]) {
		at--
	}
	tail := set[at+1:]
	ended := len(tail) > 0
	if ended {
		var ok bool
		if path, ok = cutTail(path, tail); !ok {
			return false
		}
	}
	if at == first {
		return ended || len(path) > 0 // "a/**" wants something below a
	}
	return find(path, sections(set[first+1:at]), ended)
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
	for i := range min(len(path), len(set)) {
		if !set[i].match(path[i]) {
			return false
		}
	}
	switch {
	case len(path) == len(set):
		return true
	case len(path) < len(set):
		return partial
	}
	return len(path) == len(set)+1 && path[len(set)].text == ""
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
