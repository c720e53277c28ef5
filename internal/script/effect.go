package script

import (
	"slices"
	"strings"
)

// actors are globals that act on the outside, or run what they are given.
var actors = []string{"fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "RTCPeerConnection", "Worker", "SharedWorker",
	"importScripts", "navigator.sendBeacon", "navigator.serviceWorker", "localStorage", "sessionStorage", "indexedDB",
	"eval", "Deno", "Bun"}

// acting are the properties of process that do.
var acting = []string{"abort", "binding", "_linkedBinding", "chdir", "disconnect", "dlopen", "execve", "exit", "kill", "loadEnvFile",
	"reallyExit", "send", "setegid", "seteuid", "setgid", "setgroups", "setuid", "stderr", "stdin", "stdout", "umask"}

// acts reports whether what w stands for acts on the outside.
func acts(w string) bool {
	if name, ok := strings.CutPrefix(w, theProcess+"."); ok {
		return slices.Contains(acting, name)
	}
	return slices.Contains(actors, w)
}

// pure are the modules of Node that compute and do nothing else.
var pure = []string{"assert", "assert/strict", "_stream_duplex", "_stream_passthrough",
	"_stream_readable", "_stream_transform", "_stream_writable", "buffer", "constants", "crypto", "events", "path", "path/posix", "path/win32",
	"punycode", "querystring", "stream", "stream/consumers", "stream/promises", "stream/web", "string_decoder", "sys", "timers",
	"timers/promises", "url", "util", "util/types", "zlib"}

// effectful are the other modules of Node that need no "node:".
var effectful = []string{"_http_agent", "_http_client", "_http_common", "_http_incoming", "_http_outgoing", "_http_server",
	"_tls_common", "_tls_wrap", "async_hooks", "child_process", "cluster", "console", "dgram", "diagnostics_channel", "dns",
	"dns/promises", "domain", "fs", "fs/promises", "http", "http2", "https", "inspector", "inspector/promises", "module", "net",
	"os", "perf_hooks", "process", "readline", "readline/promises", "repl", "tls", "trace_events", "tty", "v8", "vm", "wasi",
	"worker_threads"}

// known are packages that many use to do the same.
var known = []string{"axios", "node-fetch", "undici", "got", "ky", "superagent", "request", "cross-fetch", "isomorphic-fetch", "needle",
	"ws", "socket.io-client", "execa", "cross-spawn", "shelljs", "zx", "fs-extra", "graceful-fs", "node-pty", "pg", "mysql", "mysql2",
	"mongodb", "redis", "ioredis", "nodemailer", "dotenv", "better-sqlite3", "ffi-napi"}

// Acts reports whether a module is a part of Node, Deno or Bun that acts on the
// outside or runs what it is given, native code, or a package known to do so.
// Modules of Node that the lists do not know act. Other packages do not: what they
// load is not looked at.
func Acts(specifier string) bool {
	name, ours := strings.CutPrefix(specifier, "node:")
	switch {
	case ours:
		return !slices.Contains(pure, name)
	case strings.HasPrefix(specifier, "bun:"), specifier == "bun", strings.HasSuffix(specifier, ".node"):
		return true
	}
	return slices.Contains(effectful, name) || slices.Contains(known, packageOf(specifier))
}

// packageOf returns the name of the package in a specifier.
func packageOf(specifier string) string {
	first, rest, _ := strings.Cut(specifier, "/")
	if strings.HasPrefix(first, "@") {
		second, _, _ := strings.Cut(rest, "/")
		return first + "/" + second
	}
	return first
}

// Builtin reports whether a specifier names a module of Node.
func Builtin(specifier string) bool {
	name, ours := strings.CutPrefix(specifier, "node:")
	return ours || slices.Contains(pure, name) || slices.Contains(effectful, name)
}
