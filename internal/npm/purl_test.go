package npm

import (
	"strings"
	"testing"

	packageurl "github.com/package-url/packageurl-go"
)

// What is written and read is what packageurl-go writes and reads.
func TestPURLAsLibrary(t *testing.T) {
	for _, c := range []struct{ name, version string }{
		{"lodash", "4.17.21"}, {"@acme/core", "1.0.0-rc.1+build.5"}, {"odd name", ""}, {"@a b/c%", "1.0.0 "},
		{"é", "v?#@/"}, {"@/x", "1"}, {"a/b/c", "1"},
	} {
		namespace, bare := "", c.name
		if i := strings.LastIndexByte(c.name, '/'); i >= 0 {
			namespace, bare = c.name[:i], c.name[i+1:]
		}
		want := packageurl.NewPackageURL(packageurl.TypeNPM, namespace, bare, c.version, nil, "").ToString()
		if got := PURLOf(c.name, c.version); got != want {
			t.Errorf("%q is %s, the library has %s", c, got, want)
		}
		read, failure := packageurl.FromString(want)
		name, version, err := ParsePURL(want)
		if (err == nil) != (failure == nil) {
			t.Errorf("%s: %v, the library %v", want, err, failure)
		} else if theirs := strings.TrimPrefix(read.Namespace+"/"+read.Name, "/"); err == nil && (name != theirs || version != read.Version) {
			t.Errorf("%s is read as %q %q, by the library as %q %q", want, name, version, theirs, read.Version)
		}
	}
}

func TestPURLCarriesNoCredential(t *testing.T) {
	token := "t0ken"
	for _, c := range []struct {
		p    Package
		want string
	}{
		{Package{Name: "a", Version: "1.0.0", Source: SourceURL, Resolved: "https://user:" + token + "@host.example/a.tgz"},
			"pkg:npm/a@1.0.0?download_url=https:%2F%2Fhost.example%2Fa.tgz"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceURL, Resolved: "https://" + token + "@host.example/a.tgz"},
			"pkg:npm/a@1.0.0?download_url=https:%2F%2Fhost.example%2Fa.tgz"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+https://" + token + "@host.example/a.git#0123"},
			"pkg:npm/a@1.0.0?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fa.git%230123"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+ssh://git@host.example/a.git#0123"},
			"pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40host.example%2Fa.git%230123"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+ssh://git:" + token + "@host.example/a.git"},
			"pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40host.example%2Fa.git"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceRegistry,
			Resolved: "https://" + token + "@npm.example/a/-/a-1.0.0.tgz"}, "pkg:npm/a@1.0.0?repository_url=https:%2F%2Fnpm.example"},
	} {
		if got := PURL(&c.p); got != c.want {
			t.Errorf("%s: %s\nexpected %s", c.p.Resolved, got, c.want)
		}
	}
}
