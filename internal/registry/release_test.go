package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

const demo = `{"name": "demo", "versions": {
	"1.10.0": {"dependencies": {"a": "^1", "b": "^2"}, "optionalDependencies": {"b": "^2"},
		"peerDependencies": {"c": "*"}, "engines": {"node": ">=20"}},
	"1.9.0": {"deprecated": "do not"}, "2.0.0-rc.1": {}, "one": {}
}, "time": {"created": "x", "1.9.0": "2026-01-02T03:04:05.678Z", "1.10.0": "yesterday"}}`

func TestReleases(t *testing.T) {
	s := server(t)
	if err := s.Have([]byte(demo)); err != nil {
		t.Fatal(err)
	}
	c, _ := client(t, s.URL, canary)
	list, found, err := c.Releases(t.Context(), "demo")
	if err != nil || !found {
		t.Fatalf("found %t, error %v", found, err)
	}
	var got []string
	for _, r := range list {
		got = append(got, fmt.Sprintf("%s %s %t %v %v %v%s", r.Number, r.Published.Format("2006-01-02T15:04:05.000"),
			r.Deprecated, r.Dependencies, r.Optional, r.Peer, r.Node))
	}
	want := []string{
		"1.9.0 2026-01-02T03:04:05.678 true map[] map[] map[]",
		"1.10.0 0001-01-01T00:00:00.000 false map[a:^1] map[b:^2] map[c:*]>=20",
		"2.0.0-rc.1 0001-01-01T00:00:00.000 false map[] map[] map[]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, _, err := c.ReleasesInBrief(t.Context(), "demo"); err != nil {
		t.Error(err)
	}
	var accepts []string
	for _, r := range s.Requests() {
		accepts = append(accepts, r.Header.Get("Accept"))
	}
	if len(accepts) != 2 || accepts[0] != "application/json" || !strings.Contains(accepts[1], "npm.install-v1") {
		t.Errorf("asked for %q", accepts)
	}
	if _, found, err := c.Releases(t.Context(), "absent"); found || err != nil {
		t.Errorf("absent: found %t, error %v", found, err)
	}
	if _, _, err := c.Releases(t.Context(), "../x"); err == nil {
		t.Error("a name that leaves the endpoint is asked for")
	}
	for _, fault := range []string{"get-401", "get-html", "get-empty", "get-null", "get-truncated"} {
		s.Fail(fault, 0, 4)
		if list, _, err := c.Releases(t.Context(), "demo"); err == nil {
			t.Errorf("%s: %d releases", fault, len(list))
		}
	}
}

func TestBefore(t *testing.T) {
	var list []registry.Release
	for _, text := range []string{"1.2.3", "1.2.9", "1.3.0-rc.1", "2.0.0", "2.0.1-beta"} {
		v, _ := npm.ParseVersion(text)
		list = append(list, registry.Release{Number: v})
	}
	for version, want := range map[string]string{
		"1.2.3": "", "1.2.4": "1.2.3", "1.2.9": "1.2.3", "1.3.0": "1.2.9", "2.0.0": "1.2.9", "2.0.1": "2.0.0", "0.1.0": "", "1.2.3-rc.1": "",
	} {
		v, _ := npm.ParseVersion(version)
		last, ok := registry.Before(list, v)
		got := ""
		if ok {
			got = last.Number.Canonical()
		}
		if got != want {
			t.Errorf("before %s: %q, want %q", version, got, want)
		}
	}
}
