package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// unbuilt lists the published tarballs of testdata/tarballs.txt that point to
// what is not packed, with why the block is right. All other are free of it.
var unbuilt = map[string]string{
	"@cloudflare+itty-router-openapi@0.0.10": "types ends in .d.js, a slip: there is index.d.ts",
	"@nx+devkit@23.1.0":                      "Node cannot import @nx/devkit/internal-testing-utils, which exports name",
	"@pnpm+node-fetch@1.0.0":                 "files leaves out the folder @types that types names",
	"astro@2.2.3":                            "Node cannot import astro/content/internal, which exports name",
	"source-map@0.5.7":                       "typings names source-map.d.ts, which came with 0.6",
}

// TestPublishedEntryPoints reads the published tarballs that .ci/tarballs fetched.
// None holds a pointer of Git LFS.
func TestPublishedEntryPoints(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_TARBALLS")
	if dir == "" {
		t.Skip("PUBLISHGATE_TARBALLS is not set: .ci/tarballs has not fetched the published tarballs")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) < 200 {
		t.Fatalf("%d tarballs, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tarball.Read(data, filepath.Base(file), tarball.Options{NoSecrets: true, AnyRoot: true})
		if err != nil || got.Manifest == nil {
			continue // one of those that package tarball refuses
		}
		s := &Subject{Tarball: got, Manifest: got.Manifest, Policy: &policy.Effective{}}
		found := append(entryPoints.Run(s), lfsPointers.Run(s)...)
		blocks := slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Level != finding.Advice })
		if spec := strings.TrimSuffix(filepath.Base(file), ".tgz"); blocks != (unbuilt[spec] != "") {
			t.Errorf("%s: blocks %v, %+v", spec, blocks, found)
		}
	}
}
