package main

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// unready are ways in which the registry, the package or the job is not ready for
// a publish, each of which shows before anything is signed.
var unready = map[string]struct {
	set     func(w *seenWorld)
	exit    int
	says    string
	trusted bool // by a trusted publisher, not by a token
}{
	"no trusted publisher": {func(w *seenWorld) { w.npm.Revoke() }, 2, "release.yml", true},
	"one of another workflow": {func(w *seenWorld) {
		w.npm.Revoke()
		w.npm.Trust("@acme/widget", registry.Publisher{Repository: "acme/gate-demo", Workflow: "other.yml", Direct: true})
	}, 2, "release.yml", true},
	"one of another package": {func(w *seenWorld) {
		w.npm.Revoke()
		w.npm.Trust("@acme/other", registry.Publisher{Direct: true})
	}, 2, "trusted publisher", true},
	"an exchange is refused": {func(w *seenWorld) { w.npm.Fail("exchange-401", 0, -1) }, 3, "401", true},
	"an exchange fails":      {func(w *seenWorld) { w.npm.Fail("exchange-500", 0, -1) }, 3, "500", true},
	"an exchange hangs": {func(w *seenWorld) {
		w.npm.Fail("exchange-hang", 0, -1)
		w.flags["deadline"] = "2s"
	}, 3, "deadline", true},
	"an exchange gives a page":    {func(w *seenWorld) { w.npm.Fail("exchange-html", 0, -1) }, 3, "exchange", true},
	"an exchange gives two lines": {func(w *seenWorld) { w.npm.Fail("exchange-line-break", 0, -1) }, 3, "token", true},
	"an exchange for another":     {func(w *seenWorld) { w.npm.Fail("exchange-other-package", 0, -1) }, 3, "another", true},
	"an issuer in the clear": {func(w *seenWorld) {
		w.env["ACTIONS_ID_TOKEN_REQUEST_URL"] = w.plain + "/token?api-version=2.0"
	}, 2, "no https address", true},
	"an issuer that is down": {func(w *seenWorld) { w.turn(fails(reads("/token"), 500)) }, 3, "ID token", true},
	"an issuer that refuses": {func(w *seenWorld) { w.turn(fails(reads("/token"), 403)) }, 2, "ID token", true},
	"no repository in package.json": {func(w *seenWorld) {
		w.write("package.json", `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT"}`)
	}, 1, "repository", true},
	"another repository in package.json": {func(w *seenWorld) {
		w.write("package.json", `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT", "repository": "acme/Gate-demo"}`)
	}, 1, "repository", true},
	"a runner of one's own": {func(w *seenWorld) {
		w.claim(map[string]any{"runner_environment": "self-hosted"})
		w.env["RUNNER_ENVIRONMENT"] = "self-hosted"
	}, 2, "hosted", true},
	"a private repository": {func(w *seenWorld) {
		w.claim(map[string]any{"repository_visibility": "private"})
		w.flags["provenance"] = "true"
	}, 2, "private", true},
	"other bytes are there, trusted": {func(w *seenWorld) {
		w.npm.Seed("@acme/widget", "1.2.3", "latest", []byte("other"))
	}, 1, "other bytes", true},
	"a page for a registry": {func(w *seenWorld) { w.npm.Fail("get-html", 0, -1) }, 3, "registry", false},
	"an empty object":       {func(w *seenWorld) { w.npm.Fail("get-empty", 0, -1) }, 3, "registry", false},
	"null":                  {func(w *seenWorld) { w.npm.Fail("get-null", 0, -1) }, 3, "registry", false},
	"a list":                {func(w *seenWorld) { w.npm.Fail("get-list", 0, -1) }, 3, "registry", false},
	"a bomb":                {func(w *seenWorld) { w.npm.Fail("get-bomb", 0, -1) }, 3, "larger", false},
	"half an answer":        {func(w *seenWorld) { w.npm.Fail("get-half", 0, -1) }, 3, "registry", false},
	"a refusal":             {func(w *seenWorld) { w.npm.Fail("get-403", 0, -1) }, 3, "403", false},
	"a year's wait":         {func(w *seenWorld) { w.npm.Fail("get-503-retry=31536000", 0, -1) }, 3, "503", false},
	"an unknown token":      {func(w *seenWorld) { w.npm.Know("another") }, 3, "does not accept the token", false},
	"a token of two lines":  {func(w *seenWorld) { w.env["NODE_AUTH_TOKEN"] += "\nx" }, 2, "more than one line", false},
	"other bytes are there": {func(w *seenWorld) {
		w.npm.Seed("@acme/widget", "1.2.3", "latest", []byte("other"))
	}, 1, "other bytes", false},
	"a higher version is latest":   {func(w *seenWorld) { w.npm.Seed("@acme/widget", "9.0.0", "latest", []byte("9")) }, 2, "-tag", false},
	"a prerelease without a tag":   {func(w *seenWorld) { w.release("1.3.0-rc.1") }, 2, "-tag", false},
	"a version that is no release": {func(w *seenWorld) { w.release("1.3") }, 1, "version", false},
	"nothing says the access":      {func(w *seenWorld) { w.flags["access"] = "" }, 2, "-access", false},
	"a tag that is a range":        {func(w *seenWorld) { w.flags["tag"] = "v1" }, 2, "range", false},
	"another registry is named": {func(w *seenWorld) {
		w.declare(`"publishConfig": {"registry": "https://npm.example.com/"}`)
	}, 1, "publishConfig", false},
	"a private package":           {func(w *seenWorld) { w.declare(`"private": true`) }, 2, "private", false},
	"a ref that is not protected": {func(w *seenWorld) { w.env["GITHUB_REF_PROTECTED"] = "false" }, 1, "refused", false},
	"a finding": {func(w *seenWorld) {
		w.flags["policy"] = w.file("p.yml", "version: 1\nfiles: {forbid: [index.js]}\n")
	}, 1, "index.js", false},
}

