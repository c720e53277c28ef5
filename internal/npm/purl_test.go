package npm

import "testing"

func TestPURLCarriesNoCredential(t *testing.T) {
	token := "t0ken"
	for _, c := range []struct {
		p    Package
		want string
	}{
		{Package{Name: "a", Version: "1.0.0", Source: SourceURL, Resolved: "https://user:" + token + "@host.example/a.tgz"}, "pkg:npm/a@1.0.0?download_url=https:%2F%2Fhost.example%2Fa.tgz"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceURL, Resolved: "https://" + token + "@host.example/a.tgz"}, "pkg:npm/a@1.0.0?download_url=https:%2F%2Fhost.example%2Fa.tgz"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+https://" + token + "@host.example/a.git#0123"}, "pkg:npm/a@1.0.0?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fa.git%230123"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+ssh://git@host.example/a.git#0123"}, "pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40host.example%2Fa.git%230123"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceGit, Resolved: "git+ssh://git:" + token + "@host.example/a.git"}, "pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40host.example%2Fa.git"},
		{Package{Name: "a", Version: "1.0.0", Source: SourceRegistry, Resolved: "https://" + token + "@npm.example/a/-/a-1.0.0.tgz"}, "pkg:npm/a@1.0.0?repository_url=https:%2F%2Fnpm.example"},
	} {
		if got := PURL(&c.p); got != c.want {
			t.Errorf("%s: %s\nexpected %s", c.p.Resolved, got, c.want)
		}
	}
}
