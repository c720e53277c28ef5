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
// do not leave that room, so replacing it is one room's work. One that is not
// here is imported by none.
var libraries = map[string]string{
	"github.com/sethvargo/go-githubactions":   "internal/action",
	"github.com/package-url/packageurl-go":    "internal/npm",
	"github.com/CycloneDX/cyclonedx-go":       "internal/sbom",
	"github.com/owenrumney/go-sarif/v2":       "internal/sarif",
	"github.com/google/go-github/v89":         "internal/github",
	"github.com/sigstore/sigstore":            "internal/sign",
	"github.com/sigstore/sigstore-go":         "internal/sign",
	"github.com/github/go-spdx/v2":            "internal/license",
	"github.com/tdewolff/parse/v2":            "internal/script",
	"github.com/pandatix/go-cvss":             "internal/advisory",
	"github.com/klauspost/compress":           "internal/tarball",
	"github.com/rogpeppe/go-internal":         "internal/upgrade",
	"go.yaml.in/yaml/v3":                      "internal/policy",
	"github.com/go-git/go-git/v5":             "internal/source",
	"github.com/pelletier/go-toml/v2":         "internal/lockfile",
	"github.com/openvex/go-vex":               "internal/vex",
	"github.com/sigstore/protobuf-specs":      "internal/sign",
	"github.com/sigstore/rekor":               "internal/sign",
	"github.com/sigstore/rekor-tiles/v2":      "internal/sign",
	"github.com/theupdateframework/go-tuf/v2": "internal/verify",
	"github.com/go-openapi/runtime":           "internal/sign",
	"github.com/go-openapi/strfmt":            "internal/sign",
	"google.golang.org/protobuf":              "internal/sign",
	"google.golang.org/api":                   "internal/sign",
	"golang.org/x/text/collate":               "internal/pack",
	"golang.org/x/sys/unix":                   "internal/disk",
	"golang.org/x/text/language":              "internal/pack",
	"golang.org/x/text/cases":                 "internal/tarball",
	"golang.org/x/text/encoding":              "internal/source",
	"golang.org/x/text/unicode/norm":          "internal/tarball",
}

// alsoIn names the other rooms of a library, one after the other. Ignore lists and
// workflows are written by hand; a bundle is made in one room and verified in
// another, which is asked about it in bytes. The rooms share no types.
var alsoIn = map[string]string{
	"github.com/klauspost/compress":      "internal/github", // GitHub serves bundles in Snappy's format
	"go.yaml.in/yaml/v3":                 "internal/migrate internal/workflow",
	"github.com/pelletier/go-toml/v2":    "internal/migrate",
	"github.com/sigstore/sigstore":       "internal/verify",
	"github.com/sigstore/sigstore-go":    "internal/verify",
	"github.com/sigstore/protobuf-specs": "internal/verify",
	"google.golang.org/protobuf":         "internal/verify",
}

