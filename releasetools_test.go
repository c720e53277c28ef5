package main

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

const toolsPage = "docs/release-tools.md"

// A toolsSection is what the page says about one tool: its workflow, and the
// files that it names.
type toolsSection struct {
	workflow string
	files    map[string]string
}

// toolsSections reads the page.
func toolsSections(t *testing.T) map[string]toolsSection {
	t.Helper()
	page, err := os.ReadFile(toolsPage)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]toolsSection{}
	for _, part := range strings.Split(string(page), "\n## ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		s := toolsSection{files: map[string]string{}}
		if m := regexp.MustCompile("(?s)```yaml\n# \\.github/workflows/release\\.yml\n(.*?)```").FindStringSubmatch(text); m != nil {
			s.workflow = m[1]
		}
		for _, m := range regexp.MustCompile("(?s)`([\\w.-]+)`:\n\n```json\n(.*?)```").FindAllStringSubmatch(text, -1) {
			s.files[m[1]] = m[2]
		}
		all[title] = s
	}
	return all
}

// toolsProject is a project with a build, whose result is not in the repository.
func toolsProject(version string) map[string]string {
	return map[string]string{
		"package.json": fmt.Sprintf(`{
  "name": "@acme/widget",
  "version": %q,
  "description": "a widget",
  "license": "MIT",
  "repository": {"type": "git", "url": "git+https://github.com/acme/gate-demo.git"},
  "publishConfig": {"access": "public"},
  "files": ["dist"],
  "main": "dist/index.js",
  "scripts": {"build": "mkdir -p dist && cp src/index.js dist/index.js"}
}
`, version),
		"package-lock.json": fmt.Sprintf(`{
  "name": "@acme/widget",
  "version": %[1]q,
  "lockfileVersion": 3,
  "requires": true,
  "packages": {"": {"name": "@acme/widget", "version": %[1]q, "license": "MIT"}}
}
`, version),
		"src/index.js": "module.exports = () => 'widget'\n",
		"README.md":    "# widget\n",
		"LICENSE":      "MIT\n",
		".gitignore":   "node_modules\ndist\n*.tgz\npublishgate-out\n",
	}
}

// toolsCases are the sections of the page: the tool, the version that comes of it,
// and the repository as it is when the workflow starts.
var toolsCases = []struct {
	section, tool, version, ref string
	prepare                     func(*testing.T, *toolsWorld, toolsSection)
	publishes                   string // the line by which the tool publishes
	packsAgain                  string // that line where the tool packs by itself
	tag                         string // that the tool made; "": it was there
	releases                    int    // that it made at GitHub
}{
	{"npm publish", "", "1.2.3", "refs/tags/v1.2.3", func(t *testing.T, w *toolsWorld, _ toolsSection) {
		w.commit(t, "1.2.3", toolsProject("1.2.3"))
		w.git(t, "tag", "v1.2.3")
	}, `npm publish "$TARBALL"`, `npm run build && echo >> dist/index.js && npm publish`, "", 0},
	{"semantic-release", "semantic-release", "1.3.0", "refs/heads/main", func(t *testing.T, w *toolsWorld, s toolsSection) {
		files := toolsProject("0.0.0-development")
		for name, text := range s.files {
			files[name] = text
		}
		w.commit(t, "feat: a widget", files)
		w.git(t, "tag", "v1.2.3")
		w.commit(t, "feat: a better widget", map[string]string{"src/index.js": "module.exports = () => 'better'\n"})
	}, "npx semantic-release\n", "npm run build && echo >> dist/index.js && TARBALL=. npx semantic-release\n",
		"v1.3.0", 1},
	{"changesets", "changesets", "1.2.3", "refs/heads/main", func(t *testing.T, w *toolsWorld, _ toolsSection) {
		files := toolsProject("1.2.2")
		files[".changeset/config.json"] = `{"access": "public", "baseBranch": "main", "commit": false}`
		files[".changeset/brave-pens.md"] = "---\n\"@acme/widget\": patch\n---\n\nBetter.\n"
		w.commit(t, "better", files)
		work := filepath.Join(w.dir, "work")
		c := w.command(t, w.env, filepath.Join(w.dir, "node_modules/.bin/changeset"), "version")
		c.Dir = work
		if said := w.says(c); said != "" {
			t.Fatal(said)
		}
		w.commit(t, "Version Packages", nil)
	}, "npx changeset publish --from-pack-dir judged --no-git-tag",
		"npm run build && echo >> dist/index.js && npx changeset publish --no-git-tag", "v1.2.3", 0},
	{"release-please", "", "1.2.3", "refs/heads/main", func(t *testing.T, w *toolsWorld, _ toolsSection) {
		w.commit(t, "chore(main): release 1.2.3", toolsProject("1.2.3"))
		w.git(t, "tag", "v1.2.3")
	}, `npm publish "$TARBALL"`, `npm run build && echo >> dist/index.js && npm publish`, "", 0},
}

// TestReleaseTools runs each workflow of the page with the real tool: what the
// registry has then are the judged bytes, with provenance. Then the same with
// something between the gate and the registry: the last job fails.
func TestReleaseTools(t *testing.T) {
	race.Leave(t, "TestKeyless")
	const elsewhere = "by a run of another commit"
	sections := toolsSections(t)
	for _, c := range toolsCases {
		section := sections[c.section]
		if strings.Count(section.workflow, c.publishes) != 1 {
			t.Errorf("%s: the page has no workflow that publishes by %s", c.section, c.publishes)
			continue
		}
		t.Run(c.section, func(t *testing.T) {
			for _, between := range []struct{ name, instead, fails string }{
				{"as it is", c.publishes, ""},
				{"packed again", c.packsAgain, "FAILED   judged"},
				{"changed", `gunzip < "$TARBALL" | gzip -1 > changed && mv changed "$TARBALL" && ` + c.publishes, "FAILED   judged"},
				{elsewhere, c.publishes, "FAILED   commit"},
			} {
				if between.name == elsewhere && c.section != "npm publish" {
					continue
				}
				t.Run(between.name, func(t *testing.T) {
					w := newToolsWorld(t, c.tool)
					if between.name == elsewhere {
						w.later = map[string]any{"sha": strings.Repeat("1", 40)}
					}
					c.prepare(t, w, section)
					r, well := w.run(t, strings.Replace(section.workflow, c.publishes, between.instead, 1), c.ref)
					log := r.Log.String()
					if well != (between.fails == "") || !strings.Contains(log, between.fails) || r.Result("release") != "success" {
						t.Fatalf("all is well: %v; release: %s, verify: %s\n%s", well, r.Result("release"), r.Result("verify"), log)
					}
					published, _ := w.npm.Published(toolsPackage, c.version)
					judged := regexp.MustCompile(`judged +(sha512-\S+)`).FindStringSubmatch(log)
					sum := sha512.Sum512(published)
					if is := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); between.fails == "" && (judged == nil || judged[1] != is) {
						t.Errorf("%d bytes are published, with %s\n%s", len(published), is, log)
					}
					if tags := w.git(t, "ls-remote", "--tags", "origin", "refs/tags/"+c.tag); between.fails == "" && c.tag != "" && tags == "" {
						t.Errorf("there is no tag %s\n%s", c.tag, log)
					}
					if len(w.posted) != c.releases {
						t.Errorf("%d releases: %q", len(w.posted), w.posted)
					}
					if n := len(w.npm.Attested(toolsPackage, c.version)); n != 1 {
						t.Errorf("%d attestations\n%s", n, log)
					}
				})
			}
		})
	}
}
