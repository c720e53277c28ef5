package lockfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// Version 13.0, which pnpm 12 writes where lockfile.format is v13, is JSON with
// a comma after each member. Its projects are the importers. A dependency has
// one text if package.json asks for exactly the chosen version. An entry of
// packages holds what packages and snapshots hold in version 9. A package that
// is installed with several sets of peers lists snapshots, each with the
// versions of its peers and of the peers below it. References do not name a
// snapshot: it is the one whose peers match those of the dependent.

// readPnpmDocuments reads the YAML documents of the file, or the JSON of
// version 13.0 and pnpm's own document before it, which is YAML.
func readPnpmDocuments(data []byte) ([]strict.Value, error) {
	const between = "---\n"
	start := 0
	if !bytes.HasPrefix(data, []byte("{")) {
		at := bytes.Index(data, []byte("\n"+between+"{\n"))
		if at < 0 {
			return strict.ParseYAMLs(data, strict.Limits{})
		}
		start = at + 1 + len(between)
	}
	blank := bytes.Clone(data) // keeps line and column as in the file
	for i := range blank[:start] {
		if blank[i] != '\n' {
			blank[i] = ' '
		}
	}
	doc, err := strict.ParseJSONC(blank, strict.Limits{})
	if err != nil || start == 0 {
		return []strict.Value{doc}, err
	}
	own, err := strict.ParseYAMLs(data[:start-len(between)], strict.Limits{})
	return append(own, doc), err
}

// section returns a part of the lockfile that says how it was made. Version
// 13.0 has all of them in its settings.
func (r *pnpmReader) section(name string) strict.Value {
	if v := r.doc.Get(name); v.Exists() || !r.next {
		return v
	}
	return r.doc.Get("settings").Get(name)
}

// readNextCopies reads packages of version 13.0.
func (r *pnpmReader) readNextCopies() error {
	packages := r.doc.Get("packages")
	if packages.Exists() && packages.Kind() != strict.Object {
		return r.fail(packages, "packages is %s, expected an object", packages.Kind())
	}
	patches := r.patches()
	n := 0
	for _, v := range packages.Members() {
		n += max(v.Get("snapshots").Len(), 1)
	}
	r.reserve(n)
	r.variants = make(map[string][]int, packages.Len())
	for k, v := range packages.Members() {
		if err := r.mapping(k, v); err != nil {
			return err
		}
		snaps := []strict.Value{v}
		if list := v.Get("snapshots"); list.Exists() {
			snaps = slices.Collect(list.Elements())
			if list.Kind() != strict.Array || len(snaps) == 0 {
				return r.fail(list, "the snapshots of %+q are %s, expected a list of some", clip(k.Text()), list.Kind())
			}
		}
		for _, snap := range snaps {
			location := k.Shared()
			if len(snaps) > 1 {
				location += peersOf(snap)
			}
			for _, taken := r.at[location]; taken; _, taken = r.at[location] {
				location += "'"
			}
			if err := r.addCopyAt(location, k, v, snap, patches); err != nil {
				return err
			}
			r.variants[k.Shared()] = append(r.variants[k.Shared()], len(r.nodes)-1)
		}
	}
	return nil
}

// peersOf returns a suffix for a snapshot, written as in version 9.
func peersOf(snap strict.Value) string {
	var b strings.Builder
	for k, v := range snap.Get("peerDependencies").Members() {
		fmt.Fprintf(&b, "(%s@%s)", k.Text(), refOf(v))
	}
	return b.String()
}

// refOf returns the version of a reference, which is a text or an object with
// one.
func refOf(v strict.Value) string {
	if v.Kind() == strict.Object {
		return v.Get("version").Text()
	}
	return v.Text()
}

// A surrounding maps names to versions at the place where a dependency is
// resolved: the dependencies and peers of the dependent.
type surrounding map[string]string

// around returns the surrounding of a copy's dependencies.
func around(n *pnpmNode) surrounding {
	s := surrounding{n.pkg.Name: n.pkg.Version}
	for _, from := range []strict.Value{n.info, n.snap} {
		for _, field := range []string{"optionalDependencies", "dependencies"} {
			for k, v := range from.Get(field).Members() {
				s[k.Shared()] = refOf(v)
			}
		}
		for k, v := range from.Get("peerDependencies").Members() {
			if version := v.Get("version").Text(); version != "" { // else it has a range only
				s[k.Shared()] = version
			}
		}
	}
	return s
}

