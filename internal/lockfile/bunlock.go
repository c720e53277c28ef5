package lockfile

import (
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// parseBunLock reads bun.lock, the text lockfile of bun, versions 0 to 3: JSON
// with comments and trailing commas. workspaces holds the dependencies of every
// package of the checkout; packages holds one array per copy, under the path of
// names it is resolved by ("a/b": b as a sees it). Such a path is where bun's
// hoisted linker would put the copy, so the key becomes the location
// node_modules/a/node_modules/b, and below a workspace member, whose name the
// key begins with, packages/member/node_modules/b. Names resolve as bun does:
// at the package's own path, then at each path above it.
//
// Version 0 repeats the members' dependencies in packages. Versions 2 and 3 are
// as version 1, but version 3 may nest overrides (oven-sh/bun
// src/install/lockfile/bun.lock.zig).
func parseBunLock(in Input) (*npm.Graph, error) {
	doc, err := in.document(strict.ParseJSONC)
	if err != nil {
		return nil, err
	}
	graph := &npm.Graph{Manager: "bun", Lockfile: in.File, Notes: []npm.Note{}}
	b := &bunLock{
		builder: builder{in: in, tree: newTree(), at: map[string]int{}, graph: graph, flat: true},
		members: map[string]string{}, linked: map[string]bool{}, trusted: map[string]bool{}, patches: map[string]string{},
		displaced: map[string]bool{}, nested: map[string]string{},
	}
	b.declared = b.catalogRange
	if err := b.read(doc); err != nil {
		return nil, err
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	b.compareOwner()
	return b.graph, nil
}

// bunLock is a builder with the parts of bun.lock that are not about copies.
type bunLock struct {
	builder
	members map[string]string // name of a workspace member → its directory
	linked  map[string]bool   // directories of members with a link in node_modules
	// displaced are the names of members for which node_modules has another
	// package; nested are the keys of links to such members, with their
	// directories.
	displaced map[string]bool
	nested    map[string]string
	trusted   map[string]bool   // packages whose scripts bun runs
	patches   map[string]string // name@version → patch

	catalog, catalogs, overrides strict.Value
}

// bunVersions names the values of lockfileVersion that are read.
const bunVersions = "this version reads 0, 1, 2 and 3"

func (b *bunLock) read(doc strict.Value) error {
	v := doc.Get("lockfileVersion")
	n, err := strconv.Atoi(string(v.Raw()))
	switch {
	case !v.Exists():
		return b.fail(doc, "no lockfileVersion: %s; run bun install to write it anew", bunVersions)
	case v.Kind() != strict.Number:
		return b.fail(v, "lockfileVersion is %s, expected a number: %s", v.Kind(), bunVersions)
	case err != nil || n < 0 || n > 3:
		return b.fail(v, "unknown lockfileVersion %s: %s", clip(string(v.Raw())), bunVersions)
	}
	b.graph.Version = strconv.Itoa(n)
	var workspaces, packages strict.Value
	for k, v := range doc.Members() {
		want := strict.Object
		switch field := k.Shared(); field {
		case "workspaces":
			workspaces = v
		case "packages":
			packages = v
		case "catalog":
			b.catalog = v
		case "catalogs":
			b.catalogs = v
		case "overrides":
			b.overrides = v
		case "patchedDependencies":
			for id, file := range v.Members() {
				b.patches[id.Shared()] = file.Shared()
			}
		case "trustedDependencies":
			want = strict.Array
			for name := range v.Elements() {
				b.trusted[name.Shared()] = true
			}
		case "lockfileVersion", "configVersion":
			continue
		default:
			b.variantOf(k, field, bunKeys)
			continue
		}
		if v.Kind() != want {
			return b.fail(v, "%s is %s, expected %s", k.Text(), v.Kind(), want)
		}
	}
	if !workspaces.Get("").Exists() {
		return b.fail(doc, `no workspaces with the package itself (""): run bun install to write the lockfile anew`)
	}
	b.readCatalogs()
	b.reserve(packages.Len() + 2*workspaces.Len())
	for k, v := range workspaces.Members() {
		if err := b.workspace(k, v); err != nil {
			return err
		}
	}
	b.displace(packages)
	for k, v := range packages.Members() {
		if len(b.nested) > 0 && b.behind(k.Shared()) != "" {
			continue
		}
		if err := b.copy(k, v); err != nil {
			return err
		}
	}
	if err := b.unlinked(workspaces); err != nil {
		return err
	}
	return b.behindLinks(packages)
}

// bunKeys are the fields that the judgement depends on.
var bunKeys = []string{"workspaces", "packages", "catalog", "catalogs", "overrides", "patchedDependencies", "trustedDependencies"}

// workspace reads one element of workspaces: the package itself or a member.
func (b *bunLock) workspace(key, value strict.Value) error {
	folder := key.Shared()
	if value.Kind() != strict.Object {
		return b.fail(value, "expected an object, found %s", value.Kind())
	}
	if _, _, inModules := split(folder); folder != "" && (!clean(folder) || inModules || strings.HasPrefix(folder, "..")) {
		return b.fail(key, "%+q is not the folder of a workspace member", clip(folder))
	}
	e := b.add(folder, key)
	var f fields
	e.pkg.Source, e.pkg.Workspace = npm.SourceLocal, folder != ""
	for k, v := range value.Members() {
		var err error
		switch field := k.Shared(); field {
		case "name":
			e.pkg.Name, err = b.text(k, v)
		case "version":
			e.pkg.Version, err = b.text(k, v)
		case "devDependencies":
			f.dev, err = b.names(k, v)
		default:
			err = b.dependencies(e, &f, k, v)
		}
		if err != nil {
			return err
		}
	}
	b.declare(e, f)
	if folder == "" {
		return nil
	}
	name := e.pkg.Name
	if name == "" {
		return b.fail(key, "the workspace member %s has no name", folder)
	}
	if other, taken := b.members[name]; taken {
		return b.fail(key, "%s is the name of two workspace members, here and in %s", clip(name), other)
	}
	b.members[name] = folder
	return nil
}

// dependencies reads the fields that members and copies share.
func (b *bunLock) dependencies(e *entry, f *fields, key, value strict.Value) (err error) {
	switch field := key.Shared(); field {
	case "dependencies":
		f.prod, err = b.names(key, value)
	case "optionalDependencies":
		f.optional, err = b.names(key, value)
	case "peerDependencies":
		f.peer, err = b.names(key, value)
	case "optionalPeers":
		if f.optionalPeers = value; value.Kind() != strict.Array {
			err = b.fail(value, "optionalPeers is %s, expected an array", value.Kind())
		}
	case "os":
		e.pkg.OS = texts(value)
	case "cpu":
		e.pkg.CPU = texts(value)
	case "libc":
		e.pkg.Libc = texts(value)
	case "bundled":
		e.pkg.Bundled = value.Truthy()
	case "bin", "binDir", "devDependencies":
	default:
		b.variantOf(key, field, bunFields)
	}
	return err
}

var bunFields = []string{
	"name", "version", "dependencies", "optionalDependencies", "devDependencies", "peerDependencies", "optionalPeers", "bundled",
}

// readCatalogs stores in the graph what "catalog:" ranges stand for.
func (b *bunLock) readCatalogs() {
	lines := func(list strict.Value) map[string]string {
		all := map[string]string{}
		for k, v := range list.Members() {
			all[k.Text()] = v.Text()
		}
		return all
	}
	b.graph.Catalogs = map[string]map[string]string{"default": lines(b.catalog)}
	for k, v := range b.catalogs.Members() {
		b.graph.Catalogs[k.Text()] = lines(v)
	}
}

// catalogRange returns the range that "catalog:" or "catalog:name" has in the
// lockfile's catalogs, and false if it has none there. "npm:2.1.3" is the range
// 2.1.3 of the package that the line is about (bun 1.4).
func (b *bunLock) catalogRange(name, rng string) (string, bool) {
	catalog, ok := strings.CutPrefix(strings.TrimSpace(rng), "catalog:")
	if !ok {
		return ownRange(rng), true
	}
	list := b.catalog
	if catalog = strings.TrimSpace(catalog); catalog != "" {
		list = b.catalogs.Get(catalog)
	}
	v := list.Get(name)
	return ownRange(v.Shared()), v.Kind() == strict.String
}
