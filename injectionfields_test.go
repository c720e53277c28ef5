package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/runner"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// An injection is a field that somebody else fills, or several of which none
// ends the run.
type injection struct {
	name string
	set  func(w *injected, text string)
}

// injections returns all fields: those of documents, files, variables, inputs
// and answers.
func injections(t *testing.T) []injection {
	step, err := runner.New(t.TempDir(), "/w", "action.yml")
	if err != nil {
		t.Fatal(err)
	}

	all := append(append(packageFields(), fileFields()...), answerFields()...)
	for _, name := range []string{"GITHUB_REF", "GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_API_URL", "GITHUB_SERVER_URL",
		"GITHUB_WORKSPACE", "GITHUB_EVENT_PATH", "GITHUB_RUN_ID", "GITHUB_WORKFLOW_REF", "RUNNER_ENVIRONMENT", "GITHUB_ACTOR"} {
		all = append(all, injection{name: name, set: func(w *injected, text string) {
			w.git = true
			w.publish()
			w.upload(http.StatusForbidden, "no")
			w.step.Env[name] = text
		}})
	}
	for _, variable := range slices.Sorted(maps.Keys(step.Env)) {
		name, isInput := strings.CutPrefix(variable, "INPUT_")
		if !isInput {
			continue
		}
		all = append(all, injection{name: "input " + name, set: func(w *injected, text string) {
			if name == "OUT" { // within the test's folder
				text = filepath.Join(filepath.Dir(w.dir), strings.ReplaceAll(text, "/", ""))
			}
			w.step.Input(name, text)
		}})
	}
	return all
}

// packageFields are those of a package, its lockfile and the advisories.
func packageFields() []injection {
	manifest := func(keys ...string) injection {
		return injection{name: "package.json " + strings.Join(keys, " "), set: func(w *injected, text string) {
			for _, key := range keys {
				w.docs["package.json"][key] = text
			}
		}}
	}
	member := func(key string, value func(text string) any) injection {
		return injection{name: "package.json of " + key, set: func(w *injected, text string) { w.docs["package.json"][key] = value(text) }}
	}
	both := func(text string) any { return map[string]any{text: text, "a": text} }
	left := func(key string) injection {
		return injection{name: "lockfile " + key, set: func(w *injected, text string) {
			w.in("package-lock.json", "packages", "node_modules/left")[key] = text
		}}
	}
	return []injection{
		manifest("name"), manifest("version"), manifest("main", "module", "types", "bin"), manifest("license"), manifest("packageManager"),
		manifest("description", "homepage", "author", "repository", "bugs", "keywords", "engines", "funding"),
		member("scripts", func(text string) any { return map[string]any{text: text, "install": text, "prepack": text} }),
		member("exports", func(text string) any { return map[string]any{".": text, "./" + text: "./" + text} }),
		member("bin", both), member("publishConfig", both), member("overrides", both), member("optionalDependencies", both),
		member("peerDependencies", both), member("files", func(text string) any { return []any{text} }),
		member("workspaces", func(text string) any { return []any{text} }),
		member("bundleDependencies", func(text string) any { return []any{text} }),
		member("dependencies", func(text string) any { return map[string]any{"left": "^1.0.0", text: "^1.0.0"} }),
		{name: "package.json range", set: func(w *injected, text string) { w.in("package.json", "dependencies")["left"] = text }},
		left("version"), left("resolved"), left("integrity"), left("license"), left("name"),
		left("deprecated"),
		{name: "lockfile: a path", set: func(w *injected, text string) {
			w.in("package-lock.json", "packages", "node_modules/"+text)["version"] = "1.0.0"
		}},
		{name: "lockfile: a name and a range", set: func(w *injected, text string) {
			w.in("package-lock.json", "packages", "node_modules/left", "dependencies")[text] = text
		}},
		{name: "lockfileVersion", set: func(w *injected, text string) { w.docs["package-lock.json"]["lockfileVersion"] = text }},
		{name: "an advisory", set: func(w *injected, text string) {
			w.hit()
			advisory := w.docs["../adv/advisory.json"]
			advisory["summary"], advisory["details"], advisory["aliases"] = text, text, []any{text}
			advisory["references"] = []any{map[string]any{"type": "WEB", "url": text}}
		}},
		{name: "an advisory's id", set: func(w *injected, text string) { w.hit(); w.docs["../adv/advisory.json"]["id"] = text }},
		{name: "an advisory's ranges", set: func(w *injected, text string) {
			w.hit()
			w.in("../adv/advisory.json", "affected", "ranges")["events"] = []any{map[string]any{"introduced": "0"}, map[string]any{"fixed": text}}
		}},
		{name: "an advisory's severity", set: func(w *injected, text string) {
			w.hit()
			w.in("../adv/advisory.json", "database_specific")["severity"] = text
		}},
	}
}

