package policy

import (
	"fmt"
	"slices"
	"testing"
)

// TestKinds: trusted-publishing leaves or orders what credential lets.
func TestKinds(t *testing.T) {
	for _, tt := range []struct{ text, kinds, key string }{
		{"", "nil", "publish.credential"},
		{"{trusted-publishing: ignore}", "nil", "publish.credential"},
		{"{trusted-publishing: preferred}", "nil", "publish.credential"},
		{"{trusted-publishing: required}", "[oidc]", "publish.trusted-publishing"},
		{"{credential: [token, oidc]}", "[token oidc]", "publish.credential"},
		{"{credential: [token, oidc], trusted-publishing: ignore}", "[token oidc]", "publish.credential"},
		{"{credential: [token, oidc], trusted-publishing: preferred}", "[oidc token]", "publish.credential"},
		{"{credential: [token], trusted-publishing: preferred}", "[token]", "publish.credential"},
		{"{credential: [token, oidc], trusted-publishing: required}", "[oidc]", "publish.credential together with publish.trusted-publishing"},
		{"{credential: [token], trusted-publishing: required}", "[]", "publish.credential together with publish.trusted-publishing"},
		{"{credential: [], trusted-publishing: preferred}", "[]", "publish.credential"},
	} {
		text := ""
		if tt.text != "" {
			text = "publish: " + tt.text
		}
		p := parse(t, text).For("a", Flags{}).Publish.Publishing
		said := slices.Clone(p.Credential)
		got := "nil"
		if p.Kinds() != nil {
			got = fmt.Sprint(p.Kinds())
		}
		if got != tt.kinds || p.KindsKey() != tt.key {
			t.Errorf("%s: %s by %s, want %s by %s", tt.text, got, p.KindsKey(), tt.kinds, tt.key)
		}
		if p.Accepts(Token) != (tt.kinds == "nil" || slices.Contains(p.Kinds(), Token)) || !slices.Equal(said, p.Credential) {
			t.Errorf("%s: a token is let: %t; credential is %v", tt.text, p.Accepts(Token), p.Credential)
		}
	}
	// A package takes back what the file asks for.
	e := parse(t, "publish: {trusted-publishing: required, provenance: required}\n"+
		"packages: {a: {publish: {trusted-publishing: ignore, provenance: ignore}}}").For("a", Flags{})
	if e.Publish.Kinds() != nil || e.Publish.Provenance != "" {
		t.Errorf("%+v", e.Publish.Publishing)
	}
}
