package registry_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/publishgate/publishgate/internal/registry"
)

// One request says what there is of a package and of one version.
func TestBrief(t *testing.T) {
	s := server(t)
	if err := s.Have([]byte(`{"name": "demo", "dist-tags": {"latest": "1.10.0"}, "versions": {
		"1.10.0": {}, "1.11.0": {"deprecated": "do not"}, "1.9.0": {}, "2.0.0-rc.1": {}, "one": {}}}`)); err != nil {
		t.Fatal(err)
	}
	c, _ := client(t, s.URL, canary)
	b, known, err := c.Brief(t.Context(), "demo", "1.9.0")
	if err != nil || !known || !b.Found || b.Info.Version != "1.9.0" || b.Tags["latest"] != "1.10.0" || !b.Released ||
		b.Highest.Canonical() != "1.10.0" || b.Signed {
		t.Errorf("%+v, %t, %v", b, known, err)
	}
	if len(s.Requests()) != 1 {
		t.Errorf("asked\n%s", s.Log())
	}
	if b, known, err := c.Brief(t.Context(), "demo", "3.0.0"); err != nil || !known || b.Found {
		t.Errorf("a version that is not there: %+v, %t, %v", b, known, err)
	}
	if b, known, err := c.Brief(t.Context(), "absent", "1.0.0"); err != nil || known || b.Found {
		t.Errorf("a package that is not there: %+v, %t, %v", b, known, err)
	}
	// A refused packument does not say that a version is not there.
	s.Fail("get-403", 0, 1)
	if b, known, err := c.Brief(t.Context(), "demo", "1.9.0"); err != nil || !known || !b.Found || b.Tags["latest"] != "1.10.0" {
		t.Errorf("a refused packument, a version: %+v, %t, %v", b, known, err)
	}
	s.Fail("get-403", 0, 1)
	if b, known, err := c.Brief(t.Context(), "demo", "3.0.0"); err == nil || known {
		t.Errorf("a refused packument, no version: %+v, %t, %v", b, known, err)
	}
	for _, fault := range []string{"get-401", "get-html", "get-empty", "get-null", "get-truncated"} {
		s.Fail(fault, 0, 0)
		if b, known, err := c.Brief(t.Context(), "demo", "1.9.0"); err == nil || known {
			t.Errorf("%s: %+v", fault, b)
		}
		s.Mend()
	}
	if _, _, err := c.Brief(t.Context(), "../x", "1.0.0"); err == nil {
		t.Error("a name that leaves the endpoint is asked for")
	}
}

// The code of a refusal is told beside its words.
func TestCode(t *testing.T) {
	for body, want := range map[string]string{
		`{"error": "not so", "code": "E_STAGE_REQUIRED"}`:                 `"E_STAGE_REQUIRED: not so"`,
		`{"message": "E_STAGE_REQUIRED: no", "code": "E_STAGE_REQUIRED"}`: `"E_STAGE_REQUIRED: no"`,
		`{"code": "E_X"}`:            `"{\"code\": \"E_X\"}"`,
		`{"error": "no", "code": 7}`: `"no"`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		c, _ := client(t, s.URL, canary)
		err := c.Put(t.Context(), "demo", 0, func() io.ReadCloser { return http.NoBody })
		var status *registry.StatusError
		if !errors.As(err, &status) || status.Message != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}
