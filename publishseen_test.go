package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// hostileManifests are members of a package.json, each of which leads a publish
// of npm astray, or would if npm read it.
var hostileManifests = []string{
	`"publishConfig": {"https-proxy": "PROXY", "strict-ssl": false}`,
	`"publishConfig": {"proxy": "PROXY", "https-proxy": "PROXY", "ca": "the attacker's"}`,
	`"publishConfig": {"https-proxy": "PROXY", "cafile": "ATTACKERS"}`,
	`"publishConfig": {"https_proxy": "PROXY"}`,
	`"publishConfig": {"httpsProxy": "PROXY"}`,
	`"publishConfig": {"https\u002dproxy": "PROXY"}`,
	`"publishConfig": {"noproxy": ""}`,
	`"publishConfig": {"no-proxy": "HOST"}`,
	`"publishConfig": {"strict-ssl": false}`,
	`"publishConfig": {"ca": null, "cert": "x", "key": "y"}`,
	`"publishConfig": {"registry": "ELSEWHERE"}`,
	`"publishConfig": {"registry": "PLAIN"}`,
	`"publishConfig": {"registry": "PINNED@HOST"}`,
	`"publishConfig": {"registry": "PINNED/../x/"}`,
	`"publishConfig": {"registry": ["ELSEWHERE"]}`,
	`"publishConfig": {"@acme:registry": "ELSEWHERE"}`,
	`"publishConfig": {"HOST/:_authToken": "${NODE_AUTH_TOKEN}"}`,
	`"publishConfig": {"_authToken": "${NODE_AUTH_TOKEN}"}`,
	`"publishConfig": {"userconfig": "TEMP/home/.npmrc"}`,
	`"publishConfig": {"node-options": "--require=TEMP/evil.js"}`,
	`"publishConfig": {"script-shell": "TEMP/evil.sh"}`,
	`"publishConfig": {"local-address": "127.0.0.2"}`,
	`"publishConfig": {"otp": "123456"}`,
	`"publishConfig": {"force": true}`,
	`"publishConfig": {"dry-run": true}`,
	`"publishConfig": {"__proto__": {"https-proxy": "PROXY"}}`,
	`"publishConfig": "PROXY"`,
	`"publishConfig": {"tag": "beta"}, "publishconfig": {"https-proxy": "PROXY"}`,
	`"publishConfig": {}, "publishConfig": {"https-proxy": "PROXY"}`,
	`"tag": "beta"`,
	`"dist": {"tarball": "ELSEWHERE/x.tgz"}`,
	`"_npmUser": {"name": "root"}`,
	`"_attachments": {}`,
	`"_hasShrinkwrap": true`,
	`"private": "false"`,
}

// TestManifestSteersNothing publishes packages whose package.json would lead npm's
// own publish elsewhere: none is sent anywhere, and nobody else is asked.
func TestManifestSteersNothing(t *testing.T) {
	for _, members := range hostileManifests {
		t.Run(members, func(t *testing.T) {
			t.Parallel()
			w := newSeenWorld(t)
			w.declare(members)
			code, said := w.gate()
			if code == 0 {
				t.Errorf("exit 0\n%s", said)
			}
			if sent := w.npm.Puts(); len(sent) > 0 {
				t.Errorf("it was sent\n%s", said)
			}
			w.alone()
		})
	}
}

