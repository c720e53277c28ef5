package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/registry"
)

// TestPast: who published what first, and when nothing was published, up to a
// version, with and without times.
func TestPast(t *testing.T) {
	const people = `"1.0.0":{"name":"a","version":"1.0.0","_npmUser":{"name":"alice"},"maintainers":["alice <a@example.com>"," bob "]},
		"1.1.0":{"name":"a","version":"1.1.0","_npmUser":{"name":"bob","approver":{"name":"carol"}},"maintainers":[{"name":"bob"},7,{}]},
		"0.9.0":{"name":"a","version":"0.9.0","_npmUser":{"name":"GitHub Actions","trustedPublisher":{"id":"github"}},
			"dist":{"attestations":{"provenance":{}}},"maintainers":"bob"},
		"2.0.0":{"name":"a","version":"2.0.0","_npmUser":{"name":7,"approver":"dave"}},"x":{"_npmUser":{"name":"eve"}}`
	for _, c := range []struct{ times, version, want string }{
		{`"0.9.0":"2021-06-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z","1.1.0":"2020-01-20T00:00:00Z","2.0.0":"2022-06-01T00:00:00Z"`,
			"0.9.0", "GitHub Actions 0.9.0, alice 1.0.0, bob 1.1.0, carol 1.1.0; 498; [GitHub Actions ] true []"},
		{`"0.9.0":"2021-06-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z","1.1.0":"2020-01-20T00:00:00Z"`,
			"1.1.0", "alice 1.0.0, bob 1.1.0, carol 1.1.0; ; [bob carol] false [bob]"},
		{``, "1.0.0", "GitHub Actions 0.9.0, alice 1.0.0; ; [alice ] false [alice bob]"},
		{`"1.0.0":"9999-12-31T23:59:59Z","0.9.0":"1970-01-01T00:00:00Z"`, "1.0.0",
			"GitHub Actions 0.9.0, alice 1.0.0; 106751; [alice ] false [alice bob]"},
		{``, "2.0.0", "GitHub Actions 0.9.0, alice 1.0.0, bob 1.1.0, carol 1.1.0, dave 2.0.0; ; [ dave] false []"},
		{``, "3.0.0", "; ; [ ] false []"},
	} {
		f, _, err := replying(t, 200, `{"name":"a","versions":{`+people+`},"time":{`+c.times+`}}`).Facts(t.Context(), "a",
			func(v string) bool { return v != "x" })
		if err != nil {
			t.Fatal(err)
		}
		p, of := f.Past(c.version), f.Of[c.version]
		var debuts, pauses []string
		for _, d := range p.Debuts {
			debuts = append(debuts, d.Name+" "+d.Number.String())
		}
		for _, q := range p.Pauses {
			pauses = append(pauses, fmt.Sprint(int(q.To.Sub(q.From).Hours()/24)))
		}
		got := fmt.Sprintf("%s; %s; %v %v %v", strings.Join(debuts, ", "), strings.Join(pauses, " "), of.By, of.Trusted, of.Maintainers)
		if got != c.want {
			t.Errorf("%s, times {%s}: %s\nexpected %s", c.version, c.times, got, c.want)
		}
	}
}

// TestPeopleBounds: what is longer than a name or a list of people is none.
func TestPeopleBounds(t *testing.T) {
	list := func(n int) string { return `["a` + strings.Repeat(`","a`, n-1) + `"]` }
	for _, c := range []struct {
		name, maintainers string
		want              registry.People
	}{
		{strings.Repeat("a", 256), list(1000), registry.People{By: [2]string{strings.Repeat("a", 256)}, Maintainers: []string{"a"}}},
		{strings.Repeat("a", 257), list(1001), registry.People{}},
	} {
		f, _, err := replying(t, 200, `{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0","_npmUser":{"name":"`+c.name+
			`"},"maintainers":`+c.maintainers+`}}}`).Facts(t.Context(), "a", only("1.0.0"))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Of["1.0.0"].People; fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%d: %v", len(c.name), got)
		}
	}
}
