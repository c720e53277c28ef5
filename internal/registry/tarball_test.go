package registry_test

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// TestTarballAddress follows an address of an answer only where it leads below
// the registry that the user named.
func TestTarballAddress(t *testing.T) {
	s := server(t)
	host := strings.TrimSuffix(strings.TrimPrefix(s.URL, "http://"), "/")
	c, _ := client(t, "http://"+host+"/npm/", canary)
	for _, row := range []struct{ address, path string }{ // path: what is asked for; empty: nothing
		{"http://" + host + "/npm/demo/-/demo-1.0.0.tgz", "/npm/demo/-/demo-1.0.0.tgz"},
		{"https://" + host + "/npm/demo/-/demo-1.0.0.tgz", "/npm/demo/-/demo-1.0.0.tgz"},
		{npm.PublicRegistry + "@a/b/-/b-1.0.0.tgz", "/npm/@a/b/-/b-1.0.0.tgz"},
		{"http://" + host + "/npm/@a%2fb/-/b-1.0.0.tgz", "/npm/@a%2fb/-/b-1.0.0.tgz"},
		{"http://" + host + "/npm/", ""},
		{"http://" + host + "/npm/../admin", ""},
		{"http://" + host + "/npm/%2e%2e/admin", ""},
		{"http://" + host + "/npm/a%2f..%2f..%2fadmin", ""},
		{"http://" + host + "/npm//evil.example/x", ""},
		{"http://" + host + "/npm/x.tgz?to=1", ""},
		{"http://" + host + "/npm/x.tgz#y", ""},
		{"http://" + host + "/npm/a b.tgz", ""},
		{"http://" + host + `/npm/..\admin`, ""},
		{"http://" + host + ".evil.example/npm/x.tgz", ""},
		{"http://u@" + host + "/npm/x.tgz", ""},
		{"ftp://" + host + "/npm/x.tgz", ""},
		{"//" + host + "/npm/x.tgz", ""},
		{npm.PublicRegistry + "../admin", ""},
		{"file:///etc/passwd", ""},
		{"", ""},
	} {
		before := len(s.Requests())
		_, err := c.Tarball(t.Context(), registry.Info{Name: "demo", Version: "1.0.0", Tarball: row.address}, 1<<20)
		if err == nil {
			t.Errorf("%s: no error", row.address)
		}
		asked := ""
		if all := s.Requests(); len(all) > before {
			asked = all[before].Path
		}
		if asked != row.path {
			t.Errorf("%s: asked for %q, expected %q (%v)", row.address, asked, row.path, err)
		}
	}
}

