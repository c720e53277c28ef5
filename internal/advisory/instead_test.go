package advisory

import (
	"fmt"
	"testing"

	"github.com/publishgate/publishgate/internal/strict"
)

func TestInstead(t *testing.T) {
	old := `{"package":{"ecosystem":"npm","name":"old"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}%s]}]}`
	fork := `,{"package":{"ecosystem":"%s","name":"@fork/old"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}`
	open, done := fmt.Sprintf(old, ""), fmt.Sprintf(old, `,{"fixed":"1.1.0"}`)
	tests := []struct{ affected, details, want string }{
		{open + fmt.Sprintf(fork, "npm"), "", "@fork/old"},
		{open + fmt.Sprintf(fork, "PyPI"), "", ""},
		{done + fmt.Sprintf(fork, "npm"), "", ""},
		{open, "No fix is available. Please migrate to `new-one`.", "new-one"},
		{open, "Use [new](https://www.npmjs.com/package/@s/new) instead.", "@s/new"},
		{open, "Consider an alternative that is kept up, such as `other`", "other"},
		{open, "use the `send` method instead of `old`", ""},
		{open, "Upgrade to `2.0.0`", ""},
		{open, "switch to `old`", ""},
		{open, "replace it with `Not A Name`", ""},
		{open, "replace it with `$(rm)`", ""},
		{open, "", ""},
	}
	for _, tt := range tests {
		doc, err := strict.Parse(fmt.Appendf(nil, `{"id":"GHSA-a","details":%q,"affected":[%s]}`, tt.details, tt.affected))
		if err != nil {
			t.Fatal(err)
		}
		records, err := ParseOSV(doc, testNow, func(name string) bool { return name == "old" })
		if err != nil || len(records) != 1 || records[0].Instead != tt.want {
			t.Errorf("%q: %+v, %v, want %q", tt.details, records, err, tt.want)
		}
	}
}

func TestExploited(t *testing.T) {
	for specific, want := range map[string]bool{
		`{}`: false, `{"known_exploited":true}`: true, `{"known_exploited":false}`: false, `{"kev":{"date_added":"2024-01-01"}}`: true,
		`{"cisa_kev":"2024-01-01"}`: true, `{"exploited":"no"}`: false, `{"kev":[]}`: false, `{"kev":{}}`: false, `{"severity":"HIGH"}`: false,
	} {
		doc, err := strict.Parse([]byte(`{"id":"GHSA-a","database_specific":` + specific +
			`,"affected":[{"package":{"ecosystem":"npm","name":"x"}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		records, err := ParseOSV(doc, testNow, nil)
		if err != nil || len(records) != 1 || records[0].Exploited != want {
			t.Errorf("%s: %+v, %v", specific, records, err)
		}
	}
}

func TestScoreAndLink(t *testing.T) {
	for _, tt := range []struct {
		record      Record
		score, link string
	}{
		{Record{ID: "GHSA-aaaa-bbbb-cccc", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, "9.8",
			"https://github.com/advisories/GHSA-aaaa-bbbb-cccc"},
		{Record{ID: "MAL-2024-1", Vector: "CVSS:3.1/x"}, "", "https://osv.dev/vulnerability/MAL-2024-1"},
		{Record{ID: "npm-12", Aliases: []string{"CVE-2024-1"}}, "", "https://osv.dev/vulnerability/CVE-2024-1"},
		{Record{ID: "GHSA-../../x"}, "", ""},
		{Record{ID: "GHSA-a?b"}, "", ""},
		{Record{ID: "x"}, "", ""},
	} {
		if got, link := tt.record.Score(), tt.record.Link(); got != tt.score || link != tt.link {
			t.Errorf("%s: %q, %q", tt.record.ID, got, link)
		}
	}
}
