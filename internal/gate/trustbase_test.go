package gate

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
)

// A trusted root that was named and cannot be used is no server's fault: nobody
// is told to wait for one.
func TestOwnTrustedRoot(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "root.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, filepath.Join(t.TempDir(), "none.json")} {
		_, err := newTrustBase(Net{}, Sigstore{TrustedRoot: file}, nil).roots(t.Context())
		if err == nil {
			t.Fatalf("%s was taken for a trusted root", file)
		}
		if err = down(theRegistry, err); reasonOf(err) != report.Input || len(services(err)) > 0 {
			t.Errorf("%v: reason %s, services %q", err, reasonOf(err), services(err))
		}
	}
}

// A keyServer answers for every host, and notes which were asked.
type keyServer struct {
	status int
	body   string

	mu    sync.Mutex
	hosts []string
}

// RoundTrip answers.
func (k *keyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.hosts, r.URL.Host) {
		k.hosts = append(k.hosts, r.URL.Host)
	}
	return &http.Response{StatusCode: k.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(k.body))}, nil
}

// TestKeysOfRegistries: the public registry's keys, under both its names, come from
// the TUF repository, and what it serves itself is not asked for; where a trusted
// root was given it serves them, and cannot say that it has none. Any other registry
// vouches for its own, and one that refuses to say has not said that it has none.
func TestKeysOfRegistries(t *testing.T) {
	const own = `{"keys":[{"keyid":"k","expires":null,"key":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSC` +
		`Jq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g=="}]}`
	twice := strings.Replace(own, `null`, `null},{"keyid":"k","expires":null`, 1)
	const other, tuf = "https://npm.corp.example/", "tuf-repo-cdn.sigstore.dev"
	for name, test := range map[string]struct {
		registry, root string
		status         int
		body           string
		keys, fails    bool
		asked          string
	}{
		"public":                           {npm.PublicRegistry, "", 200, own, false, true, tuf},
		"public, by yarn's name":           {npm.YarnRegistry, "", 200, own, false, true, tuf},
		"public, with a root":              {npm.PublicRegistry, "root.json", 200, own, true, false, "registry.npmjs.org"},
		"public, with a root, not found":   {npm.PublicRegistry, "root.json", 404, "{}", false, true, "registry.npmjs.org"},
		"public, with a root, forbidden":   {npm.PublicRegistry, "root.json", 403, "{}", false, true, "registry.npmjs.org"},
		"public, with a root, none":        {npm.YarnRegistry, "root.json", 200, `{"keys":[]}`, false, true, "registry.yarnpkg.com"},
		"below the public one is another":  {npm.PublicRegistry + "mirror/", "", 200, own, true, false, "registry.npmjs.org"},
		"another":                          {other, "", 200, own, true, false, "npm.corp.example"},
		"another, not found":               {other, "", 404, "{}", false, false, "npm.corp.example"},
		"another, not allowed there":       {other, "", 405, "{}", false, false, "npm.corp.example"},
		"another, gone":                    {other, "", 410, "{}", false, false, "npm.corp.example"},
		"another, none":                    {other, "", 200, `{"keys":[]}`, false, false, "npm.corp.example"},
		"another, HTML":                    {other, "", 200, "<html>", false, true, "npm.corp.example"},
		"another, a list that is no list":  {other, "", 200, `{"keys":{}}`, false, true, "npm.corp.example"},
		"another, of one id twice":         {other, "", 200, twice, false, true, "npm.corp.example"},
		"another, that refuses to say":     {other, "", 403, "{}", false, true, "npm.corp.example"},
		"another, that wants a credential": {other, "", 401, "{}", false, true, "npm.corp.example"},
	} {
		t.Run(name, func(t *testing.T) {
			server := &keyServer{status: test.status, body: test.body}
			n := Net{Registry: test.registry, Transport: server, Now: time.Now}
			look, err := newLookup(n, nil, &npm.Graph{})
			if err != nil {
				t.Fatal(err)
			}
			keys, err := newTrustBase(n, Sigstore{TrustedRoot: test.root}, look).keys(t.Context(), test.registry)
			if (keys != nil) != test.keys || (err != nil) != test.fails {
				t.Errorf("keys %v, %v", keys, err)
			}
			if !slices.Equal(server.hosts, []string{test.asked}) {
				t.Errorf("asked %q", server.hosts)
			}
		})
	}
}
