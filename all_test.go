package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/publishgate/publishgate/"

// libraries says in which room each third-party library is imported. Its types
// do not leave that room, so replacing it is one room's work.
var libraries = map[string]string{
	"github.com/sethvargo/go-githubactions": "internal/action",
	"github.com/package-url/packageurl-go":  "internal/npm",
	"github.com/CycloneDX/cyclonedx-go":     "internal/sbom",
	"github.com/owenrumney/go-sarif/v2":     "internal/sarif",
	"github.com/google/go-github/v89":       "internal/github",
	"github.com/sigstore/sigstore":          "internal/sign",
	"github.com/sigstore/sigstore-go":       "internal/sign",
	"github.com/zricethezav/gitleaks/v8":    "internal/secret",
	"github.com/github/go-spdx/v2":          "internal/license",
	"github.com/pandatix/go-cvss":           "internal/advisory",
	"github.com/klauspost/compress":         "internal/tarball",
	"github.com/rogpeppe/go-internal":       "internal/fix",
	"go.yaml.in/yaml/v3":                    "internal/policy",
	"github.com/go-git/go-git/v5":           "internal/source",
	"github.com/pelletier/go-toml/v2":       "internal/secret",
	"github.com/openvex/go-vex":             "internal/vex",
}

// alsoIn names the one other room of a library that reads a language: ignore
// lists are written by hand, in all of it, and the two rooms share no types.
var alsoIn = map[string]string{
	"go.yaml.in/yaml/v3":              "internal/ignorefile",
	"github.com/pelletier/go-toml/v2": "internal/ignorefile",
}

// below lists what each room may import of ours: the arrows of the flow. A
// room that is not here may be imported by no other but gate and cli.
var below = map[string][]string{
	"internal/finding":    {},
	"internal/strictjson": {},
	"internal/strictyaml": {},
	"internal/say":        {},
	"internal/jsonout":    {"internal/say"},
	"internal/credential": {},
	"internal/disk":       {},
	"internal/gitignore":  {},
	"internal/license":    {},
	"internal/minimatch":  {},
	"internal/npm":        {"internal/finding", "internal/strictjson"},
	"internal/lockfile":   {"internal/disk", "internal/finding", "internal/npm", "internal/strictjson", "internal/strictyaml"},
	"internal/installed":  {"internal/disk", "internal/npm", "internal/strictjson"},
	"internal/secret":     {"internal/strictjson"},
	"internal/pack":       {"internal/disk", "internal/lockfile", "internal/minimatch", "internal/npm", "internal/strictjson", "internal/tarball"},
	"internal/tarball":    {"internal/disk", "internal/finding", "internal/npm", "internal/secret", "internal/strictjson"},
	"internal/advisory":   {"internal/finding", "internal/npm", "internal/strictjson"},
	"internal/policy":     {"internal/finding", "internal/npm", "internal/say"},
	"internal/vex":        {"internal/finding", "internal/npm", "internal/policy", "internal/say", "internal/strictjson"},
	"internal/fix":        {"internal/advisory", "internal/npm", "internal/strictjson"},
	"internal/source":     {"internal/disk", "internal/gitignore"},
	"internal/diff":       {"internal/npm", "internal/tarball"},
	"internal/check":      {"internal/advisory", "internal/diff", "internal/finding", "internal/fix", "internal/gitignore", "internal/license", "internal/npm", "internal/policy", "internal/source", "internal/tarball"},
	"internal/registry":   {"internal/credential", "internal/npm", "internal/strictjson"},
	"internal/sbom":       {"internal/finding", "internal/jsonout", "internal/npm"},
	"internal/sarif":      {"internal/finding", "internal/jsonout", "internal/policy", "internal/say"},
	"internal/report":     {"internal/advisory", "internal/diff", "internal/finding", "internal/fix", "internal/jsonout", "internal/policy", "internal/say"},
	"internal/sign":       {"internal/strictjson"},
	"internal/github":     {"internal/credential"},
	"internal/publish":    {"internal/npm", "internal/policy", "internal/registry", "internal/strictjson", "internal/tarball"},
	"internal/action":     {"internal/disk", "internal/strictjson"},
	"internal/ignorefile": {"internal/policy", "internal/say", "internal/strictjson"},
}

// pure rooms compute and do nothing else.
var pure = []string{"internal/check", "internal/diff", "internal/fix", "internal/policy"}

// noIO names packages that a pure room does not import: it could look, and
// fail to, where nobody asks.
var noIO = []string{"os", "net", "net/http", "os/exec", "io/ioutil", "syscall"}

// TestWalls reads the imports of every file that goes into the binary.
func TestWalls(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (path == "build" || d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")) {
			if d != nil && d.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(room, "internal/testserver") || strings.HasSuffix(room, "/gen") {
			return nil
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			wall(t, path, room, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("%d files read, that cannot be all", files)
	}
}

func wall(t *testing.T, path, room, imported string) {
	t.Helper()
	if imported == "os/exec" {
		t.Errorf("%s imports os/exec: no child process is ever started", path)
	}
	if (slices.Contains(pure, room)) && slices.Contains(noIO, imported) {
		t.Errorf("%s imports %s: %s is pure", path, imported, room)
	}
	for library, home := range libraries {
		if (imported == library || strings.HasPrefix(imported, library+"/")) && room != home && room != alsoIn[library] {
			t.Errorf("%s imports %s, which belongs to %s", path, imported, home)
		}
	}
	if ours, found := strings.CutPrefix(imported, module); found {
		allowed, known := below[room]
		if known && !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s: arrows never run right to left", path, ours)
		}
	}
}
