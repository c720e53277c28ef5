package npm

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// Packs lists the paths that package.json says a package consists of: those of
// files, up to the first wildcard, and those that main, module, browser, types,
// bin and exports point to. They are slash paths relative to the package's
// directory, "." the directory itself, in the order of the fields, possibly
// repeated. Paths that lead out of it are left out.
func (m *Manifest) Packs() []string {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: the text was parsed before
		return nil
	}
	var paths []string
	for key, value := range doc.Members() {
		switch key.Text() {
		case "files":
			for e := range value.Elements() {
				if !strings.HasPrefix(e.Text(), "!") {
					paths = addPath(paths, e)
				}
			}
		case "main", "module", "browser", "types", "typings", "bin", "exports":
			paths = leaves(paths, value)
		}
	}
	return paths
}

// leaves appends every string in a value, however nested. The keys of exports
// are names for importers, not paths.
func leaves(paths []string, value strict.Value) []string {
	switch value.Kind() {
	case strict.String:
		if path.Clean(value.Text()) != "." { // the directory's index is not all that is in it
			return addPath(paths, value)
		}
	case strict.Array:
		for e := range value.Elements() {
			paths = leaves(paths, e)
		}
	case strict.Object:
		for _, v := range value.Members() {
			paths = leaves(paths, v)
		}
	}
	return paths
}

func addPath(paths []string, value strict.Value) []string {
	text := value.Text()
	if i := strings.IndexAny(text, "*?[{"); i >= 0 {
		text = text[:strings.LastIndexByte(text[:i], '/')+1]
	}
	text = path.Clean(strings.TrimPrefix(text, "/"))
	if value.Kind() != strict.String || value.Text() == "" || text == ".." || strings.HasPrefix(text, "../") {
		return paths
	}
	return append(paths, text)
}
