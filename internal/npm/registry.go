package npm

import "strings"

// PublicRegistry is the address of the public npm registry. It is written here
// and nowhere else.
const PublicRegistry = "https://registry.npmjs.org/"

// YarnRegistry is the address that yarn 1 uses for the public registry: the
// same tarballs under the same paths.
const YarnRegistry = "https://registry.yarnpkg.com/"

// IsPublic reports whether an address is below the public registry, by either
// name.
func IsPublic(address string) bool {
	return strings.HasPrefix(address, PublicRegistry) || strings.HasPrefix(address, YarnRegistry)
}

// A TarballURL is the parts of the address of a registry's tarball.
type TarballURL struct {
	Registry string // address up to the package name, with its last slash
	Name     string // as in the path, "@scope/name"
	Version  string
}

// TarballAddress returns the address that a registry serves the tarball of a
// version under: REGISTRY/@scope/name/-/name-version.tgz.
func TarballAddress(registry, name, version string) string {
	bare := name[strings.LastIndexByte(name, '/')+1:]
	return strings.TrimSuffix(registry, "/") + "/" + name + "/-/" + bare + "-" + version + ".tgz"
}

// ParseTarballURL reads the address a registry serves a tarball under:
// REGISTRY/NAME/-/FILE-VERSION.tgz, where FILE is the name without its scope
// or, on some registries, with it; and GitHub Packages' own form,
// HOST/download/@scope/name/VERSION/DIGEST. It reports false for anything else.
// It does not say whether host or path can be trusted.
func ParseTarballURL(address string) (TarballURL, bool) {
	scheme := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if !scheme {
		return TarballURL{}, false
	}
	for i := range len(address) {
		if c := address[i]; c == '\\' || c <= ' ' || c >= 0x7F {
			return TarballURL{}, false // readers disagree about these
		}
	}
	for _, end := range []byte("?#") {
		if i := strings.IndexByte(address, end); i >= 0 {
			address = address[:i]
		}
	}
	hostEnd := strings.Index(address, "://") + 3
	slash := strings.IndexByte(address[hostEnd:], '/')
	if slash < 0 {
		return TarballURL{}, false
	}
	base, path := address[:hostEnd+slash+1], address[hostEnd+slash+1:]
	if strings.IndexByte(path, '%') >= 0 {
		path = tarballUnescaper.Replace(path)
	}
	if rest, ok := strings.CutPrefix(path, "download/@"); ok {
		return githubTarball(base, rest)
	}
	mid := strings.LastIndex(path, "/-/")
	if mid < 0 {
		return TarballURL{}, false
	}
	front, file := path[:mid], path[mid+3:]
	nameAt := strings.LastIndexByte(front, '/') + 1
	if nameAt > 1 {
		if s := strings.LastIndexByte(front[:nameAt-1], '/') + 1; strings.HasPrefix(front[s:], "@") {
			nameAt = s
		}
	}
	name := front[nameAt:]
	bare := name[strings.IndexByte(name, '/')+1:]
	version, ok := strings.CutSuffix(file, ".tgz")
	if !ok || name == "" || strings.HasPrefix(name, "@") && bare == name {
		return TarballURL{}, false
	}
	if after, ok := strings.CutPrefix(version, name+"-"); ok {
		version = after
	} else if version, ok = strings.CutPrefix(version, bare+"-"); !ok {
		return TarballURL{}, false
	}
	if version == "" || strings.IndexByte(version, '/') >= 0 {
		return TarballURL{}, false
	}
	return TarballURL{Registry: base + front[:nameAt], Name: name, Version: version}, true
}

// IsPublicTarball reports whether an address is that of a version of a package
// at the public registry. It is faster than ParseTarballURL and agrees with it,
// but reports false for names and versions with unusual characters.
func IsPublicTarball(address, name, version string) bool {
	bare := name
	if name != "" && name[0] == '@' {
		scope := strings.IndexByte(name, '/')
		if scope < 2 || !purlSafe(name[1:scope]) {
			return false
		}
		bare = name[scope+1:]
	}
	if bare == "" || version == "" || !purlSafe(bare) || !purlSafe(version) {
		return false
	}
	for _, part := range [...]string{PublicRegistry, name, "/-/", bare, "-", version} {
		if !strings.HasPrefix(address, part) {
			return false
		}
		address = address[len(part):]
	}
	return address == ".tgz"
}

// tarballUnescaper decodes the two escapes that are usual in scoped names.
var tarballUnescaper = strings.NewReplacer("%2f", "/", "%2F", "/", "%40", "@")

func githubTarball(base, rest string) (TarballURL, bool) {
	part := strings.Split(rest, "/")
	if len(part) < 3 || len(part) > 4 || part[0] == "" || part[1] == "" || part[2] == "" {
		return TarballURL{}, false
	}
	return TarballURL{Registry: base, Name: "@" + part[0] + "/" + part[1], Version: part[2]}, true
}
