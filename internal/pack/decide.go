package pack

import "github.com/publishgate/publishgate/internal/pack/minimatch"

// A question is the form in which an entry is matched against the rules.
type question int

const (
	asFile      question = iota // "a/b"
	asFileSlash                 // "a/b/"
	asFolder                    // either, or whatever the directory may contain
)

// passes reports whether the rules include an entry. It applies the rules of
// all directories from the package's root down to this one: first relative to
// the root, last relative to the entry's own directory (ignore-walk,
// filterEntry).
func (w *walker) passes(name minimatch.Name, q question) bool {
	// The path from the root, with an empty element at each end.
	all := append(w.l.buffer[:0], minimatch.Name{})
	for _, at := range w.chain[1:] {
		all = append(all, at.name)
	}
	all = append(all, name, minimatch.Name{})
	w.l.buffer = all
	included := true
	for i, at := range w.chain {
		if i > 0 && !included && !at.exact {
			return false
		}
		all[i] = minimatch.Name{}
		included = at.decide(all[i:], q, i == len(w.chain)-1, included)
	}
	return included
}

// decide reports whether an entry is included after the rules of one directory
// were applied; the last that matches decides. included is the result of the
// directories above. path has an empty element at each end. own says that the
// entry is directly in this directory.
func (w *walker) decide(path []minimatch.Name, q question, own, included bool) bool {
	for at, rules := range w.rules {
		if !w.uses[at] {
			continue
		}
		for _, rule := range rules {
			// A rule that would not change the result is not evaluated.
			if rule.Negated != included && matches(rule, path, q, own) {
				included = rule.Negated
			}
		}
	}
	return included
}

// matches reports whether one rule matches a path, with and without a leading
// slash, and for a directory also with a trailing one. A negated rule matches a
// directory if anything in it may match.
func matches(rule *minimatch.Pattern, path []minimatch.Name, q question, own bool) bool {
	last := len(path) - 1
	switch q {
	case asFile:
		return rule.Match(path[:last], false) || rule.Match(path[1:last], false)
	case asFileSlash:
		return rule.Match(path, false) || rule.Match(path[1:], false)
	}
	if rule.Match(path[:last], false) || rule.Match(path[1:last], false) || folder(rule, path) {
		return true
	}
	if own || !rule.Relative {
		return false
	}
	return folder(rule, []minimatch.Name{{}, path[last-1], {}})
}

func folder(rule *minimatch.Pattern, path []minimatch.Name) bool {
	last := len(path) - 1
	return rule.Match(path, false) || rule.Match(path[1:], false) ||
		rule.Negated && (rule.Match(path[:last], true) || rule.Match(path[1:last], true))
}
