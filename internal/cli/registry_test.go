package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestRegistryTokens(t *testing.T) {
	env := []string{
		"npm_config_//npm.acme.example/:_authToken=token-one", "NPM_CONFIG_//npm.acme.example:4873/a:_authToken=token-two",
		"npm_config_registry=https://evil.example/", "npm_config_@acme:registry=https://evil.example/", "npm_config__authToken=token-three",
		"//npm.acme.example/:_authToken=token-four", "npm_config_npm.acme.example/:_authToken=token-five",
	}
	got := registryTokens(env)
	want := map[string]string{"//npm.acme.example/": "token-one", "//npm.acme.example:4873/a/": "token-two"}
	for place, token := range want {
		if got[place].Reveal() != token {
			t.Errorf("%s: got another token", place)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d tokens, want %d", len(got), len(want))
	}

	// None of the tokens is ever printed.
	var out bytes.Buffer
	fmt.Fprintf(redactor{&out, secretsOf(Process{Env: env})}, "a token-one b token-two c %v", got)
	if strings.Contains(out.String(), "token-one") || strings.Contains(out.String(), "token-two") {
		t.Errorf("printed: %s", out.String())
	}
}
