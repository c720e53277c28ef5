package main

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// unready are ways in which the registry, the package or the job is not ready for
// a publish, each of which shows before anything is signed.
var unready = map[string]struct {
	set  func(w *seenWorld)
	exit int
	says string
}{
	"a page for a registry":        {func(w *seenWorld) { w.npm.Fail("get-html", 0, -1) }, 3, "registry"},
	"an empty object":              {func(w *seenWorld) { w.npm.Fail("get-empty", 0, -1) }, 3, "registry"},
	"null":                         {func(w *seenWorld) { w.npm.Fail("get-null", 0, -1) }, 3, "registry"},
	"a list":                       {func(w *seenWorld) { w.npm.Fail("get-list", 0, -1) }, 3, "registry"},
	"a bomb":                       {func(w *seenWorld) { w.npm.Fail("get-bomb", 0, -1) }, 3, "larger"},
	"half an answer":               {func(w *seenWorld) { w.npm.Fail("get-half", 0, -1) }, 3, "registry"},
	"a refusal":                    {func(w *seenWorld) { w.npm.Fail("get-403", 0, -1) }, 3, "403"},
	"a year's wait":                {func(w *seenWorld) { w.npm.Fail("get-503-retry=31536000", 0, -1) }, 3, "503"},
	"an unknown token":             {func(w *seenWorld) { w.npm.Know("another") }, 3, "does not accept the token"},
	"a token of two lines":         {func(w *seenWorld) { w.env["NODE_AUTH_TOKEN"] += "\nx" }, 2, "more than one line"},
	"other bytes are there":        {func(w *seenWorld) { w.npm.Seed("@acme/widget", "1.2.3", "latest", []byte("other")) }, 1, "other bytes"},
	"a higher version is latest":   {func(w *seenWorld) { w.npm.Seed("@acme/widget", "9.0.0", "latest", []byte("9")) }, 2, "-tag"},
	"a prerelease without a tag":   {func(w *seenWorld) { w.release("1.3.0-rc.1") }, 2, "-tag"},
	"a version that is no release": {func(w *seenWorld) { w.release("1.3") }, 1, "version"},
	"nothing says the access":      {func(w *seenWorld) { w.flags["access"] = "" }, 2, "-access"},
	"a tag that is a range":        {func(w *seenWorld) { w.flags["tag"] = "v1" }, 2, "range"},
	"another registry is named": {func(w *seenWorld) {
		w.declare(`"publishConfig": {"registry": "https://npm.example.com/"}`)
	}, 1, "publishConfig"},
	"a private package":           {func(w *seenWorld) { w.declare(`"private": true`) }, 2, "private"},
	"a ref that is not protected": {func(w *seenWorld) { w.env["GITHUB_REF_PROTECTED"] = "false" }, 1, "refused"},
	"a finding": {func(w *seenWorld) {
		w.flags["policy"] = w.file("p.yml", "version: 1\nfiles: {forbid: [index.js]}\n")
	}, 1, "index.js"},
}

// TestNothingIsSignedBefore: where a publish cannot go well, those that sign have
// seen no request. An entry in their log would stay for ever.
func TestNothingIsSignedBefore(t *testing.T) {
	for name, c := range unready {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSeenWorld(t)
			w.signing()
			c.set(w)
			code, said := w.gate()
			if code != c.exit || !strings.Contains(said, c.says) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, c.exit, c.says, said)
			}
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

// signing makes it a job that signs, by servers that take nothing.
func (w *seenWorld) signing() {
	w.onRunner()
	root, err := sigstore.MakeTrustedRoot(w.TempDir())
	if err != nil {
		w.Fatal(err)
	}
	maps.Copy(w.flags, map[string]string{"sign": "keyless", "fulcio-url": w.fulcio, "rekor-url": w.fulcio,
		"timestamp-server-url": w.fulcio, "trusted-root": w.file("root.json", string(root)), "deadline": "10s"})
}

// release gives the package another version.
func (w *seenWorld) release(version string) {
	for _, name := range []string{"package.json", "package-lock.json"} {
		w.write(name, strings.ReplaceAll(string(read(w.T, w.dir, name)), "1.2.3", version))
	}
}
