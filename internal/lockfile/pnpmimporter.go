package lockfile

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// readImporters reads the directories for which pnpm installed. A lockfile of
// one package before version 9 has their fields at its top.
func (r *pnpmReader) readImporters() error {
	section := r.doc.Get("importers")
	if r.next {
		section = r.doc.Get("projects")
	}
	if section.Exists() && section.Kind() != strict.Object {
		return r.fail(section, "importers is %s, expected a mapping", section.Kind())
	}
	for k, v := range section.Members() {
		if err := r.mapping(k, v); err != nil {
			return err
		}
		if _, err := r.addImporter(folderOf(k.Text()), k, v); err != nil {
			return err
		}
	}
	if r.folders[""] == nil {
		top := strict.Value{}
		if !section.Exists() {
			top = r.doc
		}
		if _, err := r.addImporter("", top, top); err != nil {
			return err
		}
	}
	r.owner, r.root = r.folders[""], r.folders[r.in.Member]
	if r.root == nil {
		return r.fail(r.doc, "it has no importer for the folder %s: add it to pnpm-workspace.yaml and run pnpm install, or "+
			"give it a lockfile of its own", r.in.Member)
	}
	r.nameByLinks()
	return r.nameInjected()
}

// folderOf returns an importer's directory; "" for the lockfile's own.
func folderOf(key string) string {
	if f := path.Clean(key); f != "." {
		return f
	}
	return ""
}

