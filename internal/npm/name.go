package npm

import (
	"errors"
	"strings"
)

// ErrNodeModule says that a name is one of Node's own modules. No new package
// may have it; existing ones, such as punycode and events, may be published
// further.
var ErrNodeModule = errors.New("the package name is a module of Node's own")

// maxName is the longest name, in characters, that the registry accepts for a
// new package.
const maxName = 214

// ValidName reports whether a new package of this name could be published, by
// the rules of npm's validate-npm-package-name (its stricter half, the one for
// new packages). The error is one sentence without the name, so that it can be
// printed as it is.
func ValidName(name string) error {
	switch {
	case name == "":
		return errors.New("a package name may not be empty")
	case len(name) > maxName:
		return errors.New("a package name may not be longer than 214 characters")
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"), strings.HasPrefix(name, "-"):
		return errors.New("a package name may not begin with a period, an underscore or a hyphen")
	case strings.TrimSpace(name) != name:
		return errors.New("a package name may not begin or end with white space")
	case strings.ToLower(name) != name:
		return errors.New("a package name may not have capital letters")
	case name == "node_modules", name == "favicon.ico":
		return errors.New("the package name is reserved")
	case nodeModule(name):
		return ErrNodeModule
	}
	bare := name
	if rest, ok := strings.CutPrefix(name, "@"); ok {
		scope, after, ok := strings.Cut(rest, "/")
		if !ok || !urlSafe(scope) {
			return errors.New("a scoped package name is @scope/name in letters that need no escape in a URL")
		}
		bare = after
	}
	if !urlSafe(bare) {
		return errors.New("a package name may hold only letters that need no escape in a URL")
	}
	if bare[0] == '.' {
		return errors.New("a package name may not begin with a period")
	}
	return nil
}

// urlSafe reports whether encodeURIComponent leaves the text unchanged and it
// has none of ~'!()*, which the registry no longer accepts in new names.
func urlSafe(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return s != ""
}

// nodeModule reports whether a name is a built-in module of Node. A package of
// that name can be required only with a slash at the end (punycode/). Source:
// module.builtinModules of Node 20–24.
func nodeModule(name string) bool {
	switch name {
	case "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
		"diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net",
		"os", "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream",
		"string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi",
		"worker_threads", "zlib":
		return true
	}
	return false
}
