package check

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// packedAs reports whether a line of the packed manifest is what a manager
// makes of the directory's when it packs: pnpm, yarn and bun replace workspace:
// and catalog: by a version or a range of that package.
//
// Sources: pnpm, pkg-manifest/exportable-manifest; berry,
// plugin-workspace-tools and plugin-pack (workspace:*, ^ and ~ become the
// member's version with nothing, ^ and ~ before it; any other range and a path
// stand for themselves and the version); bun, pack_command.zig.
func (s *Subject) packedAs(folder, packed npm.Dependency) bool {
	if text, ok := strings.CutPrefix(folder.Range, "catalog:"); ok {
		line, ok := s.Graph.Wants(folder.Name, folder.Range)
		if !ok || text != strings.TrimSpace(text) {
			return false
		}
		have, ok := s.Graph.Wants(packed.Name, packed.Range)
		return ok && have == line
	}
	text, ok := strings.CutPrefix(folder.Range, "workspace:")
	if !ok {
		return false
	}
	want := npm.Want{Name: folder.Name}
	if at := strings.LastIndexByte(text, '@'); at > 0 { // pnpm: an alias of the member
		want.Name, want.Alias, text = text[:at], true, text[at+1:]
	}
	have, ok := s.Graph.Wants(packed.Name, packed.Range)
	if _, err := npm.ParseRange(have.Range); !ok || err != nil || have.Name != want.Name || have.Alias != want.Alias {
		return false
	}
	version := ""
	for _, e := range s.edges(s.Graph.Root) {
		if e.Name == folder.Name && e.To != nil && e.To.Local() {
			if version = e.To.Version; e.To.Member != nil {
				version = e.To.Member.Version
			}
		}
	}
	switch {
	case text == "" || text == "*" || strings.ContainsAny(text, "/") || strings.HasPrefix(text, "."):
		return version != "" && have.Range == version
	case text == "^" || text == "~":
		return version != "" && have.Range == text+version
	}
	return have.Range == text
}

// packedLine returns the line of the tarball's manifest for a line of the
// directory's, nil if there is no tarball or no such line.
func (s *Subject) packedLine(name string, kind npm.EdgeKind) *npm.Dependency {
	if s.Tarball == nil || s.Tarball.Manifest == nil {
		return nil
	}
	for i := range s.Tarball.Manifest.Dependencies {
		if d := &s.Tarball.Manifest.Dependencies[i]; d.Name == name && scopeOf(d.Kind) == scopeOf(kind) && d.Kind != npm.EdgeDev {
			return d
		}
	}
	return nil
}
