package check

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

const tail = "b/-/b-2.0.0.tgz"

func at(resolved string) func(*Subject) {
	return func(s *Subject) { pkg(s, "b").Resolved = resolved }
}

// Hosts as Node and Go read them differently, and places that
// a lockfile may not name.
func TestRegistryHost(t *testing.T) {
	host := strings.TrimSuffix(strings.TrimPrefix(npm.PublicRegistry, "https://"), "/")
	blocked := []string{"registry-host b always"}
	var rows []row
	for _, address := range []string{
		"https://evil.dev/" + tail,
		"http://" + host + "/" + tail,
		"https://" + host + ".evil.dev/" + tail,
		"https://" + host + "@evil.dev/" + tail,
		"https://user:pw@" + host + "/" + tail,
		"https://" + host + "./" + tail,
		"https://" + strings.ToUpper(host) + "/" + tail,
		"https://" + host + ":443/" + tail,
		"https://" + host + ":0443/" + tail,
		"https://" + host + ":/" + tail,
		"https://" + strings.ReplaceAll(host, ".", "\uff0e") + "/" + tail,
		"https://" + strings.ReplaceAll(host, ".", "%2e") + "/" + tail,
		"https:/evil.dev/" + tail,
		"https:evil.dev/" + tail,
		`https:\\evil.dev\` + tail,
		`https://evil.dev\@` + host + "/" + tail,
		" https://" + host + "/" + tail,
		"https://" + host + "/\t" + tail,
		"https://" + host + "//" + tail,
		"https://" + host + "/x/../" + tail,
		"https://" + host + "/%2e%2e/" + tail,
		"https://" + host + "/%00" + tail,
		"https://" + host,
		"HTTPS://" + host + "/" + tail,
		"ftp://" + host + "/" + tail,
		"//" + host + "/" + tail,
		"https://?" + host + "/" + tail,
		"https://evil.dev#" + host + "/" + tail,
		"https://127.0.0.1/" + tail,
		"https://127.1/" + tail,
		"https://2130706433/" + tail,
		"https://0x7f000001/" + tail,
		"https://0177.0.0.1/" + tail,
		"https://169.254.169.254/" + tail,
		"https://[::ffff:7f00:1]/" + tail,
		"https://[::1]:4873/" + tail,
		"https://localhost/" + tail,
		"https://npm.localhost/" + tail,
		"https://metadata.google.internal/" + tail,
		"https://nexus/" + tail,
	} {
		rows = append(rows, row{"blocks " + address, at(address), blocked})
	}
	rows = append(rows,
		row{"no address", at(""), nil},
		row{"on the list", func(s *Subject) {
			at("https://npm.corp.dev/api/npm/" + tail)(s)
			s.Policy.Dependencies.Registries = []string{npm.PublicRegistry, "https://npm.corp.dev/api/npm"}
		}, nil},
		row{"beside the list", func(s *Subject) {
			at("https://npm.corp.dev/api/npm-evil/" + tail)(s)
			s.Policy.Dependencies.Registries = []string{npm.PublicRegistry, "https://npm.corp.dev/api/npm"}
		}, blocked},
		row{"the public registry is not on the list", func(s *Subject) {
			s.Policy.Dependencies.Registries = []string{"https://npm.corp.dev/"}
		}, []string{"registry-host a always", "registry-host b always", "registry-host tool always"}},
		row{"loopback on the list", func(s *Subject) {
			at("http://127.0.0.1:4873/" + tail)(s)
			s.Policy.Dependencies.Registries = []string{npm.PublicRegistry, "http://127.0.0.1:4873/"}
		}, nil},
		row{"development too", func(s *Subject) { pkg(s, "tool").Resolved = "https://evil.dev/tool/-/tool-3.0.0.tgz" },
			[]string{"registry-host tool always"}},
	)
	table(t, address, rows)
}

