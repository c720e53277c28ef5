package registry_test

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

func TestTokenInfo(t *testing.T) {
	shown := canary[:8] + "..." + canary[len(canary)-4:]
	sum := sha512.Sum512([]byte(canary))
	entry := func(more string) string {
		return fmt.Sprintf(`{"key":"a1","token":%q,"created":"2026-11-01T00:00:00.000Z","expiry":"2026-12-01T00:00:00.000Z","revoked":null%s}`,
			shown, more)
	}
	list := func(entries ...string) string {
		return `{"objects":[` + strings.Join(entries, ",") + `],"total":1,"urls":{}}`
	}
	day := func(month time.Month) time.Time { return time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC) }
	plain := registry.TokenInfo{Created: day(11), Expires: day(12)}
	with := func(change func(*registry.TokenInfo)) *registry.TokenInfo { i := plain; change(&i); return &i }
	other := `{"key":"b","token":"npm_othe...3456"}`
	for name, c := range map[string]struct {
		answer reply
		want   *registry.TokenInfo // nil: not told
		failed bool
	}{
		"alone":         {reply{200, list(entry(""))}, &plain, false},
		"among others":  {reply{200, list(other, entry(""), other)}, &plain, false},
		"not there":     {reply{200, list(other)}, nil, false},
		"twice":         {reply{200, list(entry(""), entry(""))}, nil, false},
		"one revoked":   {reply{200, strings.Replace(list(entry(""), entry("")), `"revoked":null`, `"revoked":"2026-11-02"`, 1)}, &plain, false},
		"by its digest": {reply{200, list(fmt.Sprintf(`{"key":%q,"token":"npm_c4"}`, hex.EncodeToString(sum[:])))}, &registry.TokenInfo{}, false},
		"too short":     {reply{200, list(`{"token":"npm...ry"}`)}, nil, false},
		"by addresses": {reply{200, list(entry(`,"cidr":["10.0.0.0/8"]`))}, with(func(i *registry.TokenInfo) {
			i.CIDR = []string{"10.0.0.0/8"}
		}), false},
		"by addresses, as before": {reply{200, list(entry(`,"cidr_whitelist":["10.0.0.0/8"]`))}, with(func(i *registry.TokenInfo) {
			i.CIDR = []string{"10.0.0.0/8"}
		}), false},
		"scopes": {reply{200, list(entry(`,"scopes":[{"type":"package","name":"@acme/demo"},{"type":"package","name":"demo"},{"type":"scope",
			"name":"@acme"},{"type":"package","name":"@acme"},{"type":"org","name":"acme"},{"type":"package","name":"*"}]`))},
			with(func(i *registry.TokenInfo) {
				i.Packages, i.Scopes, i.Orgs = []string{"@acme/demo", "demo", "*"}, []string{"@acme", "@acme"}, []string{"acme"}
			}), false},
		"writes": {reply{200, list(entry(`,"permissions":[{"name":"package","action":"write"}]`))}, &plain, false},
		"stages only": {reply{200, list(entry(`,"permissions":[{"name":"package","action":"stage"}]`))},
			with(func(i *registry.TokenInfo) { i.StageOnly = true }), false},
		"stages only, by npm's word": {reply{200, list(entry(`,"packages_and_scopes_permission":"read-write-stage-only"`))},
			with(func(i *registry.TokenInfo) { i.StageOnly = true }), false},
		"stages and writes": {reply{200, list(entry(`,"permissions":[{"name":"package","action":"stage"},{"name":"package","action":"write"}]`))},
			&plain, false},
		"writes to organisations": {reply{200, list(entry(`,"permissions":[{"name":"org","action":"write"}]`))},
			with(func(i *registry.TokenInfo) { i.Orgs = []string{"*"} }), false},
		"bypasses": {reply{200, list(entry(`,"bypass_2fa":true,"readonly":true,"token_type":"granular"`))}, with(func(i *registry.TokenInfo) {
			i.Bypass2FA, i.ReadOnly, i.Kind = true, true, "granular"
		}), false},
		"not shown":    {reply{403, ""}, nil, false},
		"not known":    {reply{401, ""}, nil, false},
		"no such call": {reply{404, ""}, nil, false},
		"down":         {reply{500, ""}, nil, true},
		"a page":       {reply{200, "<html>"}, nil, true},
		"nothing":      {reply{200, "{}"}, nil, true},
		"without end":  {reply{200, list(strings.Split(strings.Repeat(other+"|", 99)+entry(""), "|")...)}, nil, false},
	} {
		s := answers(t, c.answer)
		client, _ := client(t, s.URL, canary)
		got, told, err := client.TokenInfo(t.Context())
		if told != (c.want != nil) || (err != nil) != c.failed || told && !reflect.DeepEqual(got, *c.want) {
			t.Errorf("%s: %+v, %v, %v", name, got, told, err)
		}
		if s.asked[0] != "GET /-/npm/v1/tokens?page=0&perPage=100" || len(s.asked) > 5 {
			t.Errorf("%s: asked %q", name, s.asked)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPublisher: the document of a version tells who approved it and how it was
// published.
func TestPublisher(t *testing.T) {
	for npmUser, want := range map[string][2]string{
		`null`:               {"", ""},
		`{"name":"someone"}`: {"", ""},
		`{"name":"GitHub Actions","trustedPublisher":{"id":"github","oidcConfigId":"oidc:1"}}`:                  {"", "github"},
		`{"trustedPublisher":{"oidcConfigId":"oidc:1"}}`:                                                        {"", "oidc:1"},
		`{"name":"GitHub Actions","trustedPublisher":{"id":"gitlab"},"approver":{"name":"jo","email":"j@x.y"}}`: {"jo", "gitlab"},
		`{"approver":"jo"}`: {"jo", ""},
		`{"approver":{}}`:   {"", ""},
		`{"approver":true}`: {"", ""},
	} {
		s := answers(t, reply{200, `{"name":"demo","version":"1.0.0","dist":{"integrity":"sha512-x","signatures":[{"keyid":"a","sig":"b"}],
			"attestations":{"url":"x"}},"_npmUser":` + npmUser + `}`})
		c, _ := client(t, s.URL, "")
		info, found, err := c.Version(t.Context(), "demo", "1.0.0")
		if err != nil || !found || info.Approver != want[0] || info.TrustedPublisher != want[1] || info.Signatures != 1 ||
			!info.Attestations || info.Provenance {
			t.Errorf("%s: %+v, %v", npmUser, info, err)
		}
	}
}