// addImporter makes the importer of a directory, named by its package.json.
func (r *pnpmReader) addImporter(folder string, key, value strict.Value) (*pnpmImporter, error) {
	if r.folders[folder] != nil {
		return nil, r.fail(key, "the importer %+q stands twice", clip(key.Text()))
	}
	if _, ok := r.at[folder]; ok {
		return nil, r.fail(key, "%+q is an importer and a package", clip(folder))
	}
	p := &npm.Package{Location: folder, Source: npm.SourceLocal, Workspace: folder != "", Line: 1, Column: 1}
	if key.Exists() {
		p.Line, p.Column = key.Position()
	}
	if outside(folder) {
		p.Source = npm.SourceFile
		if key.Exists() {
			p.Source = npm.SourceLocal // a monorepo whose lockfile is below its root, as rush's
		}
	}
	i := &pnpmImporter{pkg: p, key: key, value: value}
	switch folder {
	case r.in.Member:
		i.manifest = r.in.Manifest
	case "":
		i.manifest = r.in.Owner
	default:
		m, err := r.in.Checkout.Manifest(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		i.manifest = m
	}
	if m := i.manifest; m != nil {
		p.Name, p.Version, p.License = m.Name, m.Version, m.License
	}
	if p.Name == "" && r.next {
		p.Name = value.Get("name").Text()
	}
	if p.Name == "" && folder != "" {
		p.Name, i.unnamed = path.Base(folder), true
	}
	r.folders[folder] = i
	r.importers = append(r.importers, i)
	return i, nil
}

// A pnpmDep is one dependency of an importer.
type pnpmDep struct {
	key       strict.Value
	specifier string // as package.json had it
	ref       string // the version that was chosen
	kind      npm.EdgeKind
}

// deps returns the dependencies of an importer, in order of precedence.
func (r *pnpmReader) deps(i *pnpmImporter) ([]pnpmDep, error) {
	var all []pnpmDep
	seen := map[string]bool{}
	specifiers := i.value.Get("specifiers")
	for _, section := range []struct {
		field string
		kind  npm.EdgeKind
	}{{"optionalDependencies", npm.EdgeOptional}, {"dependencies", npm.EdgeProd}, {"devDependencies", npm.EdgeDev}} {
		deps := i.value.Get(section.field)
		if deps.Exists() && deps.Kind() != strict.Object {
			return nil, r.fail(deps, "%s is %s, expected a mapping", section.field, deps.Kind())
		}
		for k, v := range deps.Members() {
			d := pnpmDep{key: k, kind: section.kind}
			var err error
			if d.specifier, d.ref, err = r.depOf(k, v, specifiers); err != nil {
				return nil, err
			}
			if strings.HasPrefix(d.specifier, "runtime:") {
				d.kind = npm.EdgeDev // of engines or devEngines: it runs here, and no consumer gets it
			}
			if !seen[k.Shared()] {
				seen[k.Shared()] = true
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// depOf reads what a dependency of an importer asks for and the version that
// was chosen.
func (r *pnpmReader) depOf(k, v, specifiers strict.Value) (specifier, ref string, err error) {
	if r.next {
		if specifier, ref, err = r.nextDep(k, v); err == nil && (specifier == "" || ref == "") {
			err = r.fail(k, "%+q has no specifier or no version", clip(k.Text()))
		}
		return specifier, ref, err
	}
	spec, chosen := specifiers.Get(k.Text()), v
	if v.Kind() == strict.Object {
		spec, chosen = v.Get("specifier"), v.Get("version")
	}
	if !spec.Exists() || !chosen.Exists() {
		return "", "", r.fail(k, "%+q has no specifier or no version", clip(k.Text()))
	}
	if specifier, err = r.text(k, spec); err != nil {
		return "", "", err
	}
	ref, err = r.text(k, chosen)
	return specifier, ref, err
}

// importerEdges makes the edges of an importer. Those of the judged package
// come from its package.json; the lockfile's own has one to each member.
func (r *pnpmReader) importerEdges(i *pnpmImporter) error {
	deps, err := r.deps(i)
	if err != nil {
		return err
	}
	var edges []npm.Edge
	at := make(map[string]*pnpmDep, len(deps))
	for k := range deps {
		at[deps[k].key.Shared()] = &deps[k]
	}
	var here surrounding
	if r.next {
		here = make(surrounding, len(deps))
		for k := range deps {
			here[deps[k].key.Shared()] = deps[k].ref
		}
	}
	seen := map[string]bool{}
	if i == r.root && i.manifest != nil {
		for _, d := range declared(i.manifest, true) {
			seen[d.Name] = true
			e := npm.Edge{Name: d.Name, Range: d.Range, Kind: d.Kind}
			switch have := at[d.Name]; {
			case have != nil:
				if e.To, err = r.resolveIn(have.key, d.Name, have.ref, i.pkg.Location, here); err != nil {
					return err
				}
			case r.unrecordedLink(d.Range):
				if e.To, err = r.folder(d.Name, d.Range[len("link:"):], i.pkg.Location); err != nil {
					return err
				}
			}
			specifier := ""
			if have := at[d.Name]; have != nil {
				specifier = have.specifier
			}
			r.satisfy(&e, specifier)
			edges = append(edges, e)
		}
	}
	for _, d := range deps {
		name := d.key.Shared()
		if seen[name] {
			continue
		}
		e := npm.Edge{Name: name, Range: d.specifier, Kind: d.kind}
		if e.To, err = r.resolveIn(d.key, name, d.ref, i.pkg.Location, here); err != nil {
			return err
		}
		r.satisfy(&e, d.specifier)
		edges = append(edges, e)
	}
	if i == r.owner {
		edges = r.memberEdges(edges)
	}
	i.pkg.Deps = edges
	return nil
}

// resolveIn is resolve for an importer, whose dependencies are the surrounding.
func (r *pnpmReader) resolveIn(at strict.Value, name, ref, folder string, here surrounding) (*npm.Package, error) {
	if r.next {
		return r.resolveNext(at, name, ref, folder, here)
	}
	return r.resolve(at, name, ref, folder)
}

// memberEdges adds the edges of the lockfile's own directory to the members.
// They come first and replace a dependency on the member. If the dependency of
// that name is another package, its edge comes before the member's.
func (r *pnpmReader) memberEdges(own []npm.Edge) []npm.Edge {
	at := make(map[string]int, len(own))
	for k := range own {
		at[own[k].Name] = k
	}
	var first, last []npm.Edge
	spoken := map[int]bool{}
	for _, m := range r.importers {
		if m == r.owner {
			continue
		}
		e := npm.Edge{Name: m.pkg.Name, Range: "link:" + m.pkg.Location, Kind: npm.EdgeWorkspace, To: m.pkg, Valid: true}
		switch k, both := at[e.Name]; {
		case !both:
			first = append(first, e)
		case own[k].To == m.pkg:
			spoken[k], first = true, append(first, e)
		default:
			last = append(last, e)
		}
	}
	for k := range own {
		if !spoken[k] {
			first = append(first, own[k])
		}
	}
	return append(first, last...)
}

// unrecordedLink reports whether pnpm was told to leave such a dependency out
// of the lockfile.
func (r *pnpmReader) unrecordedLink(rng string) bool {
	return strings.HasPrefix(rng, "link:") && r.doc.Get("settings").Get("excludeLinksFromLockfile").Bool()
}

// nameByLinks names members whose package.json is not available by the
// dependencies on them.
func (r *pnpmReader) nameByLinks() {
	for _, i := range r.importers {
		for _, field := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
			for k, v := range i.value.Get(field).Members() {
				ref := v.Text()
				if v.Kind() == strict.Object {
					ref = v.Get("version").Text()
				}
				link, ok := strings.CutPrefix(ref, "link:")
				if !ok {
					continue
				}
				if to := r.folders[folderOf(path.Join(i.pkg.Location, link))]; to != nil && to.unnamed {
					to.pkg.Name, to.unnamed = k.Text(), false
				}
			}
		}
	}
}

// nameInjected sets name and version of copies of directories from their
// package.json files.
func (r *pnpmReader) nameInjected() error {
	for i := range r.nodes {
		p := r.nodes[i].pkg
		if p.Source != npm.SourceLocal {
			continue
		}
		folder := folderOf(strings.TrimPrefix(p.Resolved, "file:"))
		version, license := "", ""
		if m := r.folders[folder]; m != nil {
			p.Workspace = true
			version, license = m.pkg.Version, m.pkg.License
		} else if m, err := r.in.Checkout.Manifest(folder); err == nil {
			version, license = m.Version, m.License
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if p.Version == "" {
			p.Version = version
		}
		p.License = license
	}
	return nil
}
