package lockfile

import (
	"cmp"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// connect makes the edges of the copies, then of the importers.
func (r *pnpmReader) connect() error {
	for i := range r.nodes {
		edges := r.copyEdges
		if r.next {
			edges = r.nextCopyEdges
		}
		if err := edges(&r.nodes[i]); err != nil {
			return err
		}
	}
	for _, i := range r.importers {
		if err := r.importerEdges(i); err != nil {
			return err
		}
	}
	return nil
}

// copyEdges makes the edges of one copy, one per name. The peers that it has
// are among its dependencies; the edges of the others have no To.
func (r *pnpmReader) copyEdges(n *pnpmNode) error {
	m := r.edges.begin()
	peers := n.info.Get("peerDependencies")
	meta := strict.Value{}
	if peers.Exists() {
		meta = n.info.Get("peerDependenciesMeta")
	}
	for _, section := range []struct {
		field string
		kind  npm.EdgeKind
	}{{"optionalDependencies", npm.EdgeOptional}, {"dependencies", npm.EdgeProd}} {
		deps := n.snap.Get(section.field)
		if deps.Exists() && deps.Kind() != strict.Object {
			return r.fail(deps, "%s is %s, expected a mapping", section.field, deps.Kind())
		}
		for k, v := range deps.Members() {
			ref, err := r.text(k, v)
			if err != nil {
				return err
			}
			e := npm.Edge{Name: k.Shared(), Kind: section.kind, Valid: true}
			if e.To, err = r.resolve(k, e.Name, ref, ""); err != nil {
				return err
			}
			if peer := peers.Get(e.Name); peer.Exists() {
				e.Range, e.Kind = peer.Shared(), peerKind(meta, e.Name)
				r.satisfy(&e, "")
			} else {
				e.Range = chosen(&e, ref)
			}
			if !m.has(e.Name) {
				m.put(e)
			}
		}
	}
	for k, v := range peers.Members() {
		if name := k.Shared(); !m.has(name) {
			m.put(npm.Edge{Name: name, Range: v.Shared(), Kind: peerKind(meta, name)})
		}
	}
	n.pkg.Deps = m.end()
	return nil
}

func peerKind(meta strict.Value, name string) npm.EdgeKind {
	if meta.Get(name).Get("optional").Bool() {
		return npm.EdgePeerOptional
	}
	return npm.EdgePeer
}

// chosen returns the version that replaces a range which the lockfile does not
// have.
func chosen(e *npm.Edge, ref string) string {
	switch {
	case e.To.Source != npm.SourceRegistry || e.To.Version == "":
		return ref
	case e.To.Name != e.Name:
		return "npm:" + e.To.Name + "@" + e.To.Version
	}
	return e.To.Version
}

// resolve finds the package of a reference: a copy, or the directory of a link,
// relative to another directory.
func (r *pnpmReader) resolve(at strict.Value, name, ref, folder string) (*npm.Package, error) {
	if link, ok := strings.CutPrefix(ref, "link:"); ok {
		return r.folder(name, link, folder)
	}
	if r.major >= '7' && !isDepPath(ref) { // nearly always, so nothing is allocated for it
		var room [256]byte
		if n, ok := r.at[string(append(append(append(room[:0], name...), '@'), ref...))]; ok {
			return r.nodes[n].pkg, nil
		}
	}
	key := r.depPath(name, ref)
	n, ok := r.at[key]
	if !ok && r.major == '7' {
		n, ok = r.at["/"+key]
	}
	if !ok {
		return nil, r.fail(at, "%s is to be %+q, for which there is no entry: the lockfile is cut off or damaged, run pnpm "+
			"install", clip(name), clip(ref))
	}
	return r.nodes[n].pkg, nil
}

// isDepPath reports whether a reference of versions 7 and 9 is a key itself, as
// that of an alias is: its first @ comes before any colon of an address and any
// parenthesis of a peer.
func isDepPath(ref string) bool {
	at := strings.IndexByte(ref, '@')
	return at >= 0 && !strings.ContainsAny(ref[:at], ":(")
}

// depPath returns the key that a reference stands for, as pnpm's
// dependency-path package has it in each version of the format.
func (r *pnpmReader) depPath(name, ref string) string {
	if r.major >= '7' {
		if isDepPath(ref) {
			return ref
		}
		return name + "@" + ref
	}
	if strings.HasPrefix(ref, "file:") {
		return ref
	}
	separator, bare := "/", ref
	if r.major == '6' {
		separator = "@"
		if i := strings.IndexByte(ref, '('); i >= 0 {
			bare = ref[:i]
		}
	}
	if strings.Contains(bare, "/") {
		return ref
	}
	return "/" + name + separator + ref
}

// folder returns the importer that a link leads to, or a directory of its own, of
// whose dependencies the lockfile says nothing.
func (r *pnpmReader) folder(name, link, from string) (*npm.Package, error) {
	to := link
	if !path.IsAbs(link) {
		to = path.Join(from, link)
	}
	if to == "." {
		to = ""
	}
	if i := r.folders[to]; i != nil {
		return i.pkg, nil
	}
	i, err := r.addImporter(to, strict.Value{}, strict.Value{})
	if err != nil {
		return nil, err
	}
	if i.unnamed {
		i.pkg.Name = name
	}
	i.pkg.Workspace = false
	r.importers = r.importers[:len(r.importers)-1]
	r.linked = append(r.linked, i.pkg)
	return i.pkg, nil
}

// satisfy sets whether an edge ends at a copy that fits, with catalogs and
// overrides applied. Links of the workspace are not checked. specifier is the
// range for which the lockfile was made, if it has it: a copy set by an
// override must fit the override.
func (r *pnpmReader) satisfy(e *npm.Edge, specifier string) {
	if e.To == nil {
		return
	}
	if e.Valid = r.fits(e.Name, e.Range, e.To); e.Valid || strings.HasPrefix(e.Range, "workspace:") {
		return
	}
	e.Set = r.overridden(e.Name, specifier) && (specifier == "" || r.fits(e.Name, specifier, e.To))
	e.Valid = e.Set
}

// fits reports whether a copy satisfies a range of package.json for a name.
func (r *pnpmReader) fits(name, rng string, to *npm.Package) bool {
	if catalog, ok := strings.CutPrefix(rng, "catalog:"); ok {
		if catalog == "" {
			catalog = "default"
		}
		if rng, ok = r.graph.Catalogs[catalog][name]; !ok {
			return false
		}
	}
	if strings.HasPrefix(rng, "workspace:") {
		return to.Source == npm.SourceLocal
	}
	if runtime, ok := strings.CutPrefix(rng, "runtime:"); ok {
		fits, err := npm.Satisfies(to.Version, runtime, true)
		return fits || err != nil // "lts", "nightly"
	}
	if npm.Satisfied(rng, to) {
		return true
	}
	before := to.Resolved
	fits := isAt(rng, to)
	r.addressed = r.addressed || to.Resolved != before
	return fits
}

// isAt reports whether a copy is of the tarball at an address. For a tarball of
// the configured registry the lockfile keeps only name and version; isAt then
// stores the address in Resolved, unless it is the public registry's.
func isAt(address string, p *npm.Package) bool {
	if npm.ParseSpec(address).Kind != npm.SpecURL {
		return false
	}
	u, ok := npm.ParseTarballURL(strings.TrimSpace(address))
	switch {
	case p.Source == npm.SourceURL:
		return true
	case !ok || p.Source != npm.SourceRegistry || u.Name != p.Name || u.Version != p.Version && !sameVersion(u.Version, p.Version):
		return false
	case p.Resolved == "" && !npm.IsPublic(u.Registry):
		p.Resolved = strings.TrimSpace(address)
	}
	return true
}

// readCatalogs reads what "catalog:" ranges stand for.
func (r *pnpmReader) readCatalogs() {
	for k, v := range r.section("catalogs").Members() {
		if r.graph.Catalogs == nil {
			r.graph.Catalogs = map[string]map[string]string{}
		}
		lines := map[string]string{}
		for name, line := range v.Members() {
			lines[name.Text()] = cmp.Or(line.Get("specifier").Text(), line.Text())
		}
		r.graph.Catalogs[k.Text()] = lines
	}
}
