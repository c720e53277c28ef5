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
	p, found, err := c.Package(ctx, name, true)
	return p.Releases, found, err
}

// ReleasesInBrief returns Releases without the dates, from a document that is
// several times smaller.
func (c *Client) ReleasesInBrief(ctx context.Context, name string) (list []Release, found bool, err error) {
	p, found, err := c.Package(ctx, name, false)
	return p.Releases, found, err
}

// A Package is what the registry has of one: its releases, as from Releases, and
// its dist-tags, tag → version.
type Package struct {
	Releases []Release
	Tags     map[string]string
}

// Package reads the releases and the dist-tags in one request. dated: with the
// days of publication, which only the bigger document has.
func (c *Client) Package(ctx context.Context, name string, dated bool) (p Package, found bool, err error) {
	if err := checkName(name); err != nil {
		return p, false, err
	}
	accept := acceptPackument
	if dated {
		accept = acceptVersion
	}
	doc, found, err := c.packument(ctx, name, accept)
	if err != nil || !found {
		return p, false, err
	}
	if tags := doc.Get("dist-tags"); tags.Exists() {
		if p.Tags, err = tagMap(tags); err != nil {
			return p, false, err
		}
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
			return Package{}, false, err
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
	p.Releases = list
	return p, true, nil
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
