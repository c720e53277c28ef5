package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// A runtime is the oldest Node that a project supports.
type runtime struct {
	text   string // engines.node of package.json; may be empty
	oldest npm.Version
	known  bool
}

// runtime returns the oldest Node by package.json; without it, by what all
// installed packages support.
func (m *maker) runtime() *runtime {
	if m.node != nil {
		return m.node
	}
	m.node = &runtime{}
	if doc, err := parse(m.Manifest.Raw); err == nil {
		m.node.text = doc.Get("engines").Get("node").Text()
	}
	if ours, err := npm.ParseRange(m.node.text); err == nil && m.node.text != "" {
		m.node.oldest, m.node.known = ours.Lowest()
		return m.node
	}
	m.node.text = ""
	for _, p := range m.Graph.Packages {
		theirs, err := npm.ParseRange(p.Engines)
		if low, ok := theirs.Lowest(); p.Engines != "" && err == nil && ok && (!m.node.known || low.Compare(m.node.oldest) > 0) {
			m.node.oldest, m.node.known = low, true
		}
	}
	return m.node
}

// suits reports whether a release supports the oldest Node of the project, as
// far as known.
func (m *maker) suits(r Release) bool {
	if r.Node == "" || !m.runtime().known {
		return true
	}
	theirs, err := npm.ParseRange(r.Node)
	return err != nil || theirs.Contains(m.node.oldest, false)
}

// suitsOwn is suits for engines.node of package.json only.
func (m *maker) suitsOwn(r Release) bool { return m.runtime().text == "" || m.suits(r) }

// suitable returns versions of a package, those that suit first.
func (m *maker) suitable(name string, versions []npm.Version) []npm.Version {
	var first, last []npm.Version
	for _, v := range versions {
		if r, known := m.released(name, v); !known || m.suitsOwn(r) {
			first = append(first, v)
		} else {
			last = append(last, v)
		}
	}
	return append(first, last...)
}

// olderNode returns a note if a release needs a newer Node than the oldest that
// package.json admits, else "".
func (m *maker) olderNode(name string, r Release) string {
	if m.suitsOwn(r) {
		return ""
	}
	return fmt.Sprintf("%s %s is for Node %s, and package.json admits %s: raise `engines`, too, or older ones get what "+
		"is not for them", name, r.Version, r.Node, m.node.text)
}

// pick returns the version that the manager installs for a range when it runs
// on the oldest Node of the project. npm skips versions that need a newer one
// if there is another, deprecated or not (github.com/npm/npm-pick-manifest).
func (m *maker) pick(list []Release, rng string) (best Release, ok bool) {
	r, err := npm.ParseRange(rng)
	if err != nil || m.Graph.Manager != "npm" {
		return pick(list, rng)
	}
	rank := func(r Release) int {
		n := 0
		if m.suits(r) {
			n += 2
		}
		if !r.Deprecated {
			n++
		}
		return n
	}
	for _, rel := range list {
		if r.Contains(rel.Version, false) && (!ok || rank(rel) >= rank(best)) {
			best, ok = rel, true
		}
	}
	return best, ok
}

// installs returns what the manager installs for a declared value, if that is
// good with every Node.
func (m *maker) installs(list []Release, value string, good func(Release) bool) (Release, bool) {
	r, ok := m.pick(list, ask(value).Range)
	newest, _ := pick(list, ask(value).Range)
	return r, ok && good(r) && good(newest)
}
