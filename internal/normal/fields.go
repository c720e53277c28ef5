package normal

import (
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// bin makes an object of file names of it, from directories.bin where there is
// none.
func (n *normaliser) bin() {
	if folder := member(n.get("directories"), "bin"); truthy(folder) && !truthy(n.get("bin")) {
		if kind(folder) != strict.String {
			n.fail("directories", "has a bin that is %s, expected a string", kind(folder))
			return
		}
		at, bins := inside(text(folder)), newObject()
		for _, p := range n.files.below(at) {
			bins.set(base(p), at+"/"+inside(p))
		}
		n.set("bin", bins)
		return
	}
	bins := newObject()
	switch given := n.get("bin"); kind(given) {
	case strict.String:
		if truthy(given) {
			bins.set(text(n.get("name")), given)
		}
	case strict.Array:
		for _, p := range elements(given) {
			if kind(p) != strict.String {
				n.fail("bin", "has %s in its list, expected a string", kind(p))
				return
			}
			bins.set(base(text(p)), p)
		}
	case strict.Object:
		bins = opened(given)
	}
	for _, key := range names(bins) {
		if !bins.has(key) { // another was renamed to it and dropped
			continue
		}
		name, file := base(inside(key)), inside(text(bins.get(key)))
		if kind(bins.get(key)) != strict.String || name == "" || file == "" {
			bins.drop(key)
			continue
		}
		if name != key {
			bins.drop(key)
		}
		if text(bins.get(name)) != file {
			bins.set(name, file)
		}
	}
	if len(bins.at) == 0 {
		n.drop("bin")
		return
	}
	n.put("bin", bins)
}

// bundle settles on bundleDependencies, and makes a list of names of it.
func (n *normaliser) bundle() {
	if n.has("bundledDependencies") && !n.has("bundleDependencies") {
		n.set("bundleDependencies", n.get("bundledDependencies"))
	}
	n.drop("bundledDependencies")
	given, list := n.get("bundleDependencies"), []any{}
	switch kind(given) {
	case strict.Array:
		return
	case strict.True:
		given = n.get("dependencies")
	case strict.Object:
	default:
		n.drop("bundleDependencies")
		return
	}
	for _, name := range names(given) {
		list = append(list, name)
	}
	n.set("bundleDependencies", list)
}

// bundled lists what is bundled among the dependencies too.
func (n *normaliser) bundled() {
	given := n.get("bundleDependencies")
	if !truthy(given) {
		return
	}
	list, deps := []any{}, opened(n.get("dependencies"))
	for _, e := range elements(given) {
		name := text(e)
		if name == "" {
			continue
		}
		list = append(list, e)
		if !deps.has(name) {
			deps.set(name, "*")
		}
	}
	n.put("dependencies", deps)
	n.shorten("bundleDependencies", list)
}

// repository makes an object of it, and the full URL of a known host.
func (n *normaliser) repository() {
	all := n.get("repositories")
	if truthy(all) {
		n.drop("repository")
		switch kind(all) {
		case strict.Array:
			if list := elements(all); len(list) > 0 {
				n.set("repository", list[0])
			}
		case strict.Object:
			if first := member(all, "0"); first != nil {
				n.set("repository", first)
			}
		case strict.String:
			for _, first := range text(all) {
				n.set("repository", string(first))
				break
			}
		}
	}
	given := n.get("repository")
	o := opened(given)
	switch {
	case !truthy(given):
		return
	case kind(given) == strict.String:
		o.set("type", "git")
		o.set("url", given)
	}
	if url := o.get("url"); kind(url) == strict.String {
		if h := hostOf(text(url)); h != nil {
			full := h.String()
			if h.form == formShortcut {
				full = h.https()
			}
			if full != text(url) {
				o.set("url", full)
			}
		}
	}
	n.put("repository", o)
	if list := elements(all); len(list) > 0 && o.changed && kind(given) == strict.Object { // it is the same object
		list[0] = o
		n.set("repositories", list)
	}
}

var (
	between  = pattern.New(`[` + space + `,]+`)
	operator = pattern.New(`:?[@` + space + `><=]`)
)

// dependencies makes an object of them, and the full address of a repository of
// a known host.
func (n *normaliser) dependencies() {
	for _, field := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
		given := n.get(field)
		if kind(given) == strict.String && truthy(given) {
			var list []any
			for _, s := range between.Split(trimmed(text(given)), -1) {
				list = append(list, s)
			}
			given = list
		}
		if kind(given) == strict.Array {
			n.set(field, listed(elements(given)))
		}
	}
	for _, field := range []string{"dependencies", "devDependencies"} {
		given := n.get(field)
		if given == nil {
			continue
		}
		if kind(given) != strict.Object {
			n.drop(field)
			continue
		}
		deps := opened(given)
		for _, name := range names(deps) {
			written := deps.get(name)
			if kind(written) != strict.String {
				deps.drop(name)
			} else if h := hostOf(text(written)); h != nil && h.String() != text(written) {
				deps.set(name, h.String())
			}
		}
		n.put(field, deps)
	}
}

// listed makes dependencies of a list of "name@range", "name >=range" and so on.
func listed(list []any) *object {
	deps := newObject()
	for _, e := range list {
		if kind(e) != strict.String {
			continue
		}
		s := trimmed(text(e))
		name, wanted := s, ""
		if at := operator.FindStringIndex(s); at != nil {
			name, wanted = s[:at[0]], s[at[0]:]
		}
		deps.set(name, trimmed(strings.TrimPrefix(wanted, "@")))
	}
	return deps
}
