package npm

import "testing"

func TestReleasesRuntime(t *testing.T) {
	for _, c := range []struct {
		name, address string
		want          bool
	}{
		{"node", "https://nodejs.org/download/release/v24.4.1/node-v24.4.1-linux-x64.tar.gz", true},
		{"node", "https://unofficial-builds.nodejs.org/download/release/v24.4.1/node-v24.4.1-linux-x64-musl.tar.gz", true},
		{"deno", "https://github.com/denoland/deno/releases/download/v2.4.2/deno-x86_64-unknown-linux-gnu.zip", true},
		{"bun", "https://github.com/oven-sh/bun/releases/download/bun-v1.2.19/bun-linux-x64.zip", true},
		{"bun", "https://github.com/denoland/deno/releases/download/v2.4.2/deno-x86_64-unknown-linux-gnu.zip", false},
		{"node", "http://nodejs.org/download/release/v24.4.1/node-v24.4.1-linux-x64.tar.gz", false},
		{"node", "https://nodejs.org.evil.example.com/download/x.tar.gz", false},
		{"bun", "https://github.com/oven-sh/bun/releases/download/../../../../evil/evil/x.zip", false},
		{"bun", "https://github.com/oven-sh/bun/releases/download/%2e%2e/x.zip", false},
		{"bun", `https://github.com/oven-sh/bun/releases/download/..\x.zip`, false},
		{"left", "https://nodejs.org/download/x.tar.gz", false},
		{"node", "", false},
	} {
		if got := ReleasesRuntime(c.name, c.address); got != c.want {
			t.Errorf("%s at %s: %t", c.name, c.address, got)
		}
	}
}
