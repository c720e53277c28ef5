package lockfile

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// parseYarn reads the yarn.lock of every version of yarn: yarn 1 has its own
// format, yarn 2 and later write YAML.
func parseYarn(in Input) (*npm.Graph, error) {
	if bytes.HasPrefix(in.Data, []byte("__metadata:")) || bytes.Contains(in.Data, []byte("\n__metadata:")) {
		return parseYarnBerry(in)
	}
	return parseYarnClassic(in)
}

// A classic makes the graph of a yarn.lock of version 1. It lists the copy of
// each descriptor. Importers' dependencies are in package.json files only, and
// where copies are installed is not recorded.
//
// The Location of a copy is "yarn:" and its name and version, with the alias
// before and "#2" after where needed: "yarn:ms@2.0.0", "yarn:x@npm:ms@2.0.0".
// The lockfile holds no peers, platforms, bundles or licences.
type classic struct {
	*importers
	graph  *npm.Graph
	lock   *v1Reader
	copies []classicCopy
	by     map[string]*npm.Package // descriptor → copy
	taken  map[string]int          // locations
}

type classicCopy struct {
	pkg   *npm.Package
	entry *v1Entry
}

func parseYarnClassic(in Input) (*npm.Graph, error) {
	lock, err := readV1(in.File, string(in.Data))
	if err != nil {
		return nil, err
	}
	if in.Manifest == nil || in.owner() == nil {
		return nil, fmt.Errorf("%s:1:1: it does not say who needs what is in it: it needs the package.json beside it", in.File)
	}
	c := &classic{
		importers: newImporters(in), graph: &npm.Graph{Lockfile: in.File, Version: "1", Notes: []npm.Note{}},
		lock: lock, by: make(map[string]*npm.Package, len(lock.keys)), taken: make(map[string]int, len(lock.entries)),
	}
	c.read()
	if err := c.workspaces(); err != nil {
		return nil, err
	}
	if err := c.links(); err != nil {
		return nil, err
	}
	c.connect()
	if err := c.finish(c.graph); err != nil {
		return nil, err
	}
	return c.graph, nil
}

// read makes the copies. An entry whose descriptors have several names makes a
// copy for each.
func (c *classic) read() {
	c.copies = make([]classicCopy, 0, len(c.lock.entries))
	slab := make([]npm.Package, len(c.lock.entries))
	for i := range c.lock.entries {
		e := &c.lock.entries[i]
		first := len(c.copies)
	keys:
		for _, key := range e.keys {
			name, rng := descriptor(key)
			if strings.HasPrefix(rng, "link:") {
				continue // a directory; yarn writes a version of 0.0.0
			}
			for _, have := range c.copies[first:] {
				if installed(have.pkg) == name {
					c.by[key] = have.pkg
					continue keys
				}
			}
			p := new(npm.Package)
			if len(c.copies) == first {
				p = &slab[i]
			}
			c.fill(p, e, key, name, rng)
			c.by[key] = p
			c.copies = append(c.copies, classicCopy{p, e})
		}
	}
}

// installed returns the name of a copy's directory.
func installed(p *npm.Package) string {
	if p.Alias != "" {
		return p.Alias
	}
	return p.Name
}

// descriptor splits "name@range" at the first @ that begins no scope.
func descriptor(key string) (name, rng string) {
	if i := strings.IndexByte(key[1:], '@'); i >= 0 {
		return key[:i+1], key[i+2:]
	}
	return key, ""
}

// fill sets name, version and source of a copy.
func (c *classic) fill(p *npm.Package, e *v1Entry, key, name, rng string) {
	p.Name, p.Version, p.Resolved, p.Integrity = name, e.version, e.resolved, e.integrity
	p.Line, p.Column = e.line, 1
	if p.Integrity == "" {
		p.Integrity = sha1Integrity(e.hash)
	}
	spec := npm.ParseSpec(rng)
	if spec.Kind == npm.SpecAlias {
		p.Name = spec.Name
	}
	registry := spec.Kind == npm.SpecRegistry || spec.Kind == npm.SpecAlias
	u, ok := npm.ParseTarballURL(p.Resolved)
	switch {
	case ok && registry:
		p.Source = npm.SourceRegistry
		if u.Name != p.Name {
			c.note(c.graph, npm.NoteNameMismatch, p, "the entry is %s but its address serves %s", p.Name, u.Name)
			p.Name = u.Name
		}
		if u.Version != p.Version && !sameVersion(u.Version, p.Version) {
			c.note(c.graph, npm.NoteVersionMismatch, p, "the entry is %s but its address serves version %s", p.ID(), u.Version)
		}
		if e.name != "" && e.name != name && e.name != u.Name { // yarn writes it if the keys do not have the name
			c.note(c.graph, npm.NoteContradiction, p, "the entry of %s says that its name is %s", p.ID(), clip(e.name))
		}
	case ok:
		p.Source, p.Name = npm.SourceRegistry, u.Name
	case registry && !strings.Contains(p.Resolved, ":"):
		p.Source = npm.SourceRegistry // an offline mirror: only the file's name
	case p.Resolved == "" && (spec.Kind == npm.SpecDirectory || spec.Kind == npm.SpecFile):
		p.Source = npm.SourceFile
	case p.Resolved == "":
		p.Source = npm.SourceUnknown
	default:
		p.Source = source(p)
	}
	base := p.Name + "@" + p.Version
	if p.Name != name {
		p.Alias = name
		base = name + "@npm:" + base
	}
	if !ok && !registry {
		base = key
	}
	c.place(p, base)
}

