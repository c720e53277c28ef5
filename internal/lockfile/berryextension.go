package lockfile

import (
	_ "embed" // yarn's table
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A berryExtension holds dependencies that yarn 2 and later add to packages
// which do not declare them. It applies to a name and a range. The lockfile has
// the added copies, but not the edges to them.
type berryExtension struct {
	rng         string
	deps, peers []npm.Edge // names and ranges
	optional    []string   // peers that are optional
}

// The table is that of yarn's program, see NOTICE.
//
//go:generate node gen/extensions.cjs berryextension.json
//go:embed berryextension.json
var extensionData []byte

// yarnExtensions is the table by name of package.
var yarnExtensions = sync.OnceValue(func() map[string][]berryExtension {
	all := map[string][]berryExtension{}
	doc, err := strict.Parse(extensionData)
	if err != nil {
		panic("lockfile: berryextension.json: " + err.Error()) // TestYarnExtensions reads it
	}
	for line := range doc.Get("extensions").Elements() {
		var selector string
		for v := range line.Elements() {
			if selector == "" {
				selector = v.Text()
				continue
			}
			name, rng := descriptor(selector)
			x := berryExtension{rng: rng}
			for k, r := range v.Get("dependencies").Members() {
				x.deps = append(x.deps, npm.Edge{Name: k.Text(), Range: r.Text()})
			}
			for k, r := range v.Get("peerDependencies").Members() {
				x.peers = append(x.peers, npm.Edge{Name: k.Text(), Range: r.Text()})
			}
			for k, meta := range v.Get("peerDependenciesMeta").Members() {
				if meta.Get("optional").Truthy() {
					x.optional = append(x.optional, k.Text())
				}
			}
			all[name] = append(all[name], x)
		}
	}
	return all
})

// ownExtensions returns those of .yarnrc.yml, by name of package.
func (b *berry) ownExtensions() map[string][]berryExtension {
	all := map[string][]berryExtension{}
	for key, extension := range b.settings().extensions.Members() {
		if key.Text() == "" {
			continue
		}
		name, rng := descriptor(key.Text())
		x := berryExtension{rng: rng}
		for k, v := range extension.Get("dependencies").Members() {
			x.deps = append(x.deps, npm.Edge{Name: k.Text(), Range: plainText(v)})
		}
		for k, v := range extension.Get("peerDependencies").Members() {
			x.peers = append(x.peers, npm.Edge{Name: k.Text(), Range: plainText(v)})
		}
		for k, v := range extension.Get("peerDependenciesMeta").Members() {
			if v.Get("optional").Bool() {
				x.optional = append(x.optional, k.Text())
			}
		}
		all[name] = append(all[name], x)
	}
	return all
}

// extend adds the dependencies of extensions to packages, as yarn does: those
// of its own table first, then those of .yarnrc.yml. Source: berry,
// Configuration.ts, normalizePackage.
func (b *berry) extend() {
	table, own := yarnExtensions(), b.ownExtensions()
	for i := range b.entries {
		e := &b.entries[i]
		if e.local != nil {
			continue
		}
		for _, list := range [...][]berryExtension{table[e.name], own[e.name]} {
			for k := range list {
				if list[k].covers(e.pkg.Version) {
					b.extendBy(e, &list[k])
				}
			}
		}
	}
}

// covers reports whether a version is in the range: a prerelease counts as its
// release. Source: berry, semverUtils.ts, satisfiesWithPrereleases.
func (x *berryExtension) covers(version string) bool {
	v, err := npm.ParseVersion(version)
	if err != nil {
		return false
	}
	ok, err := npm.Satisfies(v.Release().Canonical(), x.rng, true)
	return err == nil && ok
}

// extendBy adds what the package does not declare itself. A dependency that the
// lockfile lacks is skipped: the version of yarn that wrote it had another
// table.
func (b *berry) extendBy(e *berryEntry, x *berryExtension) {
	for _, d := range x.deps {
		if slices.ContainsFunc(e.pkg.Deps, func(have npm.Edge) bool { return have.Name == d.Name }) {
			continue
		}
		if b.end(&d, e); d.To != nil {
			e.pkg.Deps = append(e.pkg.Deps, d)
		}
	}
	slot := func(name string) *peerSlot {
		for _, s := range e.slots {
			if s.name == name && !s.hidden {
				return s
			}
		}
		return nil
	}
	for _, p := range x.peers { // a dependent that has one provides it; it is not required
		if slot(p.Name) == nil {
			e.slots = append(e.slots, &peerSlot{name: p.Name, rng: p.Range, kind: npm.EdgePeerOptional})
		}
	}
	for _, name := range x.optional {
		if s := slot(name); s != nil {
			s.kind = npm.EdgePeerOptional
		} else {
			e.slots = append(e.slots, &peerSlot{name: name, rng: "*", kind: npm.EdgePeerOptional})
		}
	}
	e.typeSlots()
}