func TestPlacesThatAreNoRegistry(t *testing.T) {
	commit := strings.Repeat("a", 40)
	from := func(source npm.Source, resolved, asked string) func(*Subject) {
		return func(s *Subject) {
			p := pkg(s, "b")
			p.Source, p.Resolved = source, resolved
			pkg(s, "a").Deps[0].Range = asked
		}
	}
	blocked := []string{"registry-host b always"}
	table(t, address, []row{
		{"address asked for", from(npm.SourceURL, "https://codeload.github.com/o/b/tar.gz/"+commit,
			"https://codeload.github.com/o/b/tar.gz/"+commit), nil},
		{"archive of the repository asked for", from(npm.SourceURL, "https://codeload.github.com/o/b/tar.gz/"+commit, "O/b#v1"), nil},
		{"archive of another repository", from(npm.SourceURL, "https://codeload.github.com/evil/b/tar.gz/"+commit, "o/b#v1"), blocked},
		{"archive for a range", from(npm.SourceURL, "https://codeload.github.com/o/b/tar.gz/"+commit, "^2.0.0"), blocked},
		{"archive by dots", from(npm.SourceURL, "https://codeload.github.com/o/b/tar.gz/../../../evil/b/tar.gz/"+commit, "o/b#v1"), blocked},
		{"archive nobody asked for", from(npm.SourceURL, "https://evil.dev/b.tgz", "o/b#v1"), blocked},
		{"address nobody asked for", from(npm.SourceURL, "https://evil.dev/b.tgz", "^2.0.0"), blocked},
		{"address by override", func(s *Subject) {
			from(npm.SourceURL, "https://good.dev/b.tgz", "^2.0.0")(s)
			s.Manifest.Overrides = []npm.Override{{Path: "b", Name: "b", Range: "https://good.dev/b.tgz"}}
		}, nil},
		{"address without encryption", from(npm.SourceURL, "http://good.dev/b.tgz", "http://good.dev/b.tgz"), blocked},
		{"address of the cloud's metadata", from(npm.SourceURL, "https://169.254.169.254/b.tgz", "https://169.254.169.254/b.tgz"), blocked},
		{"git asked for", from(npm.SourceGit, "git+ssh://git@github.com/o/b.git#"+commit, "github:o/b"), nil},
		{"git over https", from(npm.SourceGit, "git+https://github.com/o/b.git#"+commit, "github:o/b"), nil},
		{"git nobody asked for", from(npm.SourceGit, "git+ssh://git@github.com/o/b.git#"+commit, "^2.0.0"), blocked},
		{"git without encryption", from(npm.SourceGit, "git://github.com/o/b.git#"+commit, "github:o/b"), blocked},
		{"git with a password", from(npm.SourceGit, "git+https://u:p@github.com/o/b.git#"+commit, "github:o/b"), blocked},
		{"git with an option as host", from(npm.SourceGit, "git+ssh://-oProxyCommand=x/o/b.git", "git+ssh://-oProxyCommand=x/o/b.git"), blocked},
		{"git at loopback", from(npm.SourceGit, "git+https://127.1/o/b.git", "git+https://127.1/o/b.git"), blocked},
		{"unknown", from(npm.SourceUnknown, "gopher://evil.dev/b", "^2.0.0"), blocked},
	})
}

