package cli

import "testing"

func TestRedacted(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ann: read-write", "ann: read-write"},
		{"packages @acme/widget @acme", "packages @acme/widget @acme"},
		{"ann@example.com: owner", "[redacted]: owner"},
		{"npm_" + "aB3dE5fG7hI9jK1l, created", "[redacted], created"},
		{"addresses 10.0.0.0/8", "addresses 10.0.0.0/8"},
	} {
		if got := redacted(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
