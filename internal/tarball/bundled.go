package tarball

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// bundledAt reports whether a path below the root directory is the package.json of
// a package in a node_modules directory, and returns that package's directory and
// name. A package.json deeper inside the package, such as esm/package.json, is not
// one.
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

// A bundledManifest keeps the package.json of one bundled package until it is read.
type bundledManifest struct {
	folder, name string
	body         []byte
}

// write takes the next bytes.
func (b *bundledManifest) write(p []byte) { b.body = append(b.body, p...) }

// read returns what package.json says. It is foreign text that nobody has judged.
// The package is reported even if the file cannot be parsed.
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