// place sets a unique location for a copy.
func (c *classic) place(p *npm.Package, base string) {
	p.Location = "yarn:" + base
	for n := c.taken[p.Location] + 1; ; n++ {
		if n > 1 {
			p.Location = "yarn:" + base + "#" + strconv.Itoa(n)
		}
		if c.taken[p.Location] == 0 {
			c.taken["yarn:"+base], c.taken[p.Location] = n, 1
			return
		}
	}
}

// sha1Integrity returns the SHA-1 in the address of an old entry as SRI.
func sha1Integrity(hash string) string {
	var sum [20]byte
	if len(hash) != 2*len(sum) {
		return ""
	}
	if _, err := hex.Decode(sum[:], []byte(hash)); err != nil {
		return ""
	}
	return "sha1-" + base64.StdEncoding.EncodeToString(sum[:])
}

// workspaces reads the members' manifests.
func (c *classic) workspaces() error {
	if _, err := c.add(""); err != nil {
		return err
	}
	patterns := c.in.owner().Workspaces
	if len(patterns) == 0 {
		return nil
	}
	folders, err := c.in.Checkout.Members(patterns)
	if err != nil {
		return fmt.Errorf("%s: %w", c.in.File, err)
	}
	for _, folder := range folders {
		i, err := c.add(folder)
		if err != nil {
			return err
		}
		if m := i.manifest; m != nil && folder != c.in.Member && (m.Name == "" || m.Version == "") {
			c.drop(i) // yarn 1 leaves it out: "Missing name in workspace at …, ignoring."
			continue
		}
		if _, err := c.member(folder, ""); err != nil {
			return err
		}
	}
	return nil
}

// links adds the directories of link: ranges, and those that they link to. Yarn
// 1 resolves such paths from the lockfile's directory wherever they are
// written.
func (c *classic) links() error {
	for k := 0; k < len(c.list); k++ {
		i := c.list[k]
		if i.manifest == nil {
			continue
		}
		for _, d := range i.manifest.Dependencies {
			if folder, ok := linkedFolder(d.Range); ok {
				if _, err := c.add(folder); err != nil {
					return err
				}
			}
		}
		if len(c.list) > maxFolders {
			return fmt.Errorf("%s: links lead to more than %d folders", c.in.File, maxFolders)
		}
	}
	return nil
}

// linkedFolder returns the directory of a link: range.
func linkedFolder(rng string) (string, bool) {
	target, ok := strings.CutPrefix(rng, "link:")
	if !ok {
		return "", false
	}
	if target = path.Clean(target); target == "." {
		target = ""
	}
	return target, true
}

// connect makes all edges.
func (c *classic) connect() {
	total := 0
	for _, e := range c.lock.entries {
		total += len(e.prod) + len(e.optional)
	}
	edges := make([]npm.Edge, 0, total)
	g := c.graph
	g.Packages = make([]*npm.Package, 0, len(c.copies)+len(c.list))
	for _, i := range c.list {
		i.pkg.Deps = c.edges(i, c.find)
		g.Packages = append(g.Packages, i.pkg)
	}
	for _, copied := range c.copies {
		from := len(edges)
		e := copied.entry
		for _, d := range e.optional {
			edges = append(edges, c.edge(d, npm.EdgeOptional))
		}
		for _, d := range e.prod {
			if len(e.optional) == 0 || !inV1(e.optional, d.name) {
				edges = append(edges, c.edge(d, npm.EdgeProd))
			}
		}
		copied.pkg.Deps = edges[from:len(edges):len(edges)]
		g.Packages = append(g.Packages, copied.pkg)
	}
}

func inV1(list []v1Dependency, name string) bool {
	for _, d := range list {
		if d.name == name {
			return true
		}
	}
	return false
}

func (c *classic) edge(d v1Dependency, kind npm.EdgeKind) npm.Edge {
	e := npm.Edge{Name: d.name, Range: d.rng, Kind: kind}
	c.resolve(&e)
	return e
}

// resolve sets where an edge ends: at the workspace member of its name if its
// range allows the version, else at the entry of its descriptor.
func (c *classic) resolve(e *npm.Edge) {
	if folder, ok := linkedFolder(e.Range); ok && c.at[folder] != nil {
		e.To, e.Valid = c.at[folder].pkg, true
		return
	}
	if m := c.named[e.Name]; m != nil && m.pkg.Version != "" {
		if ok, err := npm.Satisfies(m.pkg.Version, e.Range, false); err == nil && ok {
			e.To, e.Valid = m.pkg, true
			return
		}
	}
	if e.To = c.by[e.Name+"@"+e.Range]; e.To == nil {
		return
	}
	e.Valid = true
	switch npm.ParseSpec(e.Range).Kind {
	case npm.SpecRegistry, npm.SpecAlias:
		if !npm.Satisfied(e.Range, e.To) {
			e.Set = setBy(c.in.owner(), e.Name, e.To)
			e.Valid = e.Set
		}
	}
}

// find resolves a dependency of an importer. Yarn 1 installs no peers; those of
// a member come from the dependencies of the lockfile's own package.
func (c *classic) find(from *importer, e *npm.Edge) {
	if e.Kind != npm.EdgePeer && e.Kind != npm.EdgePeerOptional {
		c.resolve(e)
		return
	}
	if m := c.named[e.Name]; m != nil && m != from {
		e.To = m.pkg
	} else if from.pkg.Location != "" {
		for _, own := range declared(c.in.owner(), true) {
			if own.Name == e.Name && own.Kind != npm.EdgePeer && own.Kind != npm.EdgePeerOptional {
				beside := npm.Edge{Name: own.Name, Range: own.Range}
				c.resolve(&beside)
				e.To = beside.To
			}
		}
	}
	e.Valid = e.To != nil && npm.Satisfied(e.Range, e.To)
}
