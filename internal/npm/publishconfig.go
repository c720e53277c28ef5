package npm

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// InertPublishKey reports whether a key of publishConfig is read by pnpm, yarn
// or npmignore as they pack, and has no effect when npm publishes: it is no
// option of npm, or one of installs only (os, cpu, libc). browser is not one:
// npm starts that program. Sources: pnpm.io, package.json, "publishConfig";
// yarnpkg.com, manifest, "publishConfig"; npmignore's README.
func InertPublishKey(key string) bool {
	return slices.Contains([]string{
		"ignore", "directory", "linkDirectory", "executableFiles", "os", "cpu", "libc",
		"bin", "main", "exports", "imports", "types", "typings", "typesVersions", "module", "esnext", "es2015", "unpkg",
		"umd:main", "type", "engines",
	}, key)
}

// MovedUp reports whether a key of publishConfig is also at the top of
// package.json with the same value: yarn copies some there when it packs.
func (m *Manifest) MovedUp(key string) bool {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: the text was parsed before
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

// AccessWord returns an access in the registry's words: npm takes "private" for
// "restricted".
func AccessWord(access string) string {
	if access == "private" {
		return "restricted"
	}
	return access
}

// Steering lists the top-level keys through which a package steers npm and the
// registry instead of describing itself: tag beats --tag, dist and names that
// begin with _ are passed through. packageExtensions, by which a project changes
// its dependencies, npm 12 refuses to publish; a private package may have it.
// Source: npm's libnpmpublish, observed.
func (m *Manifest) Steering() []Key {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: the text was parsed before
		return nil
	}
	var keys []Key
	for key := range doc.Members() {
		name := key.Text()
		if name == "tag" || name == "dist" || strings.HasPrefix(name, "_") || name == "packageExtensions" && !m.Private {
			line, column := key.Position()
			keys = append(keys, Key{Name: name, Line: line, Column: column})
		}
	}
	return keys
}
