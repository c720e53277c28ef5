package check

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// ask changes what package.json asks of a.
func ask(rng string, kind npm.EdgeKind) func(*Subject) {
	return func(s *Subject) {
		s.Manifest.Dependencies[0].Range, s.Manifest.Dependencies[0].Kind = rng, kind
	}
}

func TestWildcard(t *testing.T) {
	blocked := []string{"wildcard a always"}
	var rows []row
	for _, rng := range []string{"*", "", " ", "x", "X", "latest", "next", ">=0", ">=0.0.0", "*.*.*", "^1.0.0 ||",
		"npm:a", "npm:a@*", "npm:@s/a@latest", "* || 1.0.0"} {
		rows = append(rows, row{"blocks " + rng, ask(rng, npm.EdgeProd), blocked})
	}
	for _, rng := range []string{"^1.0.0", "1.x", ">=1.0.0", "1.2.3", "npm:a@^1", "workspace:*", "file:../a", "github:o/a"} {
		rows = append(rows, row{"passes " + rng, ask(rng, npm.EdgeProd), nil})
	}
	rows = append(rows,
		row{"dev", ask("*", npm.EdgeDev), blocked},
		row{"peer is advice", ask("*", npm.EdgePeer), []string{"wildcard a advice"}},
		row{"optional peer is silent", ask("*", npm.EdgePeerOptional), nil},
		row{"optional peer, by a range that takes all", ask(">=0", npm.EdgePeerOptional), nil},
		row{"optional peer by a tag is advice", ask("latest", npm.EdgePeerOptional), []string{"wildcard a advice"}},
		row{"any policy", func(s *Subject) {
			ask("*", npm.EdgeProd)(s)
			s.Policy.Dependencies.Pinned = policy.Any
		}, blocked},
		row{"a folder of this checkout, in development", func(s *Subject) {
			ask("*", npm.EdgeDev)(s)
			pkg(s, "a").Source = npm.SourceLocal
		}, nil},
		row{"a folder of this checkout, shipped", func(s *Subject) {
			ask("*", npm.EdgeProd)(s)
			pkg(s, "a").Source = npm.SourceLocal
		}, blocked},
		row{"scope left out", func(s *Subject) {
			ask("*", npm.EdgeDev)(s)
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
		}, nil},
	)
	table(t, pinning, rows)
}

func TestUnpinned(t *testing.T) {
	unlock := func(s *Subject) { s.Graph.Root.Deps[0].To = nil }
	exact := func(s *Subject) { s.Policy.Dependencies.Pinned = policy.Exact }
	all := func(changes ...func(*Subject)) func(*Subject) {
		return func(s *Subject) {
			for _, c := range changes {
				c(s)
			}
		}
	}
	commit := strings.Repeat("09af", 10)
	table(t, pinning, []row{
		{"not locked", unlock, []string{"unpinned a always"}},
		{"not locked but exact", all(unlock, ask("=1.2.3", npm.EdgeProd)), nil},
		{"not locked, any", all(unlock, func(s *Subject) { s.Policy.Dependencies.Pinned = policy.Any }), nil},
		{"exact wanted", exact, []string{"unpinned a always", "unpinned tool always"}},
		{"exact wanted and written", all(exact, ask("1.2.3", npm.EdgeProd),
			func(s *Subject) { s.Manifest.Dependencies[1].Range = "v3.0.0" }), nil},
		{"exact wanted and not locked",
			all(exact, unlock, func(s *Subject) { s.Manifest.Dependencies = s.Manifest.Dependencies[:1] }), []string{"unpinned a always"}},
		{"any version and not locked", all(unlock, ask("*", npm.EdgeProd)), []string{"wildcard a always"}},
		{"optional not locked", all(unlock, ask("^1.0.0", npm.EdgeOptional)), []string{"unpinned a always"}},
		{"peer not locked", all(unlock, ask("^1.0.0", npm.EdgePeer)), nil},
		{"git branch", all(unlock, ask("github:o/a#main", npm.EdgeProd)), []string{"unpinned a always"}},
		{"git commit", all(unlock, ask("github:o/a#"+commit, npm.EdgeProd)), nil},
		{"git commit, SHA-256", all(unlock, ask("github:o/a#"+strings.Repeat("f0", 32), npm.EdgeProd)), nil},
		{"git commit, cut short", all(unlock, ask("github:o/a#"+commit[1:], npm.EdgeProd)), []string{"unpinned a always"}},
		{"git tag as long as a commit", all(unlock, ask("github:o/a#"+strings.Repeat("g", 40), npm.EdgeProd)), []string{"unpinned a always"}},
		{"address", all(unlock, ask("https://example.com/a.tgz", npm.EdgeProd)), []string{"unpinned a always"}},
		{"folder", all(unlock, ask("file:../a", npm.EdgeProd)), nil},
		{"workspace", all(unlock, ask("workspace:^", npm.EdgeProd)), nil},
		{"catalog", all(unlock, ask("catalog:", npm.EdgeProd)), []string{"unpinned a always"}},
	})
}

// The fix names the version that is installed.
func TestPinningFix(t *testing.T) {
	s := clean()
	ask("*", npm.EdgeProd)(s)
	if got, want := pinning.Run(s)[0].Fix, "Write the range that was tested, such as `^1.2.3`."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	ask("^1.0.0", npm.EdgeProd)(s)
	s.Policy.Dependencies.Pinned = policy.Exact
	if got, want := pinning.Run(s)[0].Fix, "Write `1.2.3`, the version that is installed."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
