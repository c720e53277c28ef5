package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/matrix"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// callPublish runs the reusable workflow publish.yml for a job of the page's, with
// the servers of the test besides what the page gives it.
func (w *toolsWorld) callPublish(t *testing.T, caller *matrix.Run, c matrix.Call) (string, map[string]string, error) {
	if c.Action != "publishgate/publishgate/.github/workflows/publish.yml" {
		return "", nil, fmt.Errorf("%s is called", c.Action)
	}
	workflow, err := matrix.Read(".github/workflows/publish.yml")
	if err != nil {
		return "", nil, err
	}
	dir := t.TempDir()
	image, commit := releasedGate(t, dir)
	gate := filepath.Join(w.dir, "bin", "publishgate")
	servers := ""
	for _, name := range []string{"TRUSTED-ROOT", "FULCIO-URL", "REKOR-URL", "TIMESTAMP-SERVER-URL"} {
		servers += fmt.Sprintf(" -%s '%s'", strings.ToLower(name), w.gate["INPUT_"+name])
	}
	for name, script := range map[string]string{
		"docker": "#!/bin/bash\ncase $1-$2 in create-" + image + ") echo made ;;\n" +
			"cp-made:/publishgate) cp " + dir + "/gate \"$3\" ;; *) exit 9 ;; esac\n",
		"gate": "#!/bin/bash\ncase \"$*\" in gate*-publish*) set -- gate" + servers + " \"${@:2}\" ;; esac\nexec " + gate + " \"$@\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			return "", nil, err
		}
	}
	w.claims["job_workflow_ref"], w.claims["job_workflow_sha"] = "publishgate/publishgate/.github/workflows/publish.yml@"+commit, commit
	w.stack.Issuer.Set(w.claims)
	r := matrix.New(workflow, 1)
	r.Dir, r.Action, r.IDToken = filepath.Join(dir, "jobs"), caller.Action, caller.IDToken
	r.Job = map[string]any{"workflow_repository": "publishgate/publishgate", "workflow_sha": commit}
	r.GitHub = map[string]any{"event_name": "push", "repository": toolsRepository}
	r.Inputs = map[string]any{"registry": w.npm.URL, "advisories": "npm:" + w.npm.URL, "shards": 2.0}
	for name, value := range c.With {
		r.Inputs[name] = value
	}
	r.Env = append(caller.Env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://"+dir+"/publishgate/.insteadOf",
		"GIT_CONFIG_VALUE_0=https://github.com/publishgate/")
	for i, v := range r.Env {
		if path, found := strings.CutPrefix(v, "PATH="); found {
			r.Env[i] = "PATH=" + dir + ":" + path
		}
	}
	well, err := r.Attempt()
	caller.Log.WriteString(r.Log.String())
	if err != nil || !well {
		return matrix.Failure, nil, err
	}
	outputs, err := r.Outputs()
	return matrix.Success, outputs, err
}

