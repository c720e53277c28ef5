package npm

import "strings"

// runtimes are the runtimes that pnpm installs as if they were packages, each
// with the addresses at which its publisher releases it.
var runtimes = map[string][]string{
	"node": {"https://nodejs.org/download/", "https://nodejs.org/dist/", "https://unofficial-builds.nodejs.org/download/"},
	"deno": {"https://github.com/denoland/deno/releases/download/"},
	"bun":  {"https://github.com/oven-sh/bun/releases/download/"},
}

// IsRuntime reports whether a name is that of a runtime which a package manager
// can install: node, deno or bun.
func IsRuntime(name string) bool { return runtimes[name] != nil }

// ReleasesRuntime reports whether an address is one at which the publisher of a
// runtime releases it, and is written unambiguously.
func ReleasesRuntime(name, address string) bool {
	if strings.ContainsAny(address, `%\?#@`) || strings.Contains(address, "/.") ||
		strings.Contains(address[min(len("https://"), len(address)):], "//") {
		return false
	}
	for _, place := range runtimes[name] {
		if strings.HasPrefix(address, place) {
			return true
		}
	}
	return false
}
