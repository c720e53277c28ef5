package tarball

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// bundledAt tells whether a path below the root folder is the package.json of a
// package in a node_modules, wherever that is; not one deeper inside the
// package, such as esm/package.json.
func bundledAt(inner string) (folder, name string, ok bool) {
	const modules = "node_modules/"
	folder, ok = strings.CutSuffix(inner, "/"+manifestPath)
	at := strings.LastIndex(folder, modules)
	if !ok || at < 0 || at > 0 && folder[at-1] != '/' {
		return "", "", false
	}
	name = folder[at+len(modules):]
	slashes := strings.Count(name, "/")
	if strings.HasPrefix(name, "@") {
		slashes--
	}
	return folder, name, slashes == 0 && name != "" && name[0] != '.'
}

// A bundledPick keeps one package.json until it is read: one at a time.
type bundledManifest struct {
	folder, name string
	body         []byte
}

func (b *bundledManifest) write(p []byte) { b.body = append(b.body, p...) }

// read takes what package.json says. It is foreign text that nobody has judged;
// a file that says nothing still is a package that is there.
func (b *bundledManifest) read() Bundled {
	found := Bundled{Path: b.folder, Name: b.name}
	doc, err := strict.ParseWithin(b.body, strict.Limits{Members: 100_000})
	if err != nil {
		return found
	}
	if name := doc.Get("name").Text(); name != "" {
		found.Name = name
	}
	found.Version = doc.Get("version").Text()
	for _, key := range []string{"dependencies", "optionalDependencies"} {
		for name := range doc.Get(key).Members() {
			found.Needs = append(found.Needs, name.Text())
		}
	}
	for _, key := range []string{"license", "licenses", "licence", "licences"} {
		if found.License = npm.LicenseText(doc.Get(key)); found.License != "" {
			break
		}
	}
	return found
}
