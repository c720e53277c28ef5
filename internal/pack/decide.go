package pack

import "github.com/publishgate/publishgate/internal/pack/minimatch"

// A question says as what an entry is compared with the rules.
type question int

const (
	asFile      question = iota // "a/b"
	asFileSlash                 // "a/b/"
	asFolder                    // either, and whatever may lie in it
)

// passes asks the rules of all folders from the package's root down to this
// one about an entry: first as the root sees it, last as its own folder does
// (ignore-walk, filterEntry).
func (w *walker) passes(name minimatch.Name, q question) bool {
	// The path from the root, with an empty part before and one behind.
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

// decide asks the rules of one folder, the last of which decides. path has an
// empty part before and behind; own says that the entry lies in this folder
// itself.
func (w *walker) decide(path []minimatch.Name, q question, own, included bool) bool {
	for at, rules := range w.rules {
		if !w.uses[at] {
			continue
		}
		for _, rule := range rules {
			// One that would say what is so already need not be asked.
			if rule.Negated != included && matches(rule, path, q, own) {
				included = rule.Negated
			}
		}
	}
	return included
}

// matches compares one rule with a path: with and without a slash before it,
// and for a folder also with one behind. A rule that takes back wants to know
// of a folder whether anything in it may match.
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