// hostileFiles are what lies about on a machine: in the package, at home, where
// npm's prefix is.
var hostileFiles = map[string]map[string]string{
	"npmrc of the package": {"w/.npmrc": "registry=ELSEWHERE/\nHOST/:_authToken=${NODE_AUTH_TOKEN}\n"},
	"scope in npmrc":       {"w/.npmrc": "@acme:registry=ELSEWHERE/\nHOST/:_authToken=${NODE_AUTH_TOKEN}\n"},
	"proxy in npmrc":       {"w/.npmrc": "https-proxy=PROXY\nproxy=PROXY\ncafile=ATTACKERS\nstrict-ssl=false\nnoproxy=\n"},
	"npmrc at home":        {"home/.npmrc": "@acme:registry=ELSEWHERE/\nHOST/:_authToken=${NODE_AUTH_TOKEN}\nhttps-proxy=PROXY\n"},
	"global npmrc":         {"prefix/etc/npmrc": "registry=ELSEWHERE/\nhttps-proxy=PROXY\n"},
	"the folder's npmrc":   {".npmrc": "registry=ELSEWHERE/\nhttps-proxy=PROXY\n"},
	"yarn and pnpm": {"w/.yarnrc.yml": "npmRegistryServer: ELSEWHERE\nhttpsProxy: PROXY\nenableStrictSsl: false\n",
		"w/.yarnrc": "registry \"ELSEWHERE\"\nhttps-proxy \"PROXY\"\n", "w/bunfig.toml": "[install]\nregistry = \"ELSEWHERE\"\n"},
	"curl, netrc and git": {"home/.curlrc": "proxy=PROXY\n", "home/.netrc": "machine 0.0.0.0 login a password b\n",
		"home/.gitconfig": "[http]\n\tproxy = PROXY\n[url \"ELSEWHERE/\"]\n\tinsteadOf = PINNED/\n"},
	"cosign and sigstore": {"home/.sigstore/root/remote.json": `{"mirror": "ELSEWHERE"}`,
		"home/.sigstore/root/tuf.db/x": "x"},
}

// hostileEnvironments are what an earlier step of the job may have set.
var hostileEnvironments = map[string]map[string]string{
	"proxies": {"HTTPS_PROXY": "PROXY", "HTTP_PROXY": "PROXY", "ALL_PROXY": "PROXY", "NO_PROXY": ""},
	"proxies, small letters": {"https_proxy": "PROXY", "http_proxy": "PROXY", "all_proxy": "PROXY", "no_proxy": "",
		"ftp_proxy": "PROXY", "socks_proxy": "PROXY"},
	"proxy and certificates": {"HTTPS_PROXY": "PROXY", "SSL_CERT_FILE": "ATTACKERS", "SSL_CERT_DIR": "TEMP"},
	"on a server":            {"HTTP_PROXY": "PROXY", "REQUEST_METHOD": "GET"},
	"Go": {"GODEBUG": "x509usefallbackroots=1,netdns=cgo+2,tlsrsakex=1,http2client=0", "GOPROXY": "PROXY", "SSL_CERT_FILE": "ATTACKERS",
		"GOFLAGS": "-mod=mod", "GOTRACEBACK": "all", "SSLKEYLOGFILE": "TEMP/keys"},
	"resolver": {"LOCALDOMAIN": "evil.example", "RES_OPTIONS": "ndots:15", "HOSTALIASES": "TEMP/aliases"},
	"npm": {"npm_config_registry": "ELSEWHERE/", "npm_config_https_proxy": "PROXY", "npm_config_proxy": "PROXY",
		"npm_config_cafile": "ATTACKERS", "npm_config_strict_ssl": "false", "npm_config_noproxy": ""},
	"npm, capitals": {"NPM_CONFIG_REGISTRY": "ELSEWHERE/", "NPM_CONFIG_HTTPS_PROXY": "PROXY", "NPM_CONFIG_USERCONFIG": "TEMP/home/.npmrc",
		"NPM_CONFIG_GLOBALCONFIG": "TEMP/home/.npmrc", "NPM_CONFIG_PREFIX": "TEMP/prefix"},
	"npm, scopes": {"npm_config_@acme:registry": "ELSEWHERE/", "npm_config_HOST/:_authToken": "another-token",
		"npm_config_//registry.example/:_auth": "eDp5"},
	"npm, other options": {"npm_config_tag": "evil", "npm_config_access": "restricted", "npm_config_otp": "123456",
		"npm_config_dry_run": "true", "npm_config_ignore_scripts": "false", "npm_config_script_shell": "TEMP/evil.sh",
		"npm_config_node_options": "--require=TEMP/evil.js", "npm_config_provenance_file": "TEMP/evil.json"},
	"Node.js": {"NODE_OPTIONS": "--require=TEMP/evil.js", "NODE_EXTRA_CA_CERTS": "ATTACKERS", "NODE_USE_ENV_PROXY": "1",
		"HTTPS_PROXY": "PROXY", "NODE_TLS_REJECT_UNAUTHORIZED": "0", "NODE_PATH": "TEMP"},
	"loader": {"LD_PRELOAD": "TEMP/evil.so", "LD_LIBRARY_PATH": "TEMP", "BASH_ENV": "TEMP/evil.sh", "ENV": "TEMP/evil.sh",
		"GIT_SSH_COMMAND": "TEMP/evil.sh", "GIT_CONFIG_GLOBAL": "TEMP/home/.gitconfig", "GIT_DIR": "TEMP/git", "PATH": "TEMP"},
	"Sigstore": {"SIGSTORE_ROOT_FILE": "ATTACKERS", "SIGSTORE_REKOR_PUBLIC_KEY": "ATTACKERS", "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": "ATTACKERS",
		"SIGSTORE_TSA_CERTIFICATE_FILE": "ATTACKERS", "SIGSTORE_NO_CACHE": "1", "SIGSTORE_TRUSTED_ROOT": "ATTACKERS",
		"TUF_ROOT": "TEMP/tuf", "TUF_MIRROR": "ELSEWHERE", "TUF_ROOT_JSON": "TEMP/root.json", "COSIGN_REPOSITORY": "ELSEWHERE",
		"FULCIO_URL": "ELSEWHERE", "REKOR_URL": "ELSEWHERE"},
	"providers of Sigstore": {"GOOGLE_SERVICE_ACCOUNT_NAME": "x", "SPIFFE_ENDPOINT_SOCKET": "TEMP/spiffe", "VAULT_ADDR": "ELSEWHERE",
		"AWS_ENDPOINT_URL": "ELSEWHERE", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "ELSEWHERE/", "GCE_METADATA_HOST": "HOST"},
}

