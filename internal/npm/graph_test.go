package npm

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// graph builds a graph from lines "from -kind> to", each package its name; the
// first line's left side is the root.
func graph(lines ...string) (*Graph, map[string]*Package) {
	g := &Graph{}
	at := map[string]*Package{}
	get := func(name string) *Package {
		if at[name] == nil {
			at[name] = &Package{Name: name, Version: "1.0.0", Location: "node_modules/" + name}
			g.Packages = append(g.Packages, at[name])
		}
		return at[name]
	}
	kinds := map[string]EdgeKind{"": EdgeProd, "dev": EdgeDev, "opt": EdgeOptional, "peer": EdgePeer,
		"peeropt": EdgePeerOptional, "ws": EdgeWorkspace}
	for _, line := range lines {
		f := strings.Fields(line)
		from, to := get(f[0]), get(f[2])
		kind, ok := kinds[strings.Trim(f[1], "->")]
		if !ok {
			panic(line)
		}
		from.Deps = append(from.Deps, Edge{Name: to.Name, Kind: kind, To: to, Valid: true})
	}
	g.Root = g.Packages[0]
	return g, at
}

func TestScopeAndFlags(t *testing.T) {
	for _, c := range []struct {
		name  string
		edges []string
		want  string // "package scope flags", space between packages "; "
	}{
		{"chain", []string{"r -> a", "a -> b"}, "a prod; b prod"},
		{"dev only", []string{"r -dev> a", "a -> b"}, "a dev dev; b dev dev"},
		{"dev and prod", []string{"r -dev> a", "a -> c", "r -> b", "b -> c"}, "a dev dev; b prod; c prod"},
		{"optional", []string{"r -opt> a", "a -> b"}, "a optional optional; b optional optional"},
		{"dev and optional", []string{"r -dev> a", "r -opt> b", "a -> c", "b -> c"}, "a dev dev; b optional optional; c optional devOptional"},
		{"optional of dev is both", []string{"r -dev> a", "a -opt> b"}, "a dev dev; b dev dev optional"},
		{"peer", []string{"r -peer> a", "a -> b"}, "a peer peer; b peer peer"},
		{"peer of prod", []string{"r -> a", "a -peer> b"}, "a prod; b peer peer"},
		{"peer wanted too", []string{"r -> a", "a -peer> b", "r -dev> b"}, "a prod; b prod"},
		{"optional peer alone", []string{"r -> a", "a -peeropt> b"}, "a prod; b peer extraneous"},
		{"cycle", []string{"r -> a", "a -> b", "b -> a", "b -> r"}, "a prod; b prod"},
		{"unreached", []string{"r -> a", "x -> y", "y -> a"}, "a prod; x  extraneous; y  extraneous"},
		{"better way found later", []string{"r -dev> a", "a -> b", "b -> c", "r -> d", "d -> e", "e -> b"},
			"a dev dev; b prod; c prod; d prod; e prod"},
		{"workspace", []string{"r -ws> w", "w -> a", "w -dev> b"}, "w prod; a prod; b dev dev"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, at := graph(c.edges...)
			g.Settle(g.Root)
			for _, want := range strings.Split(c.want, "; ") {
				p := at[want[:1]]
				got := fmt.Sprintf("%s %s", p.Name, p.Scope)
				for name, set := range map[string]bool{"devOptional": p.DevOptional, "peer": p.Peer, "extraneous": p.Extraneous} {
					if set {
						got += " " + name
					}
				}
				if p.Dev {
					got += " dev"
				}
				if p.Optional {
					got += " optional"
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// A member is judged by what it ships: neither what the monorepo's root nor
// what other members use for development is its own.
func TestScopeOfMember(t *testing.T) {
	g, at := graph("root -ws> m", "root -ws> other", "root -dev> tool", "m -> other", "m -dev> mdev", "other -> lib", "other -dev> odev")
	g.Root = at["m"]
	g.Settle(at["root"])
	for name, want := range map[string]Scope{"other": "prod", "lib": "prod", "mdev": "dev", "odev": "", "tool": "", "root": ""} {
		if got := at[name].Scope; got != want {
			t.Errorf("%s: scope %q, want %q", name, got, want)
		}
	}
	if got := g.Paths(at["odev"]); len(got) != 0 || got == nil {
		t.Errorf("paths to what others develop with: %v", got)
	}
	if got := fmt.Sprint(g.Paths(at["lib"])); got != "[[m@1.0.0 other@1.0.0 lib@1.0.0]]" {
		t.Errorf("paths %s", got)
	}
}

func TestSettleLinks(t *testing.T) {
	g, at := graph("r -dev> link", "w -> a")
	at["link"].Link, at["link"].Target = true, at["w"]
	g.Settle(g.Root)
	if g.Root.Deps[0].To != at["w"] {
		t.Error("an edge still ends at a link")
	}
	for _, name := range []string{"link", "w", "a"} {
		if p := at[name]; p.Scope != Dev || !p.Dev {
			t.Errorf("%s: scope %q, dev %v", name, p.Scope, p.Dev)
		}
	}
}

func TestPaths(t *testing.T) {
	g, at := graph("r -> b", "r -> a", "r -dev> z", "a -> x", "b -> c", "c -> x", "b -> d", "d -> x", "z -> r", "x -> a", "r -> r2", "q -> x")
	g.Settle(g.Root)
	for name, want := range map[string]string{
		"x":  "[[r@1.0.0 a@1.0.0 x@1.0.0] [r@1.0.0 b@1.0.0 c@1.0.0 x@1.0.0]]",
		"a":  "[[r@1.0.0 a@1.0.0] [r@1.0.0 b@1.0.0 c@1.0.0 x@1.0.0 a@1.0.0]]",
		"z":  "[[r@1.0.0 z@1.0.0]]",
		"r":  "[[r@1.0.0]]",
		"q":  "[]",
		"r2": "[[r@1.0.0 r2@1.0.0]]",
	} {
		if got := fmt.Sprint(g.Paths(at[name])); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := g.Paths(&Package{Name: "stranger"}); got == nil || len(got) != 0 {
		t.Errorf("a stranger: %v", got)
	}
}

// Each chain is a real way, none is longer than a plain search finds, and each
// direct dependency that leads to the package has one.
func TestPathsAreShortest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		g := &Graph{}
		for i := range 12 {
			g.Packages = append(g.Packages, &Package{Name: fmt.Sprintf("p%02d", i), Location: fmt.Sprint(i)})
		}
		g.Root = g.Packages[0]
		for range 25 {
			from, to := g.Packages[rnd.IntN(12)], g.Packages[rnd.IntN(12)]
			from.Deps = append(from.Deps, Edge{Name: to.Name, To: to})
		}
		g.Settle(g.Root)
		target := g.Packages[11]
		want := map[string]int{} // direct dependency → length of the chain
		for _, e := range g.Root.Deps {
			if n := search(g, e.To, target); n > 0 {
				want[e.To.Name] = n + 1
			}
		}
		for _, chain := range g.Paths(target) {
			if len(chain) != want[chain[1]] {
				t.Fatalf("%v, want %d packages", chain, want[chain[1]])
			}
			delete(want, chain[1])
		}
		if len(want) != 0 {
			t.Fatalf("no chain for %v", want)
		}
	}
}

// search is the number of packages on the shortest way from one to another
// that does not pass the root; 0: there is none.
func search(g *Graph, from, to *Package) int {
	if from == g.Root {
		return 0
	}
	distance := map[*Package]int{from: 1}
	for queue := []*Package{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return distance[to]
		}
		for _, e := range queue[0].Deps {
			if distance[e.To] == 0 && e.To != g.Root {
				distance[e.To] = distance[queue[0]] + 1
				queue = append(queue, e.To)
			}
		}
	}
	return 0
}

func TestSatisfied(t *testing.T) {
	reg := func(name, alias, version string) *Package {
		return &Package{Name: name, Alias: alias, Version: version, Source: SourceRegistry}
	}
	for _, c := range []struct {
		rng  string
		p    *Package
		want bool
	}{
		{"^1.0.0", reg("a", "", "1.2.3"), true},
		{"^1.0.0", reg("a", "", "2.0.0"), false},
		{"", reg("a", "", "2.0.0-rc.1"), true},
		{"^1.0.0", reg("a", "", "1.1.0-rc.1"), false},
		{"latest", reg("a", "", "1.0.0"), true},
		{"latest", &Package{Name: "a", Version: "1.0.0", Source: SourceLocal}, false},
		{"^1", reg("evil", "a", "1.0.0"), false},
		{"npm:real@^1", reg("real", "a", "1.0.0"), true},
		{"npm:real@^1", reg("evil", "a", "1.0.0"), false},
		{"npm:real", reg("real", "a", "9.0.0"), true},
		{"github:o/r#semver:^2", &Package{Name: "r", Version: "1.0.0", Source: SourceGit}, false},
		{"github:o/r", &Package{Name: "r", Source: SourceGit}, true},
		{"https://e.example/a.tgz", &Package{Name: "a", Resolved: "https://e.example/a.tgz"}, true},
		{"https://e.example/a.tgz", &Package{Name: "a", Resolved: "https://evil.example/a.tgz"}, false},
		{"^1.0.0", reg("a", "", ""), false},
		{"^1.0.0", reg("a", "", "latest"), false},
	} {
		if got := Satisfied(c.rng, c.p); got != c.want {
			t.Errorf("%q by %s (alias %q): %v", c.rng, c.p.ID(), c.p.Alias, got)
		}
	}
}

// The quick way never differs from the full one.
func TestQuickRange(t *testing.T) {
	numbers := []string{"0", "1", "2", "10", "01", "1000000000"}
	decidedOnes := 0
	for _, op := range []string{"", "^", "~"} {
		for i := range 6 * 6 * 6 {
			rng := op + numbers[i%6] + "." + numbers[i/6%6] + "." + numbers[i/36]
			for j := range 6 * 6 * 6 {
				version := numbers[j%6] + "." + numbers[j/6%6] + "." + numbers[j/36]
				got, decided := quickRange(rng, version)
				if !decided {
					continue
				}
				decidedOnes++
				if want, err := Satisfies(version, rng, false); err != nil || got != want {
					t.Fatalf("%s in %s: %v, want %v (%v)", version, rng, got, want, err)
				}
			}
		}
	}
	if decidedOnes < 3*64*64 {
		t.Errorf("only %d decided", decidedOnes)
	}
}

func TestParseTarballURL(t *testing.T) {
	for address, want := range map[string]string{
		PublicRegistry + "a/-/a-1.0.0.tgz":                                      PublicRegistry + " a 1.0.0",
		PublicRegistry + "@s/a/-/a-1.0.0-rc.1.tgz":                              PublicRegistry + " @s/a 1.0.0-rc.1",
		"https://npm.example.com/x/y/@s%2fa/-/a-1.0.0.tgz":                      "https://npm.example.com/x/y/ @s/a 1.0.0",
		"https://npm.example.com/%40s%2Fa/-/@s/a-1.0.0.tgz":                     "https://npm.example.com/ @s/a 1.0.0",
		"http://localhost:4873/a/-/a-1.0.0.tgz?x=1#y":                           "http://localhost:4873/ a 1.0.0",
		"https://npm.pkg.github.com/download/@s/a/1.0.0/" + "c0ffee":            "https://npm.pkg.github.com/ @s/a 1.0.0",
		"https://gitlab.example/api/v4/projects/1/packages/npm/a/-/a-1.0.0.tgz": "https://gitlab.example/api/v4/projects/1/packages/npm/ a 1.0.0",
		PublicRegistry + "evil/-/evil-1.0.0.tgz":                                PublicRegistry + " evil 1.0.0",
		PublicRegistry + "a/-/b-1.0.0.tgz":                                      "",
		PublicRegistry + "a/-/a-1.0.0.zip":                                      "",
		PublicRegistry + "a/-/a-.tgz":                                           "",
		PublicRegistry + "-/a-1.0.0.tgz":                                        "",
		PublicRegistry + "@s/-/a-1.0.0.tgz":                                     "",
		"https:/a/-/a-1.0.0.tgz":                                                "",
		"https://e\\x/a/-/a-1.0.0.tgz":                                          "",
		"https://e.example":                                                     "",
		"file:a/-/a-1.0.0.tgz":                                                  "",
		"https://codeload.github.com/o/r/tar.gz/c0ffee":                         "",
	} {
		got := ""
		if u, ok := ParseTarballURL(address); ok {
			got = u.Registry + " " + u.Name + " " + u.Version
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// IsPublicTarball says yes only where ParseTarballURL reads the same.
func TestIsPublicTarball(t *testing.T) {
	words := []string{"", "a", "@s/a", "@s/", "@/a", "@s", "a/b", "@s/a/b", "1.0.0", "1.0.0-rc.1", "1.0.0+b", "-", "a-1",
		"..", "a?b", "a#", "a%2f", "a\\b", "a b", "/-/", "a/-/a-1.0.0"}
	yes := 0
	for _, name := range words {
		for _, version := range words {
			bare := name[strings.IndexByte(name, '/')+1:]
			for _, address := range []string{
				PublicRegistry + name + "/-/" + bare + "-" + version + ".tgz", PublicRegistry + name + "/-/" + name + "-" + version + ".tgz",
				YarnRegistry + name + "/-/" + bare + "-" + version + ".tgz", PublicRegistry + "x/" + name + "/-/" + bare + "-" + version + ".tgz",
			} {
				if !IsPublicTarball(address, name, version) {
					continue
				}
				yes++
				want := TarballURL{PublicRegistry, name, version}
				if u, ok := ParseTarballURL(address); !ok || u != want {
					t.Errorf("%s of %q %q reads as %v", address, name, version, u)
				}
			}
		}
	}
	if yes < 10 {
		t.Errorf("%d addresses are a tarball's", yes)
	}
}

// A package in whose folder a wanted one stands is kept, as npm keeps it.
func TestSettleKeepsParents(t *testing.T) {
	g, at := graph("r -> a", "b -> x", "c -> x")
	at["a"].Location = "node_modules/b/node_modules/a"
	g.Settle(g.Root)
	if at["b"].Extraneous || !at["c"].Extraneous {
		t.Errorf("extraneous: b %v, c %v", at["b"].Extraneous, at["c"].Extraneous)
	}
}

// pnpm updates deep dependencies of a monorepo with -r alone, and of a single
// package only without.
func TestUpdateCommand(t *testing.T) {
	root := &Package{Name: "root", Source: SourceLocal}
	member := &Package{Name: "member", Location: "packages/member", Workspace: true, Source: SourceLocal}
	tests := []struct {
		g    *Graph
		want string
	}{
		{&Graph{Manager: "npm", Root: root}, "npm update x"},
		{&Graph{Manager: "pnpm", Root: root, Packages: []*Package{root}}, "pnpm update --depth Infinity x"},
		{&Graph{Manager: "pnpm", Root: root, Packages: []*Package{root, member}}, "pnpm update -r --depth Infinity x"},
		{&Graph{Manager: "pnpm", Root: member, Packages: []*Package{root, member}, owner: root}, "pnpm update --depth Infinity x"},
		{&Graph{Manager: "yarn", Version: "8", Root: root}, "yarn up -R x"},
		{&Graph{Manager: "yarn", Version: "1", Root: root}, ""},
		{&Graph{Manager: "bun", Root: root}, "bun update x"},
	}
	for _, tt := range tests {
		if got := tt.g.Tool().UpdateCommand("x"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.g.Manager, got, tt.want)
		}
	}
}