func TestResolvedMismatch(t *testing.T) {
	blocked := []string{"resolved-mismatch b always"}
	alias := func(asked string) func(*Subject) {
		return func(s *Subject) {
			p := pkg(s, "b")
			p.Alias, p.Location = "nice", "node_modules/nice"
			pkg(s, "a").Deps[0].Name, pkg(s, "a").Deps[0].Range = "nice", asked
		}
	}
	table(t, address, []row{
		{"another package", at(npm.PublicRegistry + "evil/-/evil-2.0.0.tgz"), blocked},
		{"another version", at(npm.PublicRegistry + "b/-/b-1.9.9.tgz"), blocked},
		{"another file", at(npm.PublicRegistry + "b/-/evil-2.0.0.tgz"), blocked},
		{"scoped under the plain name", at(npm.PublicRegistry + "@evil/b/-/b-2.0.0.tgz"), blocked},
		{"no tarball", at(npm.PublicRegistry + "b/2.0.0"), blocked},
		{"query", at(npm.PublicRegistry + tail + "?v=1"), blocked},
		{"fragment", at(npm.PublicRegistry + tail + "#sha1"), blocked},
		{"alias nobody asked for", alias("^2.0.0"), blocked},
		{"alias of something else", alias("npm:c@^2.0.0"), blocked},
		{"alias asked for", alias("npm:b@^2.0.0"), nil},
		{"alias from an address asked for", func(s *Subject) {
			alias("github:o/b")(s)
			pkg(s, "b").Source, pkg(s, "b").Resolved = npm.SourceGit, "git+ssh://git@github.com/o/b.git#"+strings.Repeat("a", 40)
		}, nil},
		{"alias by override", func(s *Subject) {
			alias("^2.0.0")(s)
			s.Manifest.Overrides = []npm.Override{{Path: "nice", Name: "nice", Range: "npm:b@2.0.0"}}
		}, nil},
		{"scoped", func(s *Subject) {
			p := pkg(s, "b")
			p.Name, p.Resolved = "@s/b", npm.PublicRegistry+"@s%2fb/-/b-2.0.0.tgz"
		}, nil},
	})
}

// The short cut may pass only what the long way passes.
func FuzzPlain(f *testing.F) {
	for _, rest := range []string{tail, "b/-/b-2.0.0.tgz?", "../b/-/b-2.0.0.tgz", "b//-/b-2.0.0.tgz"} {
		f.Add("b", "2.0.0", rest)
	}
	f.Add("@s/b", "1.0.0-rc.1", "@s/b/-/b-1.0.0-rc.1.tgz")
	f.Add("..", "1", "../-/..-1.tgz")
	f.Add("a/b/c", "1", "a/b/c/-/c-1.tgz")
	for _, name := range []string{"b%00", "b c", `b\`, "b?", "b#", "b:", "b~", "", "\x00"} {
		f.Add(name, "1", name+"/-/"+name+"-1.tgz")
	}
	f.Add("b", "", "b/-/b-.tgz")
	f.Add("a/b", "1", "a/b/-/b-1.tgz")
	f.Add("/b", "1", "/b/-/b-1.tgz")
	f.Add("b", "1/../2", "b/-/b-1/../2.tgz")
	f.Fuzz(func(t *testing.T, name, version, rest string) {
		s := clean()
		p := pkg(s, "b")
		p.Name, p.Version, p.Resolved = name, version, npm.PublicRegistry+rest
		l := lockReader{Subject: s, allowed: registries(nil, "npm")}
		if problem := l.place(p) + l.mismatch(p); l.plain(p) && problem != "" {
			t.Errorf("%q %q %q passes the short cut, but %s", name, version, rest, problem)
		}
	})
}

// Who has a registry of their own is told how it is allowed; of an address that is
// wrong in itself, nobody is.
func TestRegistryCanBeListed(t *testing.T) {
	for resolved, listed := range map[string]bool{
		"https://npm.corp.dev/b/-/b-2.0.0.tgz": true, "http://npm.corp.dev/b/-/b-2.0.0.tgz": false, "https://127.0.0.1/b/-/b-2.0.0.tgz": false,
		"https://npm.corp.dev/x/../b/-/b-2.0.0.tgz": false,
	} {
		s := clean()
		pkg(s, "b").Resolved = resolved
		found := address.Run(s)
		if len(found) != 1 || strings.HasSuffix(found[0].Fix, "add `https://npm.corp.dev/` to `dependencies.registries` of the policy, "+
			"beside the public one.") != listed {
			t.Errorf("%s: %+v", resolved, found)
		}
	}
}
