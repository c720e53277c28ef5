package monorepo

import (
	"os"
	"testing"
)

// PUBLISHGATE_MONOREPO=DIR writes a workspace of 300 members for each manager, to be
// measured: publishgate -offline -workspaces -out OUT DIR/pnpm
func TestWrite(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_MONOREPO")
	w := Workspace{Members: 300, Shared: 20, Own: 3, Links: 3}
	if dir == "" {
		dir, w.Members = t.TempDir(), 3
	}
	for _, manager := range []string{"npm", "pnpm", "yarn", "bun"} {
		if err := w.Write(dir+"/"+manager, manager); err != nil {
			t.Fatal(err)
		}
	}
}
