package lockfile

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// declareMembers sets Member of the local directories that are used in place of
// a registry's package and that the monorepo declares as members. A lockfile
// may call any directory a member; what counts is the package.json beside it
// (npm, yarn, bun) and pnpm-workspace.yaml.
func declareMembers(in Input, g *npm.Graph) {
	var members memberSet
	seen := map[*npm.Package]bool{}
	for _, p := range g.Packages {
		for i := range p.Deps {
			to := p.Deps[i].To
			if to == nil || to == g.Root || seen[to] || !to.Local() {
				continue
			}
			if len(seen) == 0 {
				members = memberSetOf(declaredWorkspaces(in, g.Manager))
			}
			seen[to] = true
			to.Member = memberAt(in, members, folderOfLocal(to))
		}
	}
}

// declaredWorkspaces returns the workspace patterns of the monorepo.
func declaredWorkspaces(in Input, manager string) []string {
	if manager == "pnpm" {
		return workspaceYAML(in).patterns
	}
	if m := in.owner(); m != nil {
		return m.Workspaces
	}
	return nil
}

// memberAt returns the declared member in a directory, nil if there is none.
func memberAt(in Input, members memberSet, folder string) *npm.Member {
	var m *npm.Manifest
	switch {
	case folder == "" || folder == ".":
		m = in.owner()
	case folder == in.Member:
		m = in.Manifest
	case members.has(folder):
		m, _ = in.Checkout.Manifest(folder) // an unreadable one declares nothing
	}
	if m == nil {
		return nil
	}
	return &npm.Member{Name: m.Name, Version: m.Version, Private: m.Private}
}

// folderOfLocal returns the directory of a local package, relative to the
// lockfile's.
func folderOfLocal(p *npm.Package) string {
	for _, protocol := range []string{"file:", "link:"} {
		if rest, ok := strings.CutPrefix(p.Resolved, protocol); ok {
			return path.Clean(rest)
		}
	}
	return p.Location
}

// A workspaceFile is the content of the pnpm-workspace.yaml beside the
// lockfile; the zero value if there is none.
type workspaceFile struct {
	patterns []string
	doc      strict.Value
}

func workspaceYAML(in Input) workspaceFile {
	c := in.Checkout
	if c == nil {
		return workspaceFile{}
	}
	text, err := ReadRegular(c.root, path.Join(c.folder, "pnpm-workspace.yaml"), npm.MaxManifest)
	if err != nil {
		return workspaceFile{}
	}
	doc, err := strict.ParseYAML(text)
	if err != nil {
		return workspaceFile{}
	}
	return workspaceFile{patterns: yamlTexts(doc.Get("packages")), doc: doc}
}

// saysLegacyPeers reports whether the .npmrc beside the lockfile tells npm to
// leave peers alone. Nothing else of that file is read.
func (c *Checkout) saysLegacyPeers() bool {
	if c == nil {
		return false
	}
	text, err := ReadRegular(c.root, path.Join(c.folder, ".npmrc"), npm.MaxNPMRC)
	return err == nil && npm.LegacyPeers(text)
}
