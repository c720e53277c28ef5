package gate

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/policy"
)

// TestEnvironment: the environment is read from the token that signs, and where
// none can be had it is not known.
func TestEnvironment(t *testing.T) {
	token := func(claims string) func(context.Context, string) (string, error) {
		text := "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
		return func(context.Context, string) (string, error) { return text, nil }
	}
	const iss = `"iss":"https://token.actions.githubusercontent.com"`
	broken := func(context.Context, string) (string, error) { return "", errors.New("the issuer is down") }
	for name, c := range map[string]struct {
		acting Acting
		on     permission
		want   string // the environment, or what is told behind "?"
	}{
		"named": {Acting{Sign: Keyless, IDToken: token(`{` + iss + `,"environment":"release"}`)}, permission{acting: true,
			asked: true}, "release"},
		"of a runner": {Acting{Sign: Auto, IDToken: token(`{` + iss + `,"environment":"release"}`)}, permission{acting: true}, "release"},
		"none":        {Acting{Sign: Keyless, IDToken: token(`{` + iss + `}`)}, permission{acting: true, asked: true}, ""},
		"no text": {Acting{Sign: Keyless, IDToken: token(`{` + iss + `,"environment":["release"]}`)}, permission{acting: true,
			asked: true}, ""},
		"does not act": {Acting{Sign: Keyless, IDToken: broken}, permission{asked: true}, "?nothing is signed or published"},
		"only judges":  {Acting{Sign: Auto}, permission{acting: true}, "?nothing is signed or published"},
		"a key":        {Acting{Sign: Key, IDToken: broken}, permission{acting: true, asked: true}, "?this run uses no ID token"},
		"no issuer":    {Acting{Sign: Keyless, IDToken: broken}, permission{acting: true, asked: true}, "?no ID token names"},
		"hostile":      {Acting{Sign: Keyless, IDToken: token(`{`)}, permission{acting: true, asked: true}, "?no ID token names"},
		"two of one key": {Acting{Sign: Keyless, IDToken: token(`{` + iss + `,"environment":"a","environment":"release"}`)},
			permission{acting: true, asked: true}, "?no ID token names"},
	} {
		in := &input{permission: c.on, rules: rules{policy: &policy.Effective{Source: policy.Source{Env: "release"}}}}
		got := ""
		is, not := in.environment(t.Context(), &c.acting)
		switch {
		case is != nil:
			got = *is
		case len(not) == 1:
			got = "?" + not[0].Why
		}
		if got != c.want && (c.want == "" || c.want[0] != '?' || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %q, expected %q", name, got, c.want)
		}
	}
}