// TestMachineSteersNothing publishes from a machine with hostile files and
// variables: it is published where it was asked for, and nobody else hears of it.
func TestMachineSteersNothing(t *testing.T) {
	t.Parallel()
	published := func(t *testing.T, w *seenWorld) {
		code, said := w.gate()
		there := w.npm.Tags("@acme/widget")["latest"] == "1.2.3"
		if w.flags["publish"] == "stage" {
			there = len(w.npm.Staged()) == 1
		}
		if code != 0 || !there {
			t.Errorf("exit %d\n%s", code, said)
		}
		w.alone()
		if _, err := os.Stat(filepath.Join(filepath.Dir(w.dir), "was-here")); err == nil {
			t.Error("a program of the package was run")
		}
	}
	for name, files := range hostileFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSeenWorld(t)
			w.declare(`"files": ["index.js"]`)
			for path, content := range files {
				w.file(path, w.expand(content))
			}
			w.env["HOME"], w.env["npm_config_prefix"] = w.expand("TEMP/home"), w.expand("TEMP/prefix")
			published(t, w)
		})
	}
	for name, variables := range hostileEnvironments {
		for _, credential := range []string{"token", "trusted publisher, direct", "trusted publisher, staged"} {
			t.Run(name+"/"+credential, func(t *testing.T) {
				t.Parallel()
				w := newSeenWorld(t)
				w.file("home/.npmrc", w.expand("registry=ELSEWHERE/\nHOST/:_authToken=${NODE_AUTH_TOKEN}\n"))
				w.file("evil.sh", "#!/bin/sh\ntouch was-here\n")
				w.file("evil.js", "require('fs').writeFileSync('was-here', '')\n")
				w.env["HOME"] = w.expand("TEMP/home")
				if credential != "token" {
					w.trusted()
				}
				if credential == "trusted publisher, staged" {
					w.flags["publish"] = "stage"
				}
				for key, value := range variables {
					w.env[w.expand(key)] = w.expand(value)
				}
				published(t, w)
			})
		}
	}
	t.Run("lifecycle scripts", func(t *testing.T) {
		t.Parallel()
		w := newSeenWorld(t)
		var scripts []string
		for _, name := range []string{"prepublishOnly", "prepack", "prepare", "postpack", "publish", "postpublish", "dependencies"} {
			scripts = append(scripts, fmt.Sprintf(`%q: "touch TEMP/was-here"`, name))
		}
		w.declare(`"scripts": {` + strings.Join(scripts, ", ") + `}`)
		w.flags["policy"] = w.file("policy.yml", "version: 1\npublish: {unrun-scripts: warn}\n")
		published(t, w)
	})
}