// fileFields are whole files and their names.
func fileFields() []injection {
	whole := func(name string) injection {
		return injection{name: "all of " + name, set: func(w *injected, text string) {
			delete(w.docs, name)
			if name != "package.json" && name != "../adv/advisory.json" && name != ".publishgate.yml" {
				delete(w.docs, "package-lock.json")
			}
			w.write(name, text)
		}}
	}
	policy := func(name, before, after string) injection {
		return injection{name: name, set: func(w *injected, text string) {
			quoted, _ := json.Marshal(text)
			w.write(".publishgate.yml", "version: 1\n"+before+string(quoted)+after+"\n")
		}}
	}
	return []injection{
		whole("package.json"), whole("package-lock.json"), whole("npm-shrinkwrap.json"), whole("yarn.lock"), whole("pnpm-lock.yaml"),
		whole("bun.lock"), whole(".publishgate.yml"), whole("../adv/advisory.json"),
		policy("policy audit-level", "audit-level: ", ""), policy("policy: a key", "", ": 1"),
		policy("policy: files.forbid", "files: {forbid: [index.js, ", "]}"),
		policy("policy: licences", "licenses: {deny: [MIT, ", "]}"),
		policy("policy: an exception's id", "exceptions: [{id: ", ", reason: x, owner: y, expires: 2099-01-01, package: 'pkg:npm/left'}]"),
		policy("policy: an exception's reason", "exceptions: [{id: GHSA-aaaa-bbbb-cccc, owner: y, expires: 2001-01-01, "+
			"package: 'pkg:npm/left', reason: ", "}]"),
		policy("policy: an exception's package", "exceptions: [{id: GHSA-aaaa-bbbb-cccc, owner: y, reason: x, expires: 2099-01-01, "+
			"package: ", "}]"),
		{name: "a file's name", set: func(w *injected, text string) {
			w.write(".publishgate.yml", "version: 1\nfiles: {forbid: [lib/]}\n")
			w.write("lib/"+strings.ReplaceAll(text[max(0, len(text)-200):], "/", "-"), "x")
		}},
		{name: "a tarball's names", set: func(w *injected, text string) {
			w.step.Input("tarball", filepath.Join(w.dir, "..", "p.tgz"))
			manifest, _ := json.Marshal(w.docs["package.json"])
			w.write("../p.tgz", packed(map[string]string{"package/package.json": string(manifest), "package/.env" + text: "x",
				"package/" + text + "/.env": "x"}))
		}},
		{name: "all of a tarball", set: func(w *injected, text string) {
			w.step.Input("tarball", filepath.Join(w.dir, "..", "p.tgz"))
			w.write("../p.tgz", text)
		}},
		{name: "a source's text", set: func(w *injected, text string) {
			w.write("index.js", "fetch('https://example.com/"+text+"'); process.env['"+text+"']\n//# sourceMappingURL="+text+"\n")
		}},
		{name: "the event", set: func(w *injected, text string) {
			w.step.Env["GITHUB_EVENT_NAME"] = "pull_request"
			w.write("../_temp/_github_workflow/event.json", text)
		}},
		{name: "the event's base", set: func(w *injected, text string) {
			w.step.Env["GITHUB_EVENT_NAME"] = "pull_request"
			event, _ := json.Marshal(map[string]any{"pull_request": map[string]any{"number": text, "base": map[string]any{"sha": text},
				"head": map[string]any{"sha": text}}})
			w.write("../_temp/_github_workflow/event.json", string(event))
		}},
		{name: "HEAD", set: func(w *injected, text string) { w.write(".git/HEAD", "ref: refs/heads/"+text) }},
		{name: "VEX", set: func(w *injected, text string) {
			w.hit()
			w.docs["../vex.json"] = map[string]any{"@context": "https://openvex.dev/ns/v0.2.0", "@id": text, "author": text, "version": 1,
				"timestamp": "2024-01-01T00:00:00Z", "statements": []any{map[string]any{"vulnerability": map[string]any{"name": text},
					"products": []any{map[string]any{"@id": text}}, "status": text, "impact_statement": text}}}
			w.step.Input("vex", filepath.Join(w.dir, "..", "vex.json"))
		}},
		{name: "an argument", set: func(w *injected, text string) { w.args = []string{"-out", w.step.Env["INPUT_OUT"], text} }},
		{name: "a flag", set: func(w *injected, text string) { w.args = []string{"-" + text, "-audit-level=" + text} }},
	}
}