// TestNothingIsSignedBefore: where a publish cannot go well, those that sign have
// seen no request. An entry in their log would stay for ever.
func TestNothingIsSignedBefore(t *testing.T) {
	t.Parallel()
	for name, c := range unready {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSeenWorld(t)
			w.signing()
			if !c.trusted {
				w.secret(w.env["NODE_AUTH_TOKEN"], "registry")
				w.flags["policy"] = w.file("policy.yml", "version: 1\npublish: {credential: [token]}\n")
				w.npm.Know(w.env["NODE_AUTH_TOKEN"])
			}
			c.set(w)
			code, said := w.gate()
			if code != c.exit || !strings.Contains(said, c.says) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, c.exit, c.says, said)
			}
			w.alone()
			for _, m := range w.Messages("fulcio") {
				t.Errorf("%s was asked: %s\n%s", m.Host, m.Head, said)
			}
			for _, m := range w.Messages("registry") {
				if m.Method == http.MethodPut {
					t.Errorf("it was sent: %s", said)
				}
			}
		})
	}
	t.Run("all is well", func(t *testing.T) { // then they are asked
		w := newSeenWorld(t)
		w.signing()
		if code, said := w.gate(); code != 3 || len(w.Messages("fulcio")) == 0 {
			t.Errorf("exit %d\n%s", code, said)
		}
	})
}

// signing makes it a job of a trusted publisher that signs, by servers that take
// nothing.
func (w *seenWorld) signing() {
	w.trusted()
	root, err := sigstore.MakeTrustedRoot(w.TempDir())
	if err != nil {
		w.Fatal(err)
	}
	maps.Copy(w.flags, map[string]string{"sign": "keyless", "fulcio-url": w.fulcio, "rekor-url": w.fulcio,
		"timestamp-server-url": w.fulcio, "trusted-root": w.file("root.json", string(root)), "deadline": "50s"})
}

// fails answers requests with a status.
func fails(which func(*http.Request) bool, status int) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		if which(r) {
			return status, ""
		}
		return 0, ""
	}
}

// commit makes the package a checkout at the commit of the run.
func (w *seenWorld) commit() {
	repo, err := gitrepo.Init(w.dir)
	if err != nil {
		w.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range []string{"package.json", "package-lock.json", "index.js"} {
		files[name] = string(read(w.T, w.dir, name))
	}
	head, err := repo.Commit(files)
	if err != nil {
		w.Fatal(err)
	}
	w.env["GITHUB_SHA"], w.env["GITHUB_WORKSPACE"] = head, w.dir
}

// release gives the package another version.
func (w *seenWorld) release(version string) {
	for _, name := range []string{"package.json", "package-lock.json"} {
		w.write(name, strings.ReplaceAll(string(read(w.T, w.dir, name)), "1.2.3", version))
	}
}
