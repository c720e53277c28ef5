package registry

import (
	"context"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Release is one published version, as in the list of all.
type Release struct {
	Info
	Number     npm.Version // Version, parsed
	Published  time.Time   // zero if unknown, and always for ReleasesInBrief
	Deprecated bool

	// The dependencies: name → range. An optional dependency that is also in
	// dependencies is in Optional only, as for npm.
	Dependencies, Optional, Peer map[string]string

	OptionalPeer map[string]bool // of Peer, those that may be missing

	Node string // engines.node
}

// Releases lists the published versions of a package with their dates,
// ascending by precedence. found is false if the registry does not have the
// package. Invalid versions are left out: npm cannot install them.
func (c *Client) Releases(ctx context.Context, name string) (list []Release, found bool, err error) {
	return c.releases(ctx, name, acceptVersion)
}

// ReleasesInBrief returns Releases without the dates, from a document that is
// several times smaller.
func (c *Client) ReleasesInBrief(ctx context.Context, name string) (list []Release, found bool, err error) {
	return c.releases(ctx, name, acceptPackument)
}

func (c *Client) releases(ctx context.Context, name, accept string) ([]Release, bool, error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	doc, found, err := c.packument(ctx, name, accept)
	if err != nil || !found {
		return nil, false, err
	}
	times := doc.Get("time")
	list := make([]Release, 0, doc.Get("versions").Len())
	for k, v := range doc.Get("versions").Members() {
		number, err := npm.ParseVersion(k.Text())
		if err != nil {
			continue
		}
		info, err := versionInfo(v, name, k.Text())
		if err != nil {
			return nil, false, err
		}
		r := Release{Info: info, Number: number, Deprecated: v.Get("deprecated").Truthy()}
		if at, err := time.Parse(time.RFC3339, times.Get(k.Text()).Text()); err == nil {
			r.Published = at.UTC()
		}
		r.Dependencies, r.Optional, r.Peer = asks(v.Get("dependencies")), asks(v.Get("optionalDependencies")), asks(v.Get("peerDependencies"))
		r.Node, r.OptionalPeer = v.Get("engines").Get("node").Text(), map[string]bool{}
		for name, meta := range v.Get("peerDependenciesMeta").Members() {
			r.OptionalPeer[name.Text()] = meta.Get("optional").Bool()
		}
		for name := range r.Optional {
			delete(r.Dependencies, name)
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Release) int { return a.Number.Compare(b.Number) })
	return list, true, nil
}

func asks(v strict.Value) map[string]string {
	out := make(map[string]string, v.Len())
	for k, e := range v.Members() {
		if e.Kind() == strict.String {
			out[k.Text()] = e.Text()
		}
	}
	return out
}

// Before returns the highest release below a version, no prerelease but
// possibly deprecated: the last one published before it. ok is false if there
// is none.
func Before(list []Release, v npm.Version) (last Release, ok bool) {
	for _, r := range list {
		if r.Number.Prerelease() == "" && r.Number.Compare(v) < 0 && (!ok || r.Number.Compare(last.Number) > 0) {
			last, ok = r, true
		}
	}
	return last, ok
}
