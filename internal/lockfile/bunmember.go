package lockfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// displace finds the members whose name belongs to another package in the
// monorepo's node_modules, as when the root depends on a registry package with
// a member's name. bun 1.4 then writes the paths below the member's own
// node_modules with "./" before its name, and links to it from the members that
// depend on it.
func (b *bunLock) displace(packages strict.Value) {
	if len(b.members) == 0 {
		return
	}
	for k, v := range packages.Members() {
		if _, member := b.members[k.Shared()]; member {
			if _, local := memberOf(v); !local {
				b.displaced[k.Text()] = true
			}
		}
	}
	if len(b.displaced) == 0 {
		return
	}
	for k, v := range packages.Members() {
		if folder, local := memberOf(v); local && b.members[k.Text()] != folder {
			b.nested[k.Text()] = folder
		}
	}
}

// memberOf returns the directory of the member that an array of packages links
// to.
func memberOf(v strict.Value) (folder string, ok bool) {
	for first := range v.Elements() {
		_, resolution, _ := splitID(first.Shared())
		return strings.CutPrefix(resolution, "workspace:")
	}
	return "", false
}

// behind returns the longest prefix of a path of names that is a link to a
// member, or "".
func (b *bunLock) behind(names string) string {
	for at := len(names) - 1; at > 0; at-- {
		if names[at] == '/' && b.nested[names[:at]] != "" {
			return names[:at]
		}
	}
	return ""
}

// behindLinks reads the paths that lead through a link to a member. bun 1.4,
// which writes version 2, repeats there what it writes for the member itself.
// bun resolves a package's dependencies once, so where the two differ the
// lockfile contradicts itself. bun 1.3 writes it only there.
func (b *bunLock) behindLinks(packages strict.Value) error {
	if len(b.nested) == 0 {
		return nil
	}
	ids := map[string]string{} // location → id of the copy there
	var later []strict.Value
	values := map[string]strict.Value{}
	id := func(v strict.Value) string {
		for first := range v.Elements() {
			return first.Text()
		}
		return ""
	}
	for k, v := range packages.Members() {
		if b.behind(k.Text()) != "" {
			later = append(later, k)
			values[k.Text()] = v
			continue
		}
		if location, err := b.location(k, k.Text()); err == nil {
			ids[location] = id(v)
		}
	}
	for _, k := range later { // bun writes short paths first
		link := b.behind(k.Text())
		folder, rest := b.nested[link], k.Text()[len(link)+1:]
		location, err := b.below(k, folder, rest)
		if err != nil {
			return err
		}
		host, name, _ := split(location)
		mine, seen := id(values[k.Text()]), ids[location]
		for up := true; up && seen == ""; host, up = above(host) {
			seen = ids[strings.TrimPrefix(host+"/node_modules/"+name, "/")]
		}
		switch {
		case seen == "", seen != mine && ids[location] == "" && b.graph.Version < "2":
			if err := b.copyAt(location, k, values[k.Text()]); err != nil {
				return err
			}
			ids[location] = mine
		case seen != mine:
			return b.fail(k, "%+q is %s, but %s is given %s for it", clip(k.Text()), clip(mine), folder, clip(seen))
		}
	}
	return nil
}

// unlinked adds the members that packages does not list. bun makes every member
// a dependency of the monorepo's root, with a link unless another package has
// its place.
func (b *bunLock) unlinked(workspaces strict.Value) error {
	for key := range workspaces.Members() {
		folder := key.Shared()
		if folder == "" || b.linked[folder] {
			continue
		}
		name := b.entries[b.at[folder]].pkg.Name
		location, err := b.location(key, name)
		if err != nil {
			return err
		}
		switch other := b.find(location); {
		case other == nil:
			b.link(location, folder, key)
		case other.Link:
			return b.fail(key, "%s is a workspace member, but packages has another %s", folder, clip(name))
		case b.graph.Version < "2" && !slices.Contains(slices.Collect(maps.Values(b.nested)), folder) && folder != b.in.Member:
			b.entries[b.at[folder]].pkg.Deps = nil // bun 1.3 neither installs it nor locks what it needs
		default:
			b.beside = append(b.beside, b.entries[b.at[folder]].pkg)
		}
	}
	return nil
}

func (b *bunLock) link(location, folder string, key strict.Value) {
	e := b.add(location, key)
	e.pkg.Link, e.pkg.Source, e.pkg.Resolved = true, npm.SourceLocal, folder
	if host, _, _ := split(location); host == "" {
		b.linked[folder] = true
	}
}

// location turns the key of a copy into its location: below a member's
// directory if the key begins with the member's name, or with "./" and the name
// of a displaced one.
func (b *bunLock) location(key strict.Value, names string) (string, error) {
	inner, dot := strings.CutPrefix(names, "./")
	name, rest := firstName(inner)
	if folder, ok := b.members[name]; ok && rest != "" && dot == b.displaced[name] {
		return b.below(key, folder, rest)
	}
	return b.below(key, "", names)
}

// below returns the location that a path of names leads to from a directory.
func (b *bunLock) below(key strict.Value, folder, names string) (string, error) {
	var at strings.Builder
	at.Grow(len(folder) + len(names) + 32)
	at.WriteString(folder)
	for names != "" {
		name, rest := firstName(names)
		if len(name)+1 == len(names) {
			return "", b.fail(key, "%+q is not a path of names", clip(key.Text()))
		}
		if at.Len() > 0 {
			at.WriteByte('/')
		}
		at.WriteString("node_modules/")
		at.WriteString(name)
		names = rest
	}
	location := at.String()
	if _, _, ok := split(location); !ok || !clean(location) {
		return "", b.fail(key, "%+q is not a path of names", clip(key.Text()))
	}
	return location, nil
}

// firstName cuts the first package name off a path of names.
func firstName(names string) (name, rest string) {
	end := strings.IndexByte(names, '/')
	if end >= 0 && names[0] == '@' {
		if next := strings.IndexByte(names[end+1:], '/'); next >= 0 {
			end += next + 1
		} else {
			end = -1
		}
	}
	if end < 0 {
		return names, ""
	}
	return names[:end], names[end+1:]
}