// below lists what each room may import of ours: the arrows of the flow. There
// is no other room, and no other arrow.
var below = map[string][]string{
	"internal/pattern":            {},
	"internal/strict":             {"internal/display"},
	"internal/normal":             {"internal/pattern", "internal/strict"},
	"internal/attest":             {},
	"internal/markdown":           {},
	"internal/written":            {"internal/markdown"},
	"internal/forge":              {},
	"internal/workflow":           {"internal/pattern"},
	"internal/display":            {},
	"internal/web":                {"internal/disk"},
	"internal/credential":         {},
	"internal/disk":               {},
	"internal/gitignore":          {},
	"internal/license":            {"internal/display"},
	"internal/pack/minimatch":     {},
	"internal/npm":                {"internal/pattern", "internal/display", "internal/strict"},
	"internal/finding":            {"internal/npm"},
	"internal/depgraph":           {"internal/pattern", "internal/npm"},
	"internal/lockfile":           {"internal/pattern", "internal/disk", "internal/display", "internal/npm", "internal/strict"},
	"internal/workspace":          {"internal/display", "internal/lockfile", "internal/npm"},
	"internal/lockfile/installed": {"internal/disk", "internal/npm", "internal/strict"},
	"internal/secret":             {"internal/pattern", "internal/strict"},
	"internal/script":             {"internal/pattern"},
	"internal/pack": {"internal/disk", "internal/lockfile", "internal/pack/minimatch", "internal/npm",
		"internal/strict", "internal/tarball"},
	"internal/tarball": {"internal/disk", "internal/display", "internal/finding", "internal/normal", "internal/npm", "internal/script",
		"internal/secret", "internal/strict"},
	"internal/advisory": {"internal/pattern", "internal/display", "internal/finding", "internal/npm", "internal/strict", "internal/web"},
	"internal/policy": {"internal/pattern", "internal/finding", "internal/gitignore", "internal/license", "internal/npm",
		"internal/display"},
	"internal/vex":     {"internal/finding", "internal/npm", "internal/policy", "internal/display", "internal/strict"},
	"internal/upgrade": {"internal/advisory", "internal/npm", "internal/strict"},
	"internal/source":  {"internal/disk", "internal/gitignore"},
	"internal/release": {"internal/pattern", "internal/npm", "internal/tarball"},
	"internal/support": {"internal/pattern", "internal/markdown", "internal/npm"},
	"internal/check": {"internal/pattern", "internal/advisory", "internal/release", "internal/finding", "internal/forge", "internal/upgrade",
		"internal/gitignore", "internal/license", "internal/markdown", "internal/normal", "internal/npm", "internal/policy",
		"internal/script", "internal/source", "internal/support", "internal/tarball", "internal/workflow", "internal/written"},
	"internal/registry": {"internal/pattern", "internal/credential", "internal/display", "internal/npm", "internal/strict",
		"internal/web"},
	"internal/deprecation": {"internal/credential", "internal/display", "internal/npm", "internal/registry", "internal/web"},
	"internal/monitor":     {"internal/finding", "internal/npm", "internal/policy", "internal/registry", "internal/strict"},
	"internal/watch": {"internal/advisory", "internal/attest", "internal/check", "internal/credential", "internal/disk",
		"internal/display", "internal/finding", "internal/github", "internal/license", "internal/monitor", "internal/npm",
		"internal/policy", "internal/registry", "internal/strict", "internal/support", "internal/tarball", "internal/verify", "internal/web"},
	"internal/incident": {"internal/pattern", "internal/display", "internal/npm", "internal/registry", "internal/strict", "internal/vex"},
	"internal/respond": {"internal/credential", "internal/deprecation", "internal/disk", "internal/incident", "internal/lockfile",
		"internal/npm", "internal/registry", "internal/tarball"},
	"internal/sbom":  {"internal/finding", "internal/npm", "internal/display"},
	"internal/sarif": {"internal/finding", "internal/policy", "internal/display", "internal/npm"},
	"internal/report": {"internal/pattern", "internal/advisory", "internal/release", "internal/finding", "internal/upgrade",
		"internal/npm", "internal/policy", "internal/display", "internal/strict", "internal/written"},
	"internal/verify": {"internal/attest", "internal/strict", "internal/web"},
	"internal/sign":   {"internal/display", "internal/strict", "internal/verify", "internal/web"},
	"internal/github": {"internal/credential", "internal/depgraph", "internal/forge", "internal/web"},
	"internal/publish": {"internal/normal", "internal/npm", "internal/policy", "internal/registry", "internal/strict", "internal/tarball",
		"internal/web"},
	"internal/action":  {"internal/disk", "internal/display", "internal/strict"},
	"internal/starter": {"internal/pattern", "internal/display", "internal/policy"},
	"internal/migrate": {"internal/license", "internal/policy", "internal/display", "internal/strict"},
	"internal/gate": {"internal/pattern", "internal/action", "internal/advisory", "internal/attest", "internal/check", "internal/credential",
		"internal/depgraph", "internal/deprecation", "internal/release", "internal/disk", "internal/finding", "internal/forge",
		"internal/github", "internal/upgrade",
		"internal/lockfile/installed", "internal/license", "internal/lockfile", "internal/npm", "internal/pack", "internal/policy",
		"internal/publish", "internal/registry", "internal/report", "internal/sarif", "internal/display", "internal/sbom",
		"internal/secret", "internal/sign", "internal/source", "internal/starter", "internal/strict", "internal/support",
		"internal/tarball", "internal/verify", "internal/vex",
		"internal/web", "internal/workflow", "internal/workspace", "internal/written",
		"internal/incident", "internal/monitor"},
	"internal/cli": {"internal/pattern", "internal/action", "internal/advisory", "internal/attest", "internal/credential",
		"internal/deprecation",
		"internal/disk", "internal/finding", "internal/gate", "internal/github", "internal/incident", "internal/migrate",
		"internal/monitor", "internal/npm", "internal/policy", "internal/publish", "internal/registry", "internal/release",
		"internal/report", "internal/respond", "internal/display", "internal/sign",
		"internal/starter", "internal/tarball", "internal/verify", "internal/watch", "internal/web",
		"internal/workspace",
		"internal/sarif"},
	".": {"internal/cli"},
}

