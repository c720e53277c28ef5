package npm

import (
	"fmt"
	"net/url"
	"strings"

	packageurl "github.com/package-url/packageurl-go"
)

// A Qualifier is one key=value of a purl.
type Qualifier struct{ Key, Value string }

// PURL returns the package URL of a copy. If it does not come from the public
// registry, it has vcs_url (git), download_url (a tarball's address) or
// repository_url (another registry), as in the purl specification. A runtime is
// no npm package: its type is generic.
func PURL(p *Package) string {
	switch p.Source {
	case SourceRuntime:
		return packageurl.NewPackageURL(packageurl.TypeGeneric, "", p.Name, p.Version, nil, "").ToString()
	case SourceGit:
		return PURLOf(p.Name, p.Version, Qualifier{"vcs_url", withoutCredentials(p.Resolved)})
	case SourceURL:
		return PURLOf(p.Name, p.Version, Qualifier{"download_url", withoutCredentials(p.Resolved)})
	case SourceRegistry:
		if p.Resolved == "" || IsPublic(p.Resolved) {
			break
		}
		if u, ok := ParseTarballURL(p.Resolved); ok {
			return PURLOf(p.Name, p.Version, Qualifier{"repository_url", withoutCredentials(strings.TrimSuffix(u.Registry, "/"))})
		}
	}
	return PURLOf(p.Name, p.Version)
}

// withoutCredentials removes the password from an address, and for http(s) the
// user name, which may be a token. The user of git+ssh://git@host is part of
// the protocol and stays. Purls are published.
func withoutCredentials(address string) string {
	if !strings.Contains(address, "@") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	switch _, password := u.User.Password(); {
	case u.Scheme == "http" || u.Scheme == "https" || strings.HasSuffix(u.Scheme, "+http") || strings.HasSuffix(u.Scheme, "+https"):
		u.User = nil
	case password:
		u.User = url.User(u.User.Username())
	default:
		return address
	}
	return u.String()
}

// PURLOf returns the package URL of an npm name ("@scope/name"), a version (may
// be empty) and qualifiers. Qualifiers with an empty value are left out.
func PURLOf(name, version string, qualifiers ...Qualifier) string {
	if len(qualifiers) == 0 && purlSafe(version) {
		if purlSafe(name) {
			return plainPURL("pkg:npm/", name, version)
		}
		// In a valid name only the scope's @ has to be escaped.
		if name[0] == '@' {
			scope, bare, ok := strings.Cut(name[1:], "/")
			if ok && scope != "" && bare != "" && purlSafe(scope) && purlSafe(bare) {
				return plainPURL("pkg:npm/%40", name[1:], version)
			}
		}
	}
	namespace, bare := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		namespace, bare = name[:i], name[i+1:]
	}
	qs := make(packageurl.Qualifiers, 0, len(qualifiers))
	for _, q := range qualifiers {
		if q.Value != "" {
			qs = append(qs, packageurl.Qualifier{Key: q.Key, Value: q.Value})
		}
	}
	return packageurl.NewPackageURL(packageurl.TypeNPM, namespace, bare, version, qs, "").ToString()
}

func plainPURL(prefix, name, version string) string {
	if version == "" {
		return prefix + name
	}
	return prefix + name + "@" + version
}

// purlSafe reports whether a purl can contain the text unescaped.
func purlSafe(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// ParsePURL reads a package URL of type npm back into name and version; the
// version is empty if the purl has none, which means any. Qualifiers and
// subpath are ignored.
func ParsePURL(s string) (name, version string, err error) {
	p, err := packageurl.FromString(s)
	if err != nil {
		return "", "", fmt.Errorf("read package URL %+q: %w", s, err)
	}
	if p.Type != packageurl.TypeNPM {
		return "", "", fmt.Errorf("read package URL %+q: its type is not npm", s)
	}
	if p.Namespace != "" {
		return p.Namespace + "/" + p.Name, p.Version, nil
	}
	return p.Name, p.Version, nil
}

// PURLCovers reports whether a package URL of type npm includes a more specific
// one: the same package, the same version or none, and no qualifier that the
// other lacks or has with another value. This is OpenVEX's rule, which scanners
// follow (go-vex, PurlMatches), except for subpaths: a statement about a part
// of a package is not about the package. Text that is no package URL, or one of
// another type, covers nothing and is not covered.
func PURLCovers(general, specific string) bool {
	if !strings.HasPrefix(general, "pkg:npm/") { // documents are mostly about other ecosystems
		return false
	}
	a, err := packageurl.FromString(general)
	if err != nil {
		return false
	}
	b, err := packageurl.FromString(specific)
	if err != nil || a.Type != b.Type || a.Namespace != b.Namespace || a.Name != b.Name {
		return false
	}
	if a.Version != "" && a.Version != b.Version || a.Subpath != "" && a.Subpath != b.Subpath {
		return false
	}
	has := b.Qualifiers.Map()
	for key, value := range a.Qualifiers.Map() {
		if other, ok := has[key]; !ok || other != value {
			return false
		}
	}
	return true
}