// resolveNext finds the package of a reference of version 13.0 in a
// surrounding.
func (r *pnpmReader) resolveNext(at strict.Value, name, ref, folder string, here surrounding) (*npm.Package, error) {
	if link, ok := strings.CutPrefix(ref, "link:"); ok {
		return r.folder(name, link, folder)
	}
	if strings.HasPrefix(ref, "workspace:") {
		for _, i := range r.importers {
			if i.pkg.Name == name {
				return i.pkg, nil
			}
		}
		return nil, r.fail(at, "%s is to be a project of the workspace, and none has that name", clip(name))
	}
	key := ref
	if !isDepPath(ref) {
		key = name + "@" + ref
	}
	list := r.variants[key]
	if len(list) == 0 {
		return nil, r.fail(at, "%s is to be %+q, for which there is no entry: the lockfile is cut off or damaged, run pnpm "+
			"install", clip(name), clip(ref))
	}
	return r.nodes[r.closest(list, here)].pkg, nil
}

// closest returns the snapshot whose peers match a surrounding: without a
// contradiction, with the most peers in common, and among equals with the
// fewest others.
func (r *pnpmReader) closest(list []int, here surrounding) int {
	best, most, least := list[0], -1, 0
	for _, n := range list {
		fits, strange, other := 0, 0, false
		for k, v := range r.nodes[n].snap.Get("peerDependencies").Members() {
			have, there := here[k.Shared()]
			switch {
			case !there:
				strange++
			case have == refOf(v):
				fits++
			default:
				other = true
			}
		}
		if !other && (fits > most || fits == most && strange < least) {
			best, most, least = n, fits, strange
		}
	}
	return best
}

// nextCopyEdges makes the edges of one copy of version 13.0.
func (r *pnpmReader) nextCopyEdges(n *pnpmNode) error {
	m, here := r.edges.begin(), around(n)
	for _, section := range []struct {
		field string
		kind  npm.EdgeKind
	}{{"optionalDependencies", npm.EdgeOptional}, {"dependencies", npm.EdgeProd}} {
		for _, from := range []strict.Value{n.snap, n.info} {
			for k, v := range from.Get(section.field).Members() {
				if m.has(k.Shared()) {
					continue
				}
				e := npm.Edge{Name: k.Shared(), Kind: section.kind, Valid: true}
				var err error
				if e.To, err = r.resolveNext(k, e.Name, refOf(v), "", here); err != nil {
					return err
				}
				e.Range = chosen(&e, refOf(v))
				m.put(e)
			}
		}
	}
	for k, v := range n.info.Get("peerDependencies").Members() {
		e := npm.Edge{Name: k.Shared(), Range: v.Text(), Kind: npm.EdgePeer}
		if v.Kind() == strict.Object {
			if e.Range = v.Get("specifier").Text(); v.Get("below").Bool() || e.Range == "" {
				continue // a peer of a package below, which has the edge
			}
			if v.Get("optional").Bool() {
				e.Kind = npm.EdgePeerOptional
			}
		}
		ref := n.snap.Get("peerDependencies").Get(e.Name)
		if version := ref.Get("version").Text(); ref.Kind() == strict.Object && version != "" && !m.has(e.Name) {
			var err error
			if e.To, err = r.resolveNext(k, e.Name, version, "", here); err != nil {
				return err
			}
			r.satisfy(&e, "")
		}
		if !m.has(e.Name) {
			m.put(e)
		}
	}
	n.pkg.Deps = m.end()
	return nil
}

// nextDep reads a dependency of a project: what is asked for and the version
// that was chosen.
func (r *pnpmReader) nextDep(k, v strict.Value) (specifier, ref string, err error) {
	if v.Kind() == strict.Object {
		return v.Get("specifier").Text(), v.Get("version").Text(), nil
	}
	if specifier, err = r.text(k, v); err != nil {
		return "", "", err
	}
	if catalog, ok := strings.CutPrefix(specifier, "catalog:"); ok {
		if catalog == "" {
			catalog = "default"
		}
		return specifier, refOf(r.section("catalogs").Get(catalog).Get(k.Text())), nil
	}
	return specifier, strings.TrimPrefix(specifier, "npm:"), nil
}
