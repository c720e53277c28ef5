package sigstore

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"testing"
)

// Public makes public host names lead to servers on loopback, each to the base
// address that it is given with, for tools whose addresses cannot be changed. It
// returns the environment that makes a Node.js program take them, as NAME=VALUE:
// a proxy, which knows these hosts and no others, and the certificate to believe.
func (s *Stack) Public(t testing.TB, servers map[string]string) []string {
	t.Helper()
	fronts := map[string]http.Handler{}
	for host, address := range servers {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		fronts[host] = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }}
	}
	hosts := slices.Sorted(maps.Keys(servers))
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		front, ok := fronts[r.Host]
		if !ok {
			http.NotFound(w, r)
			return
		}
		front.ServeHTTP(w, r)
	}))
	var err error
	if site.TLS, err = siteCertificate(s.Dir, "public-ca.pem", hosts...); err != nil {
		t.Fatal(err)
	}
	site.StartTLS()
	t.Cleanup(site.Close)
	proxy := httptest.NewServer(connectTo(site.Listener.Addr().String(), hosts...))
	t.Cleanup(proxy.Close)
	// Node.js 22 itself looks at the proxy only when it is told to.
	return []string{
		"HTTPS_PROXY=" + proxy.URL, "NO_PROXY=127.0.0.1", "NODE_USE_ENV_PROXY=1",
		"NODE_EXTRA_CA_CERTS=" + s.path("public-ca.pem"),
	}
}
