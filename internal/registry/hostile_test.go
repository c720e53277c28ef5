package registry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The registry answers for the right package, or its answer does not count.
func TestOtherPackage(t *testing.T) {
	for _, body := range []string{
		`{"name":"other","version":"1.0.0","dist":{"integrity":"sha512-x"}}`,
		`{"name":"@acme/demo","version":"1.0.1","dist":{"integrity":"sha512-x"}}`,
		`{"name":"@acme/demo","version":"1.0.0"}`,
		`{"name":"@acme/demo","version":"1.0.0","dist":[]}`,
		`{"name":"@acme/demo","version":"1.0.0","dist":{"integrity":"a"},"dist":{"integrity":"b"}}`,
		`{"NAME":"@acme/demo","Version":"1.0.0","dist":{}}`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, body) }))
		c, _ := client(t, s.URL, "")
		if _, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); found || err == nil {
			t.Errorf("%s: found %v, error %v", body, found, err)
		}
		s.Close()
	}
}

// So must the packument, where only that one is there.
func TestOtherPackument(t *testing.T) {
	for _, body := range []string{
		`{"name":"other","versions":{"1.0.0":{"name":"@acme/demo","version":"1.0.0","dist":{}}},"dist-tags":{}}`,
		`{"name":"@acme/demo","versions":{"1.0.0":{"name":"other","version":"1.0.0","dist":{}}},"dist-tags":[]}`,
		`{"name":"@acme/demo","versions":[],"dist-tags":{"latest":1}}`,
		`{"name":"@acme/demo","dist-tags":null}`,
		`{}`, `[]`, `null`, `<html>`, ``,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.EscapedPath() != "/@acme%2fdemo" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = io.WriteString(w, body)
		}))
		c, _ := client(t, s.URL, "")
		if _, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); found || err == nil {
			t.Errorf("%s: found %v, error %v", body, found, err)
		}
		if _, found, err := c.DistTags(t.Context(), "@acme/demo"); found || err == nil {
			t.Errorf("%s: tags found %v, error %v", body, found, err)
		}
		s.Close()
	}
}

func TestHostileNames(t *testing.T) {
	s := server(t)
	c, _ := client(t, s.URL, canary)
	for _, name := range []string{"", ".", "..", "../x", "@acme/..", "@/x", "a/b", "@a/b/c", "a b", "a?b", "a#b",
		"a%2fb", "a\nb", "é", "-/x", strings.Repeat("a", 215)} {
		if _, found, err := c.Version(t.Context(), name, "1.0.0"); found || err == nil {
			t.Errorf("%q: found %v, error %v", name, found, err)
		}
	}
	if len(s.Requests()) != 0 {
		t.Errorf("sent\n%s", s.Log())
	}
}

func TestDistTagsAreStrings(t *testing.T) {
	for _, body := range []string{`{"latest":1}`, `{"latest":null}`, `[]`, `"latest"`, `{"latest":"1.0.0","latest":"2.0.0"}`} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		c, _ := client(t, s.URL, "")
		if tags, found, err := c.DistTags(t.Context(), "demo"); found || err == nil {
			t.Errorf("%s: %v, found %v, error %v", body, tags, found, err)
		}
		s.Close()
	}
}
