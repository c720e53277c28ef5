package lockfile

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// compareManifest notes dependencies of package.json that differ from those the
// lockfile was made for. pnpm install --frozen-lockfile refuses that.
func (r *pnpmReader) compareManifest() {
	m := r.root.manifest
	if m == nil {
		return
	}
	deps, err := r.deps(r.root)
	if err != nil {
		return // noted already
	}
	at := make(map[string]*pnpmDep, len(deps))
	for i := range deps {
		at[deps[i].key.Shared()] = &deps[i]
	}
	edges := make(map[string]*npm.Edge, len(r.root.pkg.Deps))
	for i := range r.root.pkg.Deps {
		if e := &r.root.pkg.Deps[i]; edges[e.Name] == nil { // pnpm's own come last
			edges[e.Name] = e
		}
	}
	asked := map[string]map[string]bool{}
	for _, d := range m.Dependencies {
		if asked[d.Name] == nil {
			asked[d.Name] = map[string]bool{}
		}
		asked[d.Name][d.Range] = true
	}
	hooked := r.section("pnpmfileChecksum").Exists() // a script may have changed what package.json asks for
	installsPeers := r.doc.Get("settings").Get("autoInstallPeers").Bool()
	for _, d := range declared(m, true) {
		have, e := at[d.Name], edges[d.Name]
		note := func(text string) {
			r.graph.Notes = append(r.graph.Notes, npm.Note{Kind: npm.NoteLockMismatch, Text: text, File: m.File, Line: d.Line, Column: d.Column})
		}
		switch {
		case have == nil && (d.Kind == npm.EdgePeer && !installsPeers || d.Kind == npm.EdgePeerOptional || r.unrecordedLink(d.Range)):
		case have == nil && d.Kind == npm.EdgeOptional && r.ignoresOptional(d.Name):
		case have == nil:
			note(d.Name + " is not among the dependencies that " + r.in.File + " was made for")
		case !asked[d.Name][have.specifier] && !r.overridden(d.Name, have.specifier) && !(hooked && e != nil && e.Valid):
			note(d.Name + " is asked for as " + d.Range + ", which " + r.in.File + " was not made for")
		case have.kind != d.Kind && d.Kind != npm.EdgePeer && d.Kind != npm.EdgePeerOptional && !hooked:
			note(d.Name + " is among the " + fieldOf(d.Kind) + ", and " + r.in.File + " was made for it among the " + fieldOf(have.kind))
		case e == nil || e.Kind != d.Kind || d.Kind == npm.EdgePeer || d.Kind == npm.EdgePeerOptional:
		case !e.Valid && e.To != nil:
			note(d.Name + "@" + d.Range + " is not what " + r.in.File + " holds: " + e.To.ID())
		}
	}
	r.compareOverrides()
	runtimes := declaredRuntimes(m)
	for _, d := range deps {
		rng, named := runtimes[d.key.Shared()]
		switch {
		case asked[d.key.Shared()] != nil || hooked:
		case named && strings.HasPrefix(d.specifier, "runtime:"):
			if rng != d.specifier && rng != "runtime:" {
				r.note(npm.NoteLockMismatch, d.key, "%s asks for %s as %s, the lockfile was made for %s", m.File, d.key.Text(),
					clip(rng), clip(d.specifier))
			}
		default:
			r.note(npm.NoteLockMismatch, d.key, "%s is no longer a dependency in %s", d.key.Text(), m.File)
		}
	}
}

// fieldOf returns the field of package.json for dependencies of a kind.
func fieldOf(kind npm.EdgeKind) string {
	switch kind {
	case npm.EdgeDev:
		return "devDependencies"
	case npm.EdgeOptional:
		return "optionalDependencies"
	}
	return "dependencies"
}

// ignoresOptional reports whether pnpm is told to leave an optional dependency
// out, by its name or a pattern with stars. pnpm refuses a lockfile whose list
// differs from its settings.
func (r *pnpmReader) ignoresOptional(name string) bool {
	said := yamlTexts(workspaceYAML(r.in).doc.Get("ignoredOptionalDependencies"))
	if m := r.in.owner(); m != nil {
		if doc, err := strict.Parse(m.Raw); err == nil {
			said = append(said, texts(doc.Get("pnpm").Get("ignoredOptionalDependencies"))...)
		}
	}
	ignored := false
	flat := strings.NewReplacer("/", "\x00").Replace // a star matches slashes, too
	for _, text := range said {
		pattern, negative := strings.CutPrefix(text, "!")
		if ok, err := path.Match(flat(pattern), flat(name)); ok && err == nil {
			ignored = !negative
		}
	}
	return ignored
}