// TestChangesetsMonorepo runs the workflow of the page for a monorepo, with the real
// changesets: what it gave new versions is published by the gate, and tagged
// afterwards. Then nothing is left to do; and with one package that is blocked
// nothing is published, and nothing tagged.
func TestChangesetsMonorepo(t *testing.T) {
	race.Leave(t, "TestKeyless")
	section := toolsSections(t)["changesets, in a monorepo"]
	script := regexp.MustCompile(`"next": "(.*)"`).FindStringSubmatch(section.files["package.json"])
	if section.workflow == "" || script == nil {
		t.Fatal("the page has no workflow, or no script for the next versions")
	}
	for name, more := range map[string]map[string]string{
		"passes": nil, "is blocked": {"packages/widget/.env.production": "A=1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newToolsWorld(t, "changesets")
			w.publishedBefore(t, "@acme/base")
			w.npm.Trust("@acme/base", toolsPublisher)
			files := map[string]string{
				".gitignore": "node_modules\n",
				"package.json": `{"name": "mono", "private": true, "workspaces": ["packages/*"], "scripts": {"build": "true", "next": "` +
					script[1] + "\"}}\n",
				".changeset/config.json":   `{"access": "public", "baseBranch": "main", "commit": false}`,
				".changeset/brave-pens.md": "---\n\"@acme/base\": major\n---\n\nBetter.\n",
				"package-lock.json": `{"name": "mono", "lockfileVersion": 3, "packages": {"": {"name": "mono", "workspaces": ["packages/*"]},
  "node_modules/@acme/base": {"resolved": "packages/base", "link": true},
  "node_modules/@acme/widget": {"resolved": "packages/widget", "link": true},
  "packages/base": {"name": "@acme/base", "version": "1.0.0", "license": "MIT"},
  "packages/widget": {"name": "@acme/widget", "version": "1.0.0", "license": "MIT", "dependencies": {"@acme/base": "^1.0.0"}}}}`,
			}
			for _, name := range []string{"base", "widget"} {
				dir := "packages/" + name + "/"
				files[dir+"package.json"] = `{
  "name": "@acme/` + name + `",
  "version": "1.0.0",
  "license": "MIT",
  "repository": {"type": "git", "url": "git+https://github.com/acme/gate-demo.git", "directory": "packages/` + name + `"},
  "publishConfig": {"access": "public"},
  "files": ["index.js", ".env.production"],
  "main": "index.js"` + map[string]string{"widget": ",\n  \"dependencies\": {\"@acme/base\": \"^1.0.0\"}"}[name] + "\n}\n"
				files[dir+"index.js"], files[dir+"README.md"], files[dir+"LICENSE"] = "module.exports = 1\n", "# "+name+"\n", "MIT\n"
			}
			maps.Copy(files, more)
			w.commit(t, "better", files)
			next := w.command(t, w.env, "npm", "run", "next")
			next.Path, next.Dir = filepath.Join(w.managers, "npm11/node_modules/.bin/npm"), filepath.Join(w.dir, "work")
			next.Env = append(next.Env, "PATH="+filepath.Join(w.dir, "node_modules/.bin")+":"+strings.TrimPrefix(w.env[0], "PATH="))
			if out, err := next.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			w.commit(t, "Version Packages", nil)
			r, well := w.run(t, section.workflow, "refs/heads/main")
			tags := w.git(t, "ls-remote", "--tags", "--refs", "origin")
			base, _ := w.npm.Published("@acme/base", "2.0.0")
			widget, _ := w.npm.Published("@acme/widget", "1.0.1")
			if more != nil {
				if well || r.Result("tag") != matrix.Skipped || base != nil || widget != nil || tags != "" {
					t.Errorf("release: %s, tag: %s, published: %d and %d bytes, tags %q\n%s", r.Result("release"), r.Result("tag"),
						len(base), len(widget), tags, r.Log.String())
				}
				return
			}
			if !well || r.Result("tag") != matrix.Success || base == nil || widget == nil || strings.Count(tags, "\n") != 1 ||
				!strings.Contains(tags, "refs/tags/@acme/base@2.0.0") || !strings.Contains(tags, "refs/tags/@acme/widget@1.0.1") {
				t.Fatalf("release: %s, tag: %s, published: %d and %d bytes, tags %q\n%s", r.Result("release"), r.Result("tag"),
					len(base), len(widget), tags, r.Log.String())
			}
			for name, version := range map[string]string{"@acme/base": "2.0.0", "@acme/widget": "1.0.1"} {
				if n := len(w.npm.Attested(name, version)); n != 1 {
					t.Errorf("%s has %d attestations\n%s", name, n, r.Log.String())
				}
			}
			if r, well = w.run(t, section.workflow, "refs/heads/main"); !well || r.Result("release") != matrix.Skipped {
				t.Errorf("again, release: %s, tag: %s\n%s", r.Result("release"), r.Result("tag"), r.Log.String())
			}
		})
	}
}
