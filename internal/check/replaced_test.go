package check

import (
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// folder puts a local folder in the place of what from depends on by name.
func folder(s *Subject, from, name string, m *npm.Member) {
	to := &npm.Package{Name: name, Version: "1.2.3", Location: "vendor/" + name, Source: npm.SourceLocal, Workspace: m != nil, Member: m}
	p := s.Graph.Root
	if from != "" {
		p = pkg(s, from)
	}
	for i := range p.Deps {
		if p.Deps[i].Name == name {
			to.Scope = p.Deps[i].To.Scope
			unlock(s, &p.Deps[i], to)
			s.Graph.Packages = append(s.Graph.Packages, to)
			return
		}
	}
	panic("no edge " + name)
}

// unlock takes the copy that an edge ends at out of the lockfile.
func unlock(s *Subject, e *npm.Edge, to *npm.Package) {
	s.Graph.Packages = slices.DeleteFunc(s.Graph.Packages, func(p *npm.Package) bool { return p == e.To })
	e.To = to
}

func TestReplaced(t *testing.T) {
	put := func(from, name string, m *npm.Member) func(*Subject) {
		return func(s *Subject) { folder(s, from, name, m) }
	}
	also := func(all ...func(*Subject)) func(*Subject) {
		return func(s *Subject) {
			for _, f := range all {
				f(s)
			}
		}
	}
	asks := func(rng string) func(*Subject) {
		return func(s *Subject) { s.Graph.Root.Deps[0].Range, s.Manifest.Dependencies[0].Range = rng, rng }
	}
	blocks, warns := []string{"registry-dependency-replaced a always"}, []string{"registry-dependency-replaced tool advice"}
	a := func(version string) *npm.Member { return &npm.Member{Name: "a", Version: version} }
	table(t, replaced, []row{
		{"nothing is", func(*Subject) {}, nil},
		{"a folder", put("", "a", nil), blocks},
		{"a member", put("", "a", a("1.2.3")), nil},
		{"a member out of range", put("", "a", a("2.0.0")), blocks},
		{"a member's prerelease", put("", "a", a("1.3.0-rc.1")), blocks},
		{"a member without a version", put("", "a", a("")), blocks},
		{"a private member", put("", "a", &npm.Member{Name: "a", Version: "1.2.3", Private: true}), blocks},
		{"a member of another name", put("", "a", &npm.Member{Name: "A", Version: "1.2.3"}), blocks},
		{"an alias to a member", also(asks("npm:real@^1.0.0"), put("", "a", &npm.Member{Name: "real", Version: "1.2.3"})), nil},
		{"an alias to another member", also(asks("npm:real@^1.0.0"), put("", "a", a("1.2.3"))),
			[]string{"registry-dependency-replaced real always"}},
		{"any version of a member", also(asks("*"), put("", "a", a("1.3.0-rc.1"))), nil},
		{"a tag of a member", also(asks("next"), put("", "a", a("1.3.0-rc.1"))), nil},
		{"a folder that is asked for", also(asks("file:vendor/a"), put("", "a", nil)), nil},
		{"a link that is asked for", also(asks("link:vendor/a"), put("", "a", nil)), nil},
		{"a member that is asked for", also(asks("workspace:*"), put("", "a", &npm.Member{Name: "a", Private: true}),
			func(s *Subject) { s.Tarball = nil }), nil},
		{"and packed, which asks the registry", also(asks("workspace:*"), put("", "a", &npm.Member{Name: "a", Private: true})), blocks},
		{"a line of a catalog", also(asks("catalog:"), func(s *Subject) {
			s.Graph.Catalogs = map[string]map[string]string{"default": {"a": "^1.0.0"}}
		}, put("", "a", nil)), blocks},
		{"yarn's way to write a range", also(asks("npm:^1.0.0"), put("", "a", nil)), blocks},
		{"a dependency's dependency", put("a", "b", nil), []string{"registry-dependency-replaced b always"}},
		{"and a member", put("a", "b", &npm.Member{Name: "b", Version: "2.1.0"}), nil},
		{"pnpm has no range below", also(put("a", "b", nil), func(s *Subject) {
			s.Graph.Manager = "pnpm"
			pkg(s, "a").Deps[0].Range = "link:vendor/b"
		}), []string{"registry-dependency-replaced b always"}},
		{"development, a folder", put("", "tool", nil), warns},
		{"development, a private member", put("", "tool", &npm.Member{Name: "tool", Private: true}), nil},
		{"a private package", also(func(s *Subject) { s.Manifest.Private = true }, put("", "a", nil)),
			[]string{"registry-dependency-replaced a advice"}},
		{"a peer", also(func(s *Subject) {
			s.Graph.Root.Deps[0].Kind, s.Manifest.Dependencies[0].Kind = npm.EdgePeer, npm.EdgePeer
		}, put("", "a", nil)), blocks},
		{"the package itself", func(s *Subject) {
			pkg(s, "a").Deps[0].To, pkg(s, "a").Deps[0].Name = s.Graph.Root, s.Manifest.Name
		}, nil},
		{"the package itself for another", func(s *Subject) { pkg(s, "a").Deps[0].To = s.Graph.Root },
			[]string{"registry-dependency-replaced b always"}},
		{"a member that the root asks for by a range", also(put("", "a", &npm.Member{Name: "a", Private: true}), func(s *Subject) {
			s.Graph.Root.Deps[0].Kind, s.Graph.Root.Deps[0].Range = npm.EdgeWorkspace, "file:vendor/a"
		}), blocks},
	})
}

func TestAsked(t *testing.T) {
	know := func(change func(*Subject), records ...advisory.Record) func(*Subject) {
		return func(s *Subject) {
			change(s)
			learn(t, s, told{records: records})
		}
	}
	put := func(from, name string) func(*Subject) { return func(s *Subject) { folder(s, from, name, nil) } }
	exact := func(s *Subject) {
		s.Graph.Root.Deps[0].Range, s.Manifest.Dependencies[0].Range = "1.0.0", "1.0.0"
	}
	set := func(s *Subject) { exact(s); s.Graph.Root.Deps[0].Set = true }
	hole := func(name, fixed string) advisory.Record {
		return advisory.Record{ID: "GHSA-1", Package: name, Severity: finding.High, Ranges: []advisory.Range{{Introduced: "0", Fixed: fixed}}}
	}
	malware := func(name, version string) advisory.Record {
		return advisory.Record{ID: "MAL-1", Kind: advisory.Malware, Package: name, Versions: []string{version}}
	}
	quiet := func(s *Subject) { s.Policy.Dependencies.VulnerableRange = policy.RangeIgnore }
	table(t, advisories, []row{
		{"a folder in malware's place", know(put("", "a"), malware("a", "1.5.0")), []string{"malware a always"}},
		{"and ranges are ignored", know(func(s *Subject) { quiet(s); put("", "a")(s) }, malware("a", "1.5.0")), []string{"malware a always"}},
		{"out of the range", know(put("", "a"), malware("a", "2.0.0")), nil},
		{"below a dependency", know(put("a", "b"), malware("b", "2.0.0")), []string{"malware b always"}},
		{"in development", know(put("", "tool"), malware("tool", "3.0.0")), []string{"malware tool always"}},
		{"in development, a hole", know(put("", "tool"), hole("tool", "9.0.0")), nil},
		{"in development, an override", know(func(s *Subject) {
			s.Graph.Root.Deps[1].Range, s.Graph.Root.Deps[1].Set = "2.0.0", true
		}, malware("tool", "2.0.0")), nil},
		{"every version is affected", know(put("", "a"), hole("a", "2.0.0")), []string{"vulnerable-dependency a severity"}},
		{"some are", know(put("", "a"), hole("a", "1.2.0")), nil},
		{"an override of an exact version", know(set, hole("a", "1.0.1")), []string{"vulnerable-dependency a severity"}},
		{"an override to what is affected too", know(set, hole("a", "1.0.0")), nil},
		{"nothing is locked", know(func(s *Subject) { unlock(s, &s.Graph.Root.Deps[0], nil) }, hole("a", "9.0.0")),
			[]string{"vulnerable-dependency a severity"}},
		{"an optional peer is not", know(func(s *Subject) {
			unlock(s, &s.Graph.Root.Deps[0], nil)
			s.Graph.Root.Deps[0].Kind = npm.EdgePeerOptional
		}, hole("a", "9.0.0")), nil},
		{"from git", know(func(s *Subject) { pkg(s, "a").Source, pkg(s, "a").Version = npm.SourceGit, "" },
			malware("a", "1.0.0")), []string{"malware a always"}},
		{"not what fits", know(func(s *Subject) { pkg(s, "a").Deps[0].Valid, pkg(s, "a").Deps[0].Range = false, "^1.0.0" },
			hole("b", "1.9.9"), malware("b", "1.0.0")), []string{"malware b always"}},
		{"left out", know(func(s *Subject) {
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
			put("", "tool")(s)
		}, malware("tool", "3.0.0")), nil},
	})
}
