package npm

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// InertPublishKey reports whether a key of publishConfig is one that pnpm, yarn
// or npmignore read when they pack and that means nothing when npm publishes: it
// is no option of npm's, or one of its installs alone (os, cpu, libc). browser is
// a program that npm starts, and so is not among them. Sources: pnpm.io,
// package.json, "publishConfig"; yarnpkg.com, manifest, "publishConfig";
// npmignore's README.
func InertPublishKey(key string) bool {
	return slices.Contains([]string{
		"ignore", "directory", "linkDirectory", "executableFiles", "os", "cpu", "libc",
		"bin", "main", "exports", "imports", "types", "typings", "typesVersions", "module", "esnext", "es2015", "unpkg",
		"umd:main", "type", "engines",
	}, key)
}

// MovedUp reports whether a key of publishConfig stands at the top of the same
// package.json with the same value: yarn copies some there when it packs, and
// leaves them where they were.
func (m *Manifest) MovedUp(key string) bool {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: it was read before
		return false
	}
	top := doc.Get(key)
	value, said := m.PublishConfig[key]
	return said && top.Kind() == strict.String && top.Text() == value
}

// IsScopeRegistry reports whether a key of publishConfig names the registry of a
// scope: "@acme:registry".
func IsScopeRegistry(key string) bool {
	scope, ok := strings.CutSuffix(key, ":registry")
	return ok && strings.HasPrefix(scope, "@") && ValidName(scope+"/x") == nil
}

// Steering lists the top-level keys through which a package steers npm and the
// registry instead of describing itself: tag beats --tag, dist and names that
// begin with _ are passed through. Source: npm's libnpmpublish, observed.
func (m *Manifest) Steering() []Key {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: it was read before
		return nil
	}
	var keys []Key
	for key := range doc.Members() {
		if name := key.Text(); name == "tag" || name == "dist" || strings.HasPrefix(name, "_") {
			line, column := key.Position()
			keys = append(keys, Key{Name: name, Line: line, Column: column})
		}
	}
	return keys
}