// apart are folders that are no rooms: what is in them does not go into the
// binary.
var apart = []string{"internal/testserver", "internal/advisory/gen"}

// pure rooms compute and do nothing else.
var pure = []string{"internal/attest", "internal/check", "internal/depgraph", "internal/forge", "internal/incident", "internal/normal",
	"internal/monitor", "internal/pattern", "internal/release", "internal/upgrade", "internal/policy", "internal/support",
	"internal/written"}

// computing lists what a pure room may import of the standard library: nothing
// with which it could look, and fail to, where nobody asks. Of net only what
// reads an address.
var computing = []string{"bytes", "cmp", "container/heap", "crypto/sha1", "crypto/sha256", "crypto/sha512", "embed", "encoding/base64",
	"encoding/hex", "encoding/json", "errors", "fmt", "hash/fnv", "io", "iter", "maps", "math", "math/bits",
	"net/netip", "net/url", "path", "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "sync/atomic",
	"time", "unicode", "unicode/utf16", "unicode/utf8"}

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
			slices.ContainsFunc(apart, func(dir string) bool { return within(room, dir) }) {
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
			if why := wall(room, imported); why != "" {
				t.Errorf("%s imports %s: %s", path, imported, why)
			}
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

// wall says why a file of a room may not import something, empty if it may.
// What no list above names is refused.
func wall(room, imported string) string {
	arrows, known := below[room]
	if !known {
		return room + " is no room: add it to below, with its arrows"
	}
	if ours, found := strings.CutPrefix(imported, module); found {
		if !slices.Contains(arrows, ours) {
			return "no arrow leads from " + room + " to " + ours
		}
		return ""
	}
	if host, _, _ := strings.Cut(imported, "/"); strings.Contains(host, ".") {
		return shelf(room, imported)
	}
	switch {
	case imported == "os/exec" || imported == "plugin" || imported == "C":
		return "no child process is ever started, and nothing is loaded"
	case slices.Contains(pure, room) && !slices.Contains(computing, imported):
		return room + " is pure, and this is not known to compute only"
	}
	return ""
}

// shelf is wall for a third-party library.
func shelf(room, imported string) string {
	for library, home := range libraries {
		if within(imported, library) {
			if room == home || slices.Contains(strings.Fields(alsoIn[library]), room) {
				return ""
			}
			return "it belongs to " + home
		}
	}
	return "no room is known for this library"
}

func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// TestWallsRefuseWhatTheyDoNotKnow asks about what must not be.
func TestWallsRefuseWhatTheyDoNotKnow(t *testing.T) {
	for _, c := range []struct{ room, imported, want string }{
		{"internal/finding", module + "internal/npm", ""},
		{"internal/npm", "strings", ""},
		{"internal/sbom", "github.com/CycloneDX/cyclonedx-go", ""},
		{"internal/sign", "github.com/sigstore/rekor/pkg/generated/client", ""},
		{".", module + "internal/cli", ""},
		{"internal/util", "strings", "is no room"},
		{"internal/npm/inner", "strings", "is no room"},
		{"internal/check/gen", "strings", "is no room"},
		{"internal/testserver2", "strings", "is no room"},
		{"internal/npm", "example.com/left/pad", "no room is known"},
		{"internal/npm", "golang.org/x/sys/windows", "no room is known"},
		{"internal/npm", "github.com/CycloneDX/cyclonedx-go2", "no room is known"},
		{"internal/npm", "github.com/CycloneDX/cyclonedx-go", "belongs to internal/sbom"},
		{"internal/secret", "go.yaml.in/yaml/v3", "belongs to internal/policy"},
		{"internal/npm", module + "internal/gate", "no arrow"},
		{"internal/npm", module + "internal/npm/inner", "no arrow"},
		{"internal/gate", module + "internal/cli", "no arrow"},
		{"internal/gate", module + "internal/testserver/osv", "no arrow"},
		{".", module + "internal/gate", "no arrow"},
		{"internal/cli", "os/exec", "no child process"},
		{"internal/cli", "plugin", "nothing is loaded"},
		{"internal/cli", "C", "nothing is loaded"},
		{"internal/check", "os", "is pure"},
		{"internal/check", "net", "is pure"},
		{"internal/check", "log/slog", "is pure"},
		{"internal/policy", "os/user", "is pure"},
		{"internal/policy", "net/netip", ""},
	} {
		if got := wall(c.room, c.imported); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s imports %s: %q, want %q", c.room, c.imported, got, c.want)
		}
	}
}
