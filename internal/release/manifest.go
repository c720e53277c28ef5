package release

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// dependencies compares what consumers get besides the package. An alias counts
// as the package behind it. A package that came from a registry and now comes
// from an address is a new one.
func (d *Diff) dependencies(from, to *tarball.Tarball) {
	was, is := dependenciesOf(from), dependenciesOf(to)
	d.Dependencies = Dependencies{Added: lacking(is, was), Removed: lacking(was, is)}
}

func lacking(all, other map[string]Dependency) []Dependency {
	var list []Dependency
	for key, dep := range all {
		if _, there := other[key]; !there {
			list = append(list, dep)
		}
	}
	slices.SortFunc(list, func(a, b Dependency) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Asked, b.Asked)
	})
	return list
}

// dependenciesOf returns the dependencies by identity: the name and, if it does
// not come from a registry, the address.
func dependenciesOf(t *tarball.Tarball) map[string]Dependency {
	all := map[string]Dependency{}
	for _, dep := range t.Manifest.Dependencies {
		if dep.Kind == npm.EdgeDev {
			continue
		}
		out := Dependency{Name: dep.Name, Asked: dep.Range, Kind: dep.Kind.String(), Line: dep.Line}
		spec := npm.ParseSpec(dep.Range)
		key := dep.Name
		switch spec.Kind {
		case npm.SpecRegistry:
		case npm.SpecAlias:
			out.Name, key = spec.Name, spec.Name
		default:
			out.Local = true
			key += " " + dep.Range
		}
		all[key] = out
	}
	for _, b := range t.Bundled {
		if _, there := all[b.Name]; !there {
			all[b.Name] = Dependency{Name: b.Name, Asked: b.Version, Kind: "bundled"}
		}
	}
	return all
}

// Scripts that npm runs on the machine of whoever installs a package, and those
// it runs when a package is installed from git or is packed. Source:
// docs.npmjs.com, "scripts", life cycle operation order.
var (
	consumerScripts = []string{"preinstall", "install", "postinstall", "preuninstall", "uninstall", "postuninstall"}
	otherScripts    = []string{"prepublish", "preprepare", "prepare", "postprepare", "prepack", "postpack", "dependencies"}
)

// scripts compares the commands and, for scripts that consumers run, the files
// they name: a script has changed if a file it runs has.
func (d *Diff) scripts(from, to *tarball.Tarball) {
	old, files := contents(from), contents(to)
	was, is := scriptsOf(from, old), scriptsOf(to, files)
	for i, name := range slices.Concat(consumerScripts, otherScripts) {
		s := Script{Name: name, Was: was[name], Now: is[name], Consumer: i < len(consumerScripts)}
		if s.Consumer && s.Now != "" {
			for _, file := range runs(s.Now, files) {
				if before, there := old[file]; !there || !same(before, files[file]) {
					s.Files = append(s.Files, file)
				}
			}
		}
		if s.Was != s.Now || len(s.Files) > 0 {
			d.Scripts = append(d.Scripts, s)
		}
	}
}

// scriptsOf returns the scripts of package.json, and the one that npm adds if
// there is a binding.gyp in the root (docs.npmjs.com, "scripts", npm install).
func scriptsOf(t *tarball.Tarball, files map[string]tarball.Entry) map[string]string {
	scripts := map[string]string{}
	for name, command := range t.Manifest.Scripts {
		scripts[name] = command
	}
	if _, gyp := files["binding.gyp"]; gyp && !t.Manifest.NoGyp && scripts["install"] == "" &&
		scripts["preinstall"] == "" {
		scripts["install"] = "node-gyp rebuild"
	}
	return scripts
}

// runs lists the packed files that a command names, each once, also as Node
// completes a name.
func runs(command string, files map[string]tarball.Entry) []string {
	var found []string
	if strings.Contains(command, "node-gyp") {
		command += " binding.gyp"
	}
	for _, word := range strings.FieldsFunc(command,
		func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'`;&|()<>=", r) }) {
		word = path.Clean(strings.TrimPrefix(word, "/"))
		for _, name := range []string{word, word + ".js", word + ".cjs", word + ".mjs", path.Join(word, "index.js")} {
			if _, there := files[name]; there && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// pointers compares the commands and the exported subpaths of package.json.
func (d *Diff) pointers(from, to *npm.Manifest) {
	wasBin, wasExports := offers(from)
	isBin, isExports := offers(to)
	d.Bins = compareNames(wasBin, isBin)
	d.Unsealed = len(wasExports) > 0 && len(isExports) == 0
	if len(wasExports) > 0 && len(isExports) > 0 { // without the field, every file could be imported
		d.Exports = compareNames(wasExports, isExports)
	}
}

// offers returns the names of commands and the subpaths of exports.
func offers(m *npm.Manifest) (bins, exports map[string]bool) {
	bins, exports = map[string]bool{}, map[string]bool{}
	for _, p := range m.Pointers() {
		field, name, named := strings.Cut(p.Field, " ")
		switch {
		case field == "bin" && named:
			bins[path.Base(name)] = true // npm uses the last element of the name
		case field == "bin":
			bins[path.Base(m.Name)] = true
		case field == "directories.bin":
			bins["each file of "+p.Path] = true
		case field == "exports" && named:
			exports[name] = true
		case field == "exports":
			exports["."] = true
		}
	}
	return bins, exports
}
