package sign

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestConfigMistakes(t *testing.T) {
	token := func(context.Context, string) (string, error) { return "", nil }
	ready := Config{Token: token, Transport: direct(t), Now: time.Now}
	trusted := []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
	with := func(change func(*Config)) Config {
		c := ready
		change(&c)
		return c
	}
	for name, test := range map[string]struct {
		config Config
		want   []string // parts of the error, all at once; none: no error
	}{
		"public good":    {ready, nil},
		"public, pinned": {with(func(c *Config) { c.TrustedRoot = trusted }), nil},
		"own": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "http://127.0.0.1:1", []Log{{"https://rekor.example.com/x", 1}}, trusted
		}), nil},
		"zero":       {Config{}, []string{"id-token: write", "transport", "clock"}},
		"fulcio":     {with(func(c *Config) { c.Fulcio = "https://fulcio.example.com" }), []string{"address of a Rekor", "trusted root"}},
		"rekor":      {with(func(c *Config) { c.Rekor = []Log{{"https://r.example.com", 1}} }), []string{"address of a Fulcio"}},
		"tsa":        {with(func(c *Config) { c.TSA = []string{"https://t.example.com"} }), []string{"address of a Fulcio"}},
		"rekor v3":   {with(func(c *Config) { c.Fulcio, c.Rekor = "https://f", []Log{{"https://r", 3}} }), []string{"version 3"}},
		"no version": {with(func(c *Config) { c.Fulcio, c.Rekor = "https://f", []Log{{"https://r", 0}} }), []string{"version 0"}},
		"v2, no tsa": {with(func(c *Config) { c.Fulcio, c.Rekor = "https://f", []Log{{"https://r", 2}} }), []string{"TSA"}},
		"addresses": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TUF = "fulcio", []Log{{"ftp://r", 1}}, []string{"https://a:b@t"}, "https://x?y"
		}), []string{`"fulcio"`, `"ftp://r"`, `"https://a:b@t"`, `"https://x?y"`}},
		"root": {with(func(c *Config) { c.TrustedRoot = []byte("{") }), []string{"trusted root"}},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := Keyless(test.config)
			if len(test.want) == 0 {
				if err != nil || signer == nil {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err == nil || signer != nil {
				t.Fatalf("error is %v, want one", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not mention %q: %v", want, err)
				}
			}
		})
	}
}
