// Package installed looks into a node_modules for what a lockfile does not say:
// the licence of a package, and its author. npm's lockfile states most licences;
// yarn's, pnpm's and bun's state none.
//
// What it finds counts as the lockfile's own field would: both come with the
// checkout, and neither is proof. A package.json is believed only about the
// name and version that the lockfile resolved. Where nothing is installed,
// nothing is read and nothing is an error: the licence stays unknown, which the
// checks report. It installs nothing, writes nothing and follows no link out of
// the checkout.
package installed

import (
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

const (
	maxManifest = 1 << 20 // bytes of one package.json
	readers     = 4       // files read side by side
	maxRounds   = 16      // node_modules inside node_modules
)

// Licenses fills License and Author of the packages of a graph whose licence is
// not known, from what is installed beside the package or the lockfile. dir is
// the folder of the package, a slash path below root, from which the graph names
// its lockfile. If every licence is known it looks at nothing.
func Licenses(root *os.Root, dir string, g *npm.Graph) {
	var lacking []*npm.Package
	for _, p := range g.Packages {
		if p.License == "" && p != g.Root && !p.Link && p.Scope != "" && p.Name != "" {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) == 0 {
		return
	}
	var s search
	defer s.close()
	owner := path.Join(dir, path.Dir(g.Lockfile)) // the lockfile's folder; root lets nobody out
	s.members(root, owner, lacking)
	s.add(root, owner)
	if path.Clean(dir) != path.Clean(owner) {
		s.add(root, dir)
	}
	if len(s.modules) == 0 {
		return
	}
	s.found = make(map[*npm.Package]place, len(lacking))
	s.direct(lacking)
	s.nested(g, lacking)
}

// A search looks for packages in one or two node_modules.
type search struct {
	modules []*modules
	found   map[*npm.Package]place // where the real thing was found
}

// A place is a folder in one of the node_modules.
type place struct {
	in     *modules
	folder string
}

// modules is one node_modules, opened once: every path below it is then short.
type modules struct {
	root  *os.Root
	store map[string]string // pnpm's: name@version to the folder's name
}

func (s *search) add(root *os.Root, folder string) {
	sub, err := root.OpenRoot(path.Join(folder, "node_modules"))
	if err != nil {
		return
	}
	s.modules = append(s.modules, &modules{sub, store(sub)})
}

func (s *search) close() {
	for _, m := range s.modules {
		_ = m.root.Close()
	}
}

// members reads the packages that stand in the checkout itself.
func (s *search) members(root *os.Root, owner string, lacking []*npm.Package) {
	for _, p := range lacking {
		if p.Source == npm.SourceLocal && p.Location != "" {
			read(root, path.Join(owner, p.Location), p)
		}
	}
}

// direct tries for each package the folder that its lockfile or its manager's
// layout gives it: npm and bun name it, pnpm has a store, and all others hoist
// one copy of each name to the top.
func (s *search) direct(lacking []*npm.Package) {
	places := make([]place, len(lacking))
	parallel(len(lacking), func(i int) {
		p := lacking[i]
		for _, m := range s.modules {
			for _, folder := range m.folders(p) {
				if read(m.root, folder, p) {
					places[i] = place{m, folder}
					return
				}
			}
		}
	})
	for i, at := range places {
		if at.in != nil {
			s.found[lacking[i]] = at
		}
	}
}

// folders lists where a package may be, the likeliest first.
func (m *modules) folders(p *npm.Package) []string {
	if rest, ok := strings.CutPrefix(p.Location, "node_modules/"); ok {
		return []string{rest}
	}
	if at := m.store[p.ID()]; at != "" {
		return []string{path.Join(".pnpm", at, "node_modules", p.Name)}
	}
	if p.Alias != "" {
		return []string{p.Alias, p.Name}
	}
	return []string{p.Name}
}

// nested looks for what was not hoisted to the top from the packages that
// depend on it, round by round from those found already.
func (s *search) nested(g *npm.Graph, lacking []*npm.Package) {
	missing := map[*npm.Package]bool{}
	for _, p := range lacking {
		if _, ok := s.found[p]; !ok && p.Source != npm.SourceLocal {
			missing[p] = true
		}
	}
	for round := 0; round < maxRounds && len(missing) > 0; round++ {
		var more []*npm.Package
		for _, from := range g.Packages {
			at, ok := s.found[from]
			if !ok {
				continue
			}
			for i := range from.Deps {
				e := &from.Deps[i]
				if !missing[e.To] {
					continue
				}
				if folder, ok := resolve(at, e); ok {
					s.found[e.To] = place{at.in, folder}
					delete(missing, e.To)
					more = append(more, e.To)
				}
			}
		}
		if len(more) == 0 {
			return
		}
	}
}

// resolve looks for what an edge leads to as Node would from the folder of the
// package that has it: in its own node_modules, then in those of the packages
// around it. The topmost was tried before.
func resolve(from place, e *npm.Edge) (string, bool) {
	for folder := from.folder; ; {
		at := path.Join(folder, "node_modules", e.Name)
		if read(from.in.root, at, e.To) {
			return at, true
		}
		up := strings.LastIndex(folder, "/node_modules/")
		if up < 0 {
			return "", false
		}
		folder = folder[:up]
	}
}

// store lists pnpm's virtual store: folders name@version, with what tells
// copies of one version apart behind a "(" or "_", and "+" for "/".
func store(modules *os.Root) map[string]string {
	f, err := modules.Open(".pnpm")
	if err != nil {
		return nil
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil
	}
	all := make(map[string]string, len(names))
	for _, folder := range names {
		if folder == "" || folder[0] == '.' {
			continue
		}
		at := strings.IndexByte(folder[1:], '@') + 1
		if at == 0 {
			continue
		}
		name, version := folder[:at], folder[at+1:]
		if end := strings.IndexAny(version, "(_"); end >= 0 {
			version = version[:end]
		}
		if strings.HasPrefix(name, "@") {
			name = strings.Replace(name, "+", "/", 1)
		}
		id := name + "@" + version
		if was := all[id]; was == "" || folder < was { // any will do, but always the same
			all[id] = folder
		}
	}
	return all
}

// parallel does n things, a few at a time.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(readers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// read takes licence and author from the package.json in a folder and reports
// whether it is that of the package: name and version must be the same.
func read(root *os.Root, folder string, p *npm.Package) bool {
	data, err := disk.Read(root, path.Join(folder, "package.json"), maxManifest)
	if err != nil {
		return false
	}
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxManifest, Members: 100_000})
	if err != nil {
		return false
	}
	var name, version, license, legacy string
	var author npm.Person
	for key, value := range doc.Members() {
		switch string(key.Raw()) {
		case "name":
			name = value.Text()
		case "version":
			version = value.Text()
		case "license":
			license = npm.LicenseText(value)
		case "licenses", "licence", "licences":
			if legacy == "" {
				legacy = npm.LicenseText(value)
			}
		case "author":
			author = npm.ParsePerson(value)
		}
	}
	unversioned := p.Version == "" && p.Source == npm.SourceLocal // not every lockfile has a member's
	if name != p.Name || version != p.Version && !unversioned {
		return false
	}
	if license == "" {
		license = legacy
	}
	p.License, p.Author = license, author.Name
	return true
}