// A turning is a request of a publish that a host answers with a redirect, and
// how the run ends then: a registry that leads elsewhere for what it is asked about
// has not got it, and other answers are none.
type turning struct {
	turns func(r *http.Request) bool
	set   func(w *seenWorld) // nil: it publishes with a token
	exit  int
	all   bool // each status to each place, and not each of them once
}

var turnings = map[string]turning{
	"a package":   {reads("/@acme/widget"), nil, 0, false},
	"a version":   {reads("/1.2.3"), nil, 0, false},
	"dist-tags":   {reads("/dist-tags"), nil, 0, false},
	"whoami":      {reads("/whoami"), nil, 0, false},
	"visibility":  {reads("/visibility"), nil, 0, false},
	"status":      {reads("/status"), func(w *seenWorld) { w.npm.Validate(1, ""); w.flags["wait"] = "1s" }, 3, false},
	"advisories":  {writes(http.MethodPost, "/bulk"), nil, 3, false},
	"PUT":         {writes(http.MethodPut, "/@acme/widget"), nil, 3, true},
	"what any":    {func(*http.Request) bool { return true }, nil, 3, false},
	"exchange":    {writes(http.MethodPost, "/oidc/token/exchange"), (*seenWorld).trusted, 3, true},
	"an ID token": {reads("/token"), (*seenWorld).trusted, 2, false},
	"stage": {writes(http.MethodPost, "/-/stage/package"), func(w *seenWorld) {
		w.trusted()
		w.flags["publish"] = "stage"
	}, 3, true},
	"trusted PUT": {writes(http.MethodPut, "/@acme/widget"), (*seenWorld).trusted, 3, true},
	"a dist-tag": {writes(http.MethodPut, "/dist-tags/next"), func(w *seenWorld) {
		w.trusted()
		w.flags["tags"] = "next"
	}, 0, false},
	"Fulcio": {writes(http.MethodPost, "/signingCert"), (*seenWorld).signing, 3, false},
	"GitHub": {writes(http.MethodPost, "/sarifs"), func(w *seenWorld) {
		w.trusted()
		w.commit()
		w.flags["upload-sarif"] = "always"
	}, 3, false},
}

func reads(suffix string) func(r *http.Request) bool {
	return func(r *http.Request) bool { return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, suffix) }
}

func writes(method, part string) func(r *http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && strings.Contains(r.URL.Path, part) }
}

// TestRedirectsLeadNowhere answers requests with redirects of every kind to
// another host, to another port of the same one, and out of TLS.
func TestRedirectsLeadNowhere(t *testing.T) {
	race.Leave(t, "TestScript and TestNothingIsSignedBefore")
	t.Parallel()
	for what, turn := range turnings {
		for i, status := range []int{301, 302, 303, 307, 308} {
			for j, to := range []string{"ELSEWHERE", "OTHER", "PLAIN", "USER", "RELATIVE"} {
				if i != j && !turn.all {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d to %s", what, status, to), func(t *testing.T) {
					t.Parallel()
					w := newSeenWorld(t)
					if turn.set != nil {
						turn.set(w)
					}
					var turned atomic.Int32
					w.turn(func(r *http.Request) (int, string) {
						if !turn.turns(r) {
							return 0, ""
						}
						turned.Add(1)
						return status, w.other(to) + r.URL.RequestURI()
					})
					code, said := w.gate()
					if code != turn.exit || turned.Load() == 0 {
						t.Errorf("exit %d, expected %d, after %d redirects\n%s", code, turn.exit, turned.Load(), said)
					}
					w.alone()
				})
			}
		}
	}
}
