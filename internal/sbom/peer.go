package sbom

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// CycloneDX 1.7 allows a versionRange instead of a version, only for an
// external component: one that is not delivered but expected to be present. Of
// npm's declarations, that is a peer dependency of the package itself, which
// was invisible before if no lockfile resolved it. For everything else, the
// resolved version is worth more than the declared range, and the schema
// forbids writing both.

// expect adds, in 1.7, the root's peers that are not installed; older versions
// cannot express them. A peer whose range is a tag or an address has no
// versions and is left out.
func (b *builder) expect() {
	if !b.since("1.7") {
		return
	}
	for i, e := range b.in.Graph.Root.Deps {
		if e.To != nil || e.Kind != npm.EdgePeer && e.Kind != npm.EdgePeerOptional {
			continue
		}
		spec := npm.ParseSpec(e.Range)
		name := e.Name
		if spec.Kind == npm.SpecAlias {
			name = spec.Name
		}
		r, err := npm.ParseRange(spec.Range)
		if err != nil || name == "" || spec.Kind != npm.SpecAlias && spec.Kind != npm.SpecRegistry {
			continue
		}
		accepts := vers(r)
		if accepts == "" {
			continue
		}
		p := &npm.Package{Name: name, Location: "peer", Scope: npm.Peer}
		if e.Kind == npm.EdgePeerOptional {
			p.Scope = npm.Optional
		}
		if b.peers == nil {
			b.peers = map[int]*npm.Package{}
		}
		b.peers[i] = p
		b.nodes = append(b.nodes, node{pkg: p, accepts: accepts})
	}
}

// external reports whether the consumer provides the package: it is a peer of
// the root, installed here or not, and the root does not depend on it in
// another way too.
func (b *builder) external(n *node) bool {
	if n.accepts != "" {
		return true
	}
	if n.pkg.Scope != npm.Peer || !b.since("1.7") {
		return false
	}
	return slices.ContainsFunc(b.in.Graph.Root.Deps, func(e npm.Edge) bool {
		return (e.Kind == npm.EdgePeer || e.Kind == npm.EdgePeerOptional) && target(e.To) == n.pkg
	})
}

// vers writes a range as a version range specifier of type npm: constraints in
// version order, each version once (github.com/package-url/vers-spec). It
// returns "" for an empty range.
func vers(r npm.Range) string {
	runs := r.Intervals()
	slices.SortStableFunc(runs, func(x, y npm.Interval) int { return x.Low.Compare(y.Low) })
	var merged []npm.Interval
	for _, run := range runs {
		if len(merged) == 0 || !join(&merged[len(merged)-1], run) {
			merged = append(merged, run)
		}
	}
	var parts []string
	for i, run := range merged {
		low, high := run.Low.Canonical(), run.High.Canonical()
		gap := i > 0 && run.LowOpen && merged[i-1].HighOpen && run.Low.Compare(merged[i-1].High) == 0
		switch {
		case gap:
			parts[len(parts)-1] = "!=" + low
		case !run.NoHigh && run.Low.Compare(run.High) == 0:
			parts = append(parts, low)
			continue
		case run.LowOpen:
			parts = append(parts, ">"+low)
		case run.Low.Compare(npm.Lowest) != 0:
			parts = append(parts, ">="+low)
		}
		switch {
		case run.NoHigh:
		case run.HighOpen:
			parts = append(parts, "<"+high)
		default:
			parts = append(parts, "<="+high)
		}
	}
	switch {
	case len(merged) == 0:
		return ""
	case len(parts) == 0:
		return "vers:npm/*"
	}
	return "vers:npm/" + strings.Join(parts, "|")
}

// join merges two intervals that overlap or touch, where y does not begin
// before x. It reports whether it did.
func join(x *npm.Interval, y npm.Interval) bool {
	if x.NoHigh {
		return true
	}
	if c := y.Low.Compare(x.High); c > 0 || c == 0 && x.HighOpen && y.LowOpen {
		return false
	}
	if c := y.High.Compare(x.High); y.NoHigh || c > 0 || c == 0 && !y.HighOpen {
		x.High, x.HighOpen, x.NoHigh = y.High, y.HighOpen, y.NoHigh
	}
	return true
}
