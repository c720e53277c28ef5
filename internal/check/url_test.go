package check

import (
	"net/url"
	"strings"
	"testing"
)

func TestIsPublic(t *testing.T) {
	for _, host := range []string{"registry.example.dev", "a.b.co.uk", "host.dev:8443", "1.1.1.dev"} {
		if !isPublic(host) {
			t.Errorf("%s is not public", host)
		}
	}
	for _, host := range []string{"", "nexus", "nexus:8081", "localhost", "a.localhost", "127.0.0.1", "127.1",
		"10.0.0.1:80", "0x7f.1", "2130706433",
		"1.2.3.0x7f", "[::1]", "[::1]:80", "[fe80::1.dev", "a.", "printer.local", "metadata.google.internal", "x.home.arpa"} {
		if isPublic(host) {
			t.Errorf("%s is public", host)
		}
	}
}

func TestSpelling(t *testing.T) {
	for _, address := range []string{
		"https://a.dev/b", "http://a.dev/b", "https://a.dev:8443/b", "https://[::1]:80/b", "https://a.dev/@s%2fb/-/b-1.0.0%2Bx.tgz",
		"https://a.dev/b?x=//..", "https://a.dev/b#..", "https://127.0.0.1/b", "https://a-b_c.dev/b",
	} {
		if problem := spelling(address); problem != "" {
			t.Errorf("%s %s", address, problem)
		}
	}
	for _, address := range []string{
		"", "https://", "https:///b", "https://a.dev", "https://a.dev/", "ftp://a.dev/b", "Https://a.dev/b",
		"https://A.dev/b", "https://a..dev/b",
		"https://-a.dev/b", "https://a-.dev/b", "https://a.dev:443/b", "http://a.dev:80/b", "https://a.dev:080/b", "https://a.dev:123456/b",
		"https://a.dev:8o/b", "https://a.dev:/b", "https://[::1/b", "https://[]/b", "https://[::1]x/b", "https://[::1]x:1/b",
		"https://[0::1]/b", "https://[::1%251]/b", "https://[a.dev]/b", "https://u@a.dev/b", "https://a.dev/%",
		"https://a.dev/%2", "https://a.dev/%2e",
		"https://a.dev/%zz", "https://a.dev/a//b", "https://a.dev/./b", "https://a.dev/b/..", "https://a.dev/b\x7f", "https://a.dev/\u202e",
		"https://a.dev/`b", "https://a%2edev/b", "https://a.dev?/b", "https://a.dev#/b", "https://a.dev\\/b", "https://a.dev/\"b",
	} {
		if spelling(address) == "" {
			t.Errorf("%q has no problem", address)
		}
	}
}

func TestListed(t *testing.T) {
	names := strings.Split("a b c d e f g", " ")
	for n, want := range map[int]string{0: "the package that depends on it", 1: "a", 5: "a, b, c, d, e", 7: "a, b, c, d, e and 2 more"} {
		if got := listed(names[:n], 5); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// No address makes the readers of addresses panic, and none passes whose host
// is not in the one spelling that all of them write back.
func FuzzSpelling(f *testing.F) {
	for _, s := range []string{"https://a.dev/b", "https://[::1]:1/x", "https://a.dev/%",
		"git+ssh://git@github.com:o/r.git#x", "://", "https://:1", "http://a.dev/b#%%", "https://a.dev/b?%2f#%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		gitProblem(s)
		isPublic(hostOf(s))
		if spelling(s) != "" {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Host == "" || u.Host != strings.ToLower(u.Host) || u.Host != hostOf(s) ||
			!strings.HasPrefix(s, u.Scheme+"://"+u.Host+"/") {
			t.Errorf("%q passes, but is read as %+v (%v)", s, u, err)
		}
	})
}
