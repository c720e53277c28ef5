package registry_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAttestations(t *testing.T) {
	s := server(t)
	c, _ := client(t, s.URL, canary)
	if list, err := c.Attestations(t.Context(), "@acme/demo", "1.0.0"); list != nil || err != nil {
		t.Errorf("none: %s, %v", list, err)
	}
	s.Store("@acme/demo", "1.0.0", []byte(`{"a":1}`))
	list, err := c.Attestations(t.Context(), "@acme/demo", "1.0.0")
	if err != nil || len(list) != 1 || string(list[0].Bundle) != `{"a":1}` ||
		list[0].PredicateType != "https://slsa.dev/provenance/v1" {
		t.Errorf("%s, %v", list, err)
	}
	last := s.Requests()[len(s.Requests())-1]
	if last.Path != "/-/npm/v1/attestations/@acme%2fdemo@1.0.0" {
		t.Errorf("path %s", last.Path)
	}
	for _, bad := range [][2]string{{"../x", "1.0.0"}, {"a", "../1"}, {"a", "1/2"}, {"", "1"}} {
		if _, err := c.Attestations(t.Context(), bad[0], bad[1]); err == nil {
			t.Errorf("%v is asked for", bad)
		}
	}
}

// TestAttestationsNone tells a registry that has no such lists from one that
// does not answer.
func TestAttestationsNone(t *testing.T) {
	for status, none := range map[int]bool{
		400: true, 404: true, 405: true, 410: true, 501: true, 401: false, 403: false, 302: false, 418: false,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
		}))
		c, _ := client(t, s.URL, canary)
		list, err := c.Attestations(t.Context(), "a", "1.0.0")
		if list != nil || (err == nil) != none {
			t.Errorf("%d: %s, %v", status, list, err)
		}
		s.Close()
	}
	for _, body := range []string{
		"", "{}", "<html>", `{"attestations":{}}`, `{"attestations":[{"bundle":{}},{"bundle":null}]}`, `{"attestations":[{}]}`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		c, _ := client(t, s.URL, canary)
		if list, err := c.Attestations(t.Context(), "a", "1.0.0"); err == nil {
			t.Errorf("%s: %s", body, list)
		}
		s.Close()
	}
}
