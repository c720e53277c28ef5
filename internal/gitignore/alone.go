package gitignore

// Alone is Match without the directories above the path: it returns the pattern
// that decides about the path itself. A caller with one list per directory goes
// down from the top and matches each step against the lists, the deepest first.
func (l *List) Alone(path string, dir bool) Match {
	if l == nil || path == "" {
		return Match{}
	}
	return l.own(path, dir)
}