// TestTarballElsewhere reads what lies elsewhere without a credential: said in
// the answer or by a redirect, another host or another folder of the same one.
func TestTarballElsewhere(t *testing.T) {
	s, elsewhere := server(t), server(t)
	elsewhere.Seed("demo", "1.0.0", "latest", []byte("bytes"))
	s.Seed("demo", "1.0.0", "latest", []byte("bytes"))
	host := strings.TrimPrefix(s.URL, "http://")
	c, _ := client(t, "http://"+host+"npm/", canary)
	good, found, err := func() (registry.Info, bool, error) {
		c, _ := client(t, s.URL, canary)
		return c.Version(t.Context(), "demo", "1.0.0")
	}()
	if err != nil || !found {
		t.Fatal(err)
	}
	for name, address := range map[string]string{
		"another host": elsewhere.URL + "demo/-/demo-1.0.0.tgz?signature=x", "another folder": s.URL + "demo/-/demo-1.0.0.tgz",
	} {
		info := good
		info.Tarball = address
		if data, err := c.Tarball(t.Context(), info, 5); err != nil || string(data) != "bytes" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		info.Integrity = "sha512-" + strings.Repeat("A", 86) + "=="
		if _, err := c.Tarball(t.Context(), info, 5); err == nil {
			t.Errorf("%s: other bytes than its digest says were believed", name)
		}
	}
	c, _ = client(t, s.URL, canary)
	before := len(s.Requests())
	s.Fail("get-302="+elsewhere.URL+"demo/-/demo-1.0.0.tgz?signature=x", 0, 1)
	if data, err := c.Tarball(t.Context(), good, 5); err != nil || string(data) != "bytes" {
		t.Errorf("redirected: %q, %v", data, err)
	}
	if all := s.Requests(); len(all) != before+1 || all[before].Header.Get("Authorization") == "" {
		t.Errorf("the registry was asked %d times, or without the token", len(all)-before)
	}
	for _, r := range append(elsewhere.Requests(), s.Requests()[1:before]...) {
		for key, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), canary) || key == "Referer" {
				t.Errorf("%s was asked for with %s: %s", r.Path, key, values)
			}
		}
	}
	if len(elsewhere.Requests()) != 3 {
		t.Errorf("elsewhere was asked\n%s", elsewhere.Log())
	}
	// One more hop: it is not told where it came from, which may be signed.
	third := server(t)
	third.Seed("demo", "1.0.0", "latest", []byte("bytes"))
	s.Fail("get-302="+elsewhere.URL+"demo?signature=x", 0, 1)
	elsewhere.Fail("get-302="+third.URL+"demo/-/demo-1.0.0.tgz", 0, 1)
	if data, err := c.Tarball(t.Context(), good, 5); err != nil || string(data) != "bytes" ||
		third.Requests()[0].Header.Get("Referer")+third.Requests()[0].Header.Get("Authorization") != "" {
		t.Errorf("two hops: %q, %v\n%s", data, err, third.Headers())
	}
	elsewhere.Fail("get-401", 0, 0)
	s.Fail("get-302="+elsewhere.URL+"demo/-/demo-1.0.0.tgz", 0, 1)
	if _, err := c.Tarball(t.Context(), good, 5); err == nil || registry.Unauthorized(err) {
		t.Errorf("a no from elsewhere is none of the registry's to the token: %v", err)
	}
	// Not downwards: from the public internet to this machine, from https to http.
	public, _ := client(t, "https://registry.example/", canary)
	for _, address := range []string{elsewhere.URL + "x.tgz", "https://127.0.0.1/x.tgz", "https://10.0.0.1/x.tgz",
		"https://[::ffff:7f00:1]/x.tgz", "https://169.254.169.254/x", "https://localhost/x.tgz", "http://cdn.example/x.tgz"} {
		info := good
		info.Tarball = address
		if _, err := public.Tarball(t.Context(), info, 5); err == nil || !strings.Contains(err.Error(), "nothing was asked for there") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestTarballDigest believes no bytes that the registry's own digest denies.
func TestTarballDigest(t *testing.T) {
	s := server(t)
	s.Seed("demo", "1.0.0", "latest", []byte("bytes"))
	c, _ := client(t, s.URL, canary)
	good, found, err := c.Version(t.Context(), "demo", "1.0.0")
	if err != nil || !found || good.Provenance {
		t.Fatalf("%v %t %+v", err, found, good)
	}
	other := "sha512-" + strings.Repeat("A", 86) + "=="
	for _, row := range []struct {
		name              string
		integrity, shasum string
		ok                bool
	}{
		{"as it is", good.Integrity, good.Shasum, true},
		{"sha512 alone", good.Integrity, "", true},
		{"with options and an old digest", "sha1-x " + good.Integrity + "?x", "", true},
		{"sha1 alone", "", good.Shasum, true},
		{"other sha512", other, good.Shasum, false},
		{"two that disagree", good.Integrity + " " + other, good.Shasum, false},
		{"other sha1", "", strings.Repeat("0", 40), false},
		{"none", "", "", false},
		{"none that counts", "md5-x", "", false},
	} {
		info := good
		info.Integrity, info.Shasum = row.integrity, row.shasum
		data, err := c.Tarball(t.Context(), info, 5)
		if (err == nil) != row.ok || row.ok && string(data) != "bytes" {
			t.Errorf("%s: %q, %v", row.name, data, err)
		}
	}
	if _, err := c.Tarball(t.Context(), good, 4); err == nil {
		t.Error("more bytes than the limit were read")
	}
	for _, fault := range []string{"get-401", "get-302=http://127.0.0.1:1/x", "get-truncated", "get-bomb", "get-html"} {
		s.Fail(fault, 0, 0)
		if _, err := c.Tarball(t.Context(), good, 1<<10); err == nil { // the bomb takes its time to make
			t.Errorf("%s: no error", fault)
		}
		s.Mend()
	}
	if err := s.Attest("demo", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if info, _, err := c.Version(t.Context(), "demo", "1.0.0"); err != nil || !info.Provenance {
		t.Errorf("provenance: %v %+v", err, info)
	}
}