// answerFields are what servers say.
func answerFields() []injection {
	return []injection{
		{name: "the registry refuses the token", set: func(w *injected, text string) { w.publish(); w.answer(http.StatusForbidden, text) }},
		{name: "the registry fails", set: func(w *injected, text string) { w.publish(); w.answer(http.StatusBadRequest, text) }},
		{name: "the registry refuses the package", set: func(w *injected, text string) {
			w.publish()
			r := registry.Start()
			w.Cleanup(r.Close)
			r.Fail("put-says=403 "+text, 0, -1)
			w.step.Input("registry", r.URL)
		}},
		{name: "npm's advisories fail", set: func(w *injected, text string) { w.source("npm:"); w.answer(http.StatusBadRequest, text) }},
		{name: "OSV fails", set: func(w *injected, text string) { w.source("osv:"); w.answer(http.StatusBadRequest, text) }},
		{name: "npm's advisories", set: func(w *injected, text string) {
			w.source("npm:")
			advisory := map[string]any{"id": 1, "url": text, "title": text, "severity": "high", "vulnerable_versions": "*", "cwe": []any{text}}
			answer := map[string]any{"left": []any{advisory}, text: []any{advisory}}
			for name, list := range registry.Bulk(registry.Canary) {
				answer[name] = list
			}
			w.says = asJSON(http.StatusOK, answer)
		}},
		{name: "GitHub refuses the upload", set: func(w *injected, text string) { w.git = true; w.upload(http.StatusForbidden, text) }},
		{name: "GitHub refuses the soft upload", set: func(w *injected, text string) {
			w.git = true
			w.upload(http.StatusUnprocessableEntity, text)
			w.step.Input("upload-sarif", "auto")
		}},
		{name: "GitHub fails to process the upload", set: func(w *injected, text string) {
			w.git = true
			w.upload(0, "")
			w.says = func(a http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					asJSON(http.StatusAccepted, map[string]any{"id": text, "url": text})(a, r)
					return
				}
				asJSON(http.StatusOK, map[string]any{"processing_status": "failed", "errors": []any{text}})(a, r)
			}
		}},
		{name: "the runner gives no ID token", set: func(w *injected, text string) { w.keyless(); w.answer(http.StatusForbidden, text) }},
		{name: "the ID token", set: func(w *injected, text string) {
			w.keyless()
			w.says = asJSON(http.StatusOK, map[string]any{"value": text})
		}},
		{name: "Fulcio refuses", set: func(w *injected, text string) {
			w.keyless()
			w.write("../token", strings.Join([]string{"eyJhbGciOiJub25lIn0", "eyJzdWIiOiJtZSIsImF1ZCI6InNpZ3N0b3JlIn0", "c2ln"}, "."))
			w.step.Input("identity-token", filepath.Join(w.dir, "..", "token"))
			w.answer(http.StatusBadRequest, text)
		}},
		{name: "a key", set: func(w *injected, text string) {
			w.step.Input("sign", "key")
			w.step.Input("key", filepath.Join(w.dir, "..", "key"))
			w.write("../key", text)
		}},
	}
}

// hit makes the advisory one of the dependency.
func (w *injected) hit() { w.in("../adv/advisory.json", "affected", "package")["name"] = "left" }

// publish asks for the package to be published, at the server.
func (w *injected) publish() {
	for name, value := range map[string]string{"offline": "false", "registry": w.server.URL, "publish": "npm", "access": "public"} {
		w.step.Input(name, value)
	}
	w.step.Env["NODE_AUTH_TOKEN"] = "token-of-the-test"
	w.answer(http.StatusForbidden, "no")
}

// source makes the server the source of advisories.
func (w *injected) source(kind string) {
	w.step.Input("offline", "false")
	w.step.Input("registry", w.server.URL)
	w.step.Input("advisories", kind+w.server.URL)
}

// upload asks for an upload, which is refused.
func (w *injected) upload(status int, text string) {
	w.step.Input("offline", "false")
	w.step.Input("registry", w.server.URL)
	w.step.Input("upload-sarif", "always")
	w.step.Input("github-token", "github-token-of-the-test")
	w.answer(status, text)
}

// keyless asks for a signature of the job's identity.
func (w *injected) keyless() {
	for name, value := range map[string]string{"offline": "false", "registry": w.server.URL, "sign": "keyless",
		"fulcio-url": w.server.URL, "rekor-url": w.server.URL, "timestamp-server-url": w.server.URL,
		"trusted-root": filepath.Join(w.dir, "..", "root.json")} {
		w.step.Input(name, value)
	}
	root, err := sigstore.MakeTrustedRoot(w.TempDir())
	if err != nil {
		w.Fatal(err)
	}
	w.write("../root.json", string(root))
	w.step.Env["ACTIONS_ID_TOKEN_REQUEST_URL"], w.step.Env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = w.server.URL+"/?a=b", "request-of-the-test"
}

// answer makes the server refuse everything, with a text wherever one can stand.
func (w *injected) answer(status int, text string) {
	body := map[string]any{"message": text, "error": text, "code": text, "errors": []any{map[string]any{"message": text}}}
	w.says = func(a http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"npm-notice", "Npm-Message", "Www-Authenticate", "X-Github-Request-Id", "Warning"} {
			a.Header().Set(name, text[max(0, len(text)-500):])
		}
		asJSON(status, body)(a, r)
	}
}

func asJSON(status int, body any) http.HandlerFunc {
	return func(a http.ResponseWriter, _ *http.Request) {
		a.Header().Set("Content-Type", "application/json")
		a.WriteHeader(status)
		_ = json.NewEncoder(a).Encode(body)
	}
}

// packed is a tarball of files, as far as their names can be in one.
func packed(files map[string]string) string {
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	archive := tar.NewWriter(gz)
	for name, content := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}
		if archive.WriteHeader(h) == nil {
			_, _ = archive.Write([]byte(content))
		}
	}
	_ = archive.Close()
	_ = gz.Close()
	return b.String()
}
