package lockfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// FuzzYarn: no panic, and the same graph or the same error each time.
func FuzzYarn(f *testing.F) {
	locks, err := filepath.Glob(filepath.Join("testdata", "yarn", "*", "yarn.lock"))
	if err != nil || len(locks) == 0 {
		f.Fatal("no fixtures")
	}
	for _, file := range locks {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("# yarn lockfile v1\n\n\n\"a@npm:b@^1.0.0\", a@1:\n  version \"1.0.0\"\n  optionalDependencies:\n    c \"\"\n"))
	f.Add([]byte("__metadata:\n  version: 8\n\n\"a@patch:a@npm%3A1#~builtin<compat/a>, b@1\":\n  version: 1.0\n" +
		"  resolution: \"a@patch:a@npm%3A1#x::version=1\"\n  conditions: os=linux & (cpu=x64 | cpu=arm)\n  peerDependencies:\n    a: \"*\"\n"))
	manifest, err := npm.ParseManifest([]byte(`{"name":"r","dependencies":{"a":"1","ms":"2.0.0","x":"link:./x"},`+
		`"devDependencies":{"debug":"^4.3.0"},"resolutions":{"a/b":"npm:c@1","**/ms":"2.0.0"}}`), "package.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read := func() string {
			g, err := Parse(text, "yarn.lock", manifest)
			if err != nil {
				return err.Error()
			}
			seen := map[string]bool{}
			for _, p := range g.Packages {
				if seen[p.Location] {
					t.Errorf("two packages at %q", p.Location)
				}
				seen[p.Location] = true
				for _, e := range p.Deps {
					if e.To != nil && e.To != g.Root && e.To.Location != "" && !contains(g, e.To) {
						t.Errorf("%q leads out of the graph", e.Name)
					}
				}
			}
			return dumpYarn(g)
		}
		if one, two := read(), read(); one != two {
			t.Errorf("two answers:\n%s\n%s", one, two)
		}
	})
}

func contains(g *npm.Graph, p *npm.Package) bool {
	for _, q := range g.Packages {
		if p == q {
			return true
		}
	}
	return false
}

func BenchmarkYarn(b *testing.B) {
	for _, name := range []string{"webpack-yarn1", "prettier-berry", "medusa-berry"} {
		b.Run(name, func(b *testing.B) {
			dir := data(b, "projects", name)
			lock, err := os.Stat(filepath.Join(dir, "yarn.lock"))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(lock.Size())
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(readAt(b, dir).Packages)
			}
			b.ReportMetric(float64(n), "packages")
		})
	}
}
