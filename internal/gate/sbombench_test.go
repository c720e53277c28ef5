package gate

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkWriteSBOM does the work of publishgate sbom -o FILE, without the start
// of the process. It runs on real projects of each package manager and on a
// project of 45,000 packages, which is made from the largest. The goal is 3 µs
// and 1 kB for each package.
func BenchmarkWriteSBOM(b *testing.B) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		b.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	dirs := []string{nineTimes(b, filepath.Join(data, "projects", "large-workers-sdk-v3"))}
	for _, name := range []string{
		"small-hono-bench", "lerna-v3", "large-workers-sdk-v3", "workers-sdk-v2", "npm-cli-v1",
		"webpack-yarn1", "medusa-berry", "pnpm-manydeps-pnpm9", "hono-bun",
	} {
		dirs = append(dirs, filepath.Join(data, "projects", name))
	}
	for _, dir := range dirs {
		b.Run(filepath.Base(dir), func(b *testing.B) {
			out := filepath.Join(b.TempDir(), "sbom.json")
			b.ReportAllocs()
			for b.Loop() {
				if err := WriteSBOM(b.Context(), Where{Dir: dir}, Writing{SBOMVersion: "1.6"}, "", nil, out); err != nil {
					b.Fatal(err)
				}
			}
			text, err := os.ReadFile(out)
			if err != nil {
				b.Fatal(err)
			}
			packages := strings.Count(string(text), `"bom-ref"`)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packages), "ns/package")
		})
	}
}

// nineTimes makes a monorepo of nine copies of a project that has a
// package-lock.json of version 3. Each copy keeps its own members and
// node_modules.
func nineTimes(b *testing.B, project string) string {
	text, err := os.ReadFile(filepath.Join(project, "package-lock.json"))
	if err != nil {
		b.Fatal(err)
	}
	var lock struct{ Packages map[string]map[string]any }
	if err := json.Unmarshal(text, &lock); err != nil {
		b.Fatal(err)
	}
	all := map[string]any{}
	var members []string
	for i := range 9 {
		top := fmt.Sprint("copy", i)
		for location, entry := range lock.Packages {
			own := make(map[string]any, len(entry))
			for k, v := range entry {
				own[k] = v
			}
			if own["link"] == true {
				own["resolved"] = path.Join(top, own["resolved"].(string))
			}
			at := path.Join(top, location)
			if !strings.Contains(location, "node_modules") { // the copy itself or one of its members
				delete(own, "workspaces")
				own["name"] = strings.ReplaceAll(at, "/", "-")
				members = append(members, at)
				all["node_modules/"+own["name"].(string)] = map[string]any{"resolved": at, "link": true}
			}
			all[at] = own
		}
	}
	manifest := map[string]any{"name": "nine-times", "version": "1.0.0", "workspaces": members}
	all[""] = manifest
	dir := filepath.Join(b.TempDir(), "nine-times")
	if err := os.Mkdir(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string]any{
		"package.json":      manifest,
		"package-lock.json": map[string]any{"name": "nine-times", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": all},
	} {
		text, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}
