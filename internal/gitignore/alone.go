package gitignore

// Alone is Match without the folders above the path: it says which pattern
// decides about the path itself. Who reads several lists, one for each folder,
// goes down from the top and asks them about each step, the deepest list first.
func (l *List) Alone(path string, dir bool) Match {
	if l == nil || path == "" {
		return Match{}
	}
	return l.own(path, dir)
}
