package npm_test

import (
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// TestTellsScripts: only these formats say which packages run install scripts.
func TestTellsScripts(t *testing.T) {
	for _, c := range []struct {
		manager, version string
		want             bool
	}{{"npm", "1", false}, {"npm", "2", true}, {"npm", "3", true}, {"pnpm", "5.4", true}, {"pnpm", "6.0", true}, {"pnpm", "9.0", false},
		{"pnpm", "13.0", false}, {"yarn", "1", false}, {"yarn", "8", false}, {"bun", "1", false}, {"", "", false}} {
		g := &npm.Graph{Manager: c.manager, Version: c.version, Lockfile: "l"}
		if g.TellsScripts() != c.want {
			t.Errorf("%s %s: %v", c.manager, c.version, !c.want)
		}
	}
	if !(&npm.Graph{}).TellsScripts() {
		t.Error("no lockfile, no scripts")
	}
}
