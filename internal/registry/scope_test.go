package registry_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/registry"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
)

// family returns a registry with many packages of @acme, one of them restricted,
// and some that only sound like it.
func family(t *testing.T, packages int) *fake.Server {
	t.Helper()
	s := fake.Start()
	t.Cleanup(s.Close)
	for _, h := range fake.Family("@acme", packages) {
		if err := s.Record(h); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"@acme-labs/a", "@other/acme", "acme", "unrelated"} {
		s.Seed(name, "1.0.0", "latest", nil)
	}
	s.Restrict("@acme/part-000")
	return s
}

// TestScopePackages: a login's list is complete; a search says that it may not be.
func TestScopePackages(t *testing.T) {
	s := family(t, 520)
	s.Lend("acme", "unrelated")
	s.Grant("login", fake.Grant{Kind: "user"})
	s.Grant("token", fake.Grant{Kind: "token"})
	for _, c := range []struct {
		token           string
		names, requests int
		complete        bool
		why             string
	}{
		{"login", 520, 1, true, ""},
		{"token", 519, 4, false, "shows this token no list"},
		{"", 519, 3, false, "without a token"},
	} {
		before := len(s.Requests())
		client, _ := client(t, s.URL, c.token)
		got, err := client.ScopePackages(t.Context(), "@acme")
		if err != nil || len(got.Names) != c.names || got.Complete != c.complete || !strings.Contains(got.Why, c.why) ||
			(got.Why == "") != c.complete || !slices.IsSorted(got.Names) {
			t.Errorf("%s: %d names, complete %v, %q, %v", c.token, len(got.Names), got.Complete, got.Why, err)
		}
		if n := len(s.Requests()) - before; n != c.requests {
			t.Errorf("%s: %d requests", c.token, n)
		}
	}
	c, _ := client(t, s.URL, "")
	if got, err := c.ScopePackages(t.Context(), "@nobody"); err != nil || len(got.Names) != 0 || got.Complete {
		t.Errorf("%+v, %v", got, err)
	}
	for _, scope := range []string{"", "acme", "@", "@a/b", "@..", "@a b", "@a&from=9"} {
		if _, err := c.ScopePackages(t.Context(), scope); err == nil {
			t.Errorf("%q is a scope", scope)
		}
	}
}

// TestScopeOfAUser: where there is no such organisation, the user of that name is
// asked for.
func TestScopeOfAUser(t *testing.T) {
	s := family(t, 2)
	s.Fail("owned-404", 0, 1)
	c, _ := client(t, s.URL, "login")
	got, err := c.ScopePackages(t.Context(), "@acme")
	if err != nil || len(got.Names) != 2 || !got.Complete ||
		!strings.HasSuffix(s.Log(), "GET /-/org/acme/package\nGET /-/user/acme/package\n") {
		t.Errorf("%+v, %v\n%s", got, err, s.Log())
	}
}

// TestScopeRefused: a list that cannot be had, or is none, is an error.
func TestScopeRefused(t *testing.T) {
	for _, c := range []struct{ token, fault, want string }{
		{"login", "owned-500", "500"},
		{"login", "owned-list", "no list"},
		{"login", "owned-html", "cannot be read"},
		{"login", "owned-429-retry=31536000", "asks to wait"},
		{"", "search-500", "500"},
		{"", "search-404", "name the packages themselves"},
		{"", "search-302=http://other.example/", "name the packages themselves"},
		{"", "search-empty", "no list of packages"},
		{"", "search-html", "cannot be read"},
		{"", "search-truncated", "EOF"},
		{"", "search-401", "does not accept the token"},
	} {
		s := family(t, 3)
		s.Fail(c.fault, 0, 0)
		client, _ := client(t, s.URL, c.token)
		if got, err := client.ScopePackages(t.Context(), "@acme"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v", c.fault, got, err)
		}
	}
}

// TestScopeHostile: a search without end is one, a page that is too long, too, and
// so is a name that would lead elsewhere. One that gives less than it says is told.
func TestScopeHostile(t *testing.T) {
	objects := func(n int, name string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"package":{"name":"`+name+`"}},`, n), ",") + "]"
	}
	for _, c := range []struct{ body, want, why string }{
		{`{"objects":` + objects(250, "@acme/a") + `,"total":99999999}`, "finds more than 15000", ""},
		{`{"objects":` + objects(250, "@acme/a") + `}`, "finds more than 15000", ""},
		{`{"objects":` + objects(251, "@acme/a") + `,"total":251}`, "too long", ""},
		{`{"objects":` + objects(1, "@acme/../b") + `,"total":1}`, "as a package of @acme", ""},
		{`{"objects":` + objects(1, "") + `,"total":1}`, "without a name", ""},
		{`{"objects":` + objects(3, "@acme/a") + `,"total":-1}`, "", "a search"},
		{`{"objects":` + objects(3, "@acme/a") + `,"total":200}`, "", "of the 200 packages that it finds, it gave 3"},
		{`{"objects":[],"total":200}`, "", "it gave 0"},
	} {
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			_, _ = fmt.Fprint(w, c.body)
		}))
		client, _ := client(t, s.URL, "")
		got, err := client.ScopePackages(t.Context(), "@acme")
		var answer *registry.AnswerError
		if c.want == "" && (err != nil || len(got.Names) > 1 || !strings.Contains(got.Why, c.why)) ||
			c.want != "" && (!errors.As(err, &answer) || !strings.Contains(err.Error(), c.want)) || asked > 60 {
			t.Errorf("%.60s: %+v, %v, asked %d times", c.body, got, err, asked)
		}
		s.Close()
	}
}
