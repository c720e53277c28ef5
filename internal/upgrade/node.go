package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// A runtime is the oldest Node that a project is for.
type runtime struct {
	text   string // engines.node of package.json; empty: it says nothing
	oldest npm.Version
	known  bool
}

// runtime is what package.json says; where it says nothing, what all installed
// packages have in common.
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

// suits reports whether a release is for the oldest Node that the project is for,
// as far as anybody says.
func (m *maker) suits(r Release) bool {
	if r.Node == "" || !m.runtime().known {
		return true
	}
	theirs, err := npm.ParseRange(r.Node)
	return err != nil || theirs.Contains(m.node.oldest, false)
}

// suitsOwn is suits for what package.json itself says of Node.
func (m *maker) suitsOwn(r Release) bool { return m.runtime().text == "" || m.suits(r) }

// suitable are versions of a package, those first that suit.
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

// olderNode says of a release that it needs a newer Node than the oldest that
// package.json admits; empty: it does not, or nobody says.
func (m *maker) olderNode(name string, r Release) string {
	if m.suitsOwn(r) {
		return ""
	}
	return fmt.Sprintf("%s %s is for Node %s, and package.json admits %s: raise `engines`, too, or older ones get what is not for them", name, r.Version, r.Node, m.node.text)
}

// pick is the version that the manager takes for a range among releases when it is
// run by the oldest Node that the project is for. npm passes over what needs a
// newer one, as long as there is another, deprecated or not
// (github.com/npm/npm-pick-manifest).
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

// installs is what the manager takes for a declared value, if that is good
// whichever Node it is run by.
func (m *maker) installs(list []Release, value string, good func(Release) bool) (Release, bool) {
	r, ok := m.pick(list, ask(value).Range)
	newest, _ := pick(list, ask(value).Range)
	return r, ok && good(r) && good(newest)
}
