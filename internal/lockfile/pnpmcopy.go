package lockfile

import (
	"cmp"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// readCopies reads packages and, from version 7 on, snapshots.
func (r *pnpmReader) readCopies() error {
	if r.next {
		return r.readNextCopies()
	}
	packages, snapshots := r.doc.Get("packages"), r.doc.Get("snapshots")
	for _, section := range []strict.Value{packages, snapshots} {
		if section.Exists() && section.Kind() != strict.Object {
			return r.fail(section, "packages or snapshots is %s, expected a mapping", section.Kind())
		}
	}
	patches := r.patches()
	if r.major < '7' {
		r.reserve(packages.Len())
		for k, v := range packages.Members() {
			if err := r.addCopy(k, v, v, patches); err != nil {
				return err
			}
		}
		return nil
	}
	info := make(map[string]strict.Value, packages.Len())
	for k, v := range packages.Members() {
		info[k.Shared()] = v
	}
	used := make(map[string]bool, len(info))
	r.reserve(snapshots.Len())
	for k, v := range snapshots.Members() {
		base, _ := cutPeers(k.Shared())
		i, ok := info[base]
		if !ok {
			return r.fail(k, "the snapshot %+q has no entry in packages: the lockfile is damaged, run pnpm install", clip(k.Text()))
		}
		used[base] = true
		if err := r.addCopy(k, i, v, patches); err != nil {
			return err
		}
	}
	for k := range packages.Members() {
		if !used[k.Shared()] {
			return r.fail(k, "%+q has no snapshot: the lockfile is cut off or damaged, run pnpm install", clip(k.Text()))
		}
	}
	return nil
}

func (r *pnpmReader) reserve(n int) {
	r.slab = make([]npm.Package, 0, n)
	r.nodes = make([]pnpmNode, 0, n)
	r.at = make(map[string]int, n)
}

// cutPeers splits the suffixes in parentheses off a dependency path.
func cutPeers(path string) (base, suffix string) {
	if path == "" || path[len(path)-1] != ')' {
		return path, ""
	}
	depth := 0
	for i := len(path) - 1; i >= 0; i-- {
		switch path[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 && (i == 0 || path[i-1] != ')') {
				return path[:i], path[i:]
			}
		}
	}
	return path, ""
}

// addCopy reads one copy, whose location is its key.
func (r *pnpmReader) addCopy(key, info, snap strict.Value, patches map[string]string) error {
	return r.addCopyAt(key.Shared(), key, info, snap, patches)
}

func (r *pnpmReader) addCopyAt(location string, key, info, snap strict.Value, patches map[string]string) error {
	for _, v := range []strict.Value{info, snap} {
		if err := r.mapping(key, v); err != nil {
			return err
		}
	}
	r.slab = append(r.slab, npm.Package{Location: location})
	p := &r.slab[len(r.slab)-1]
	p.Line, p.Column = key.Position()
	r.nodes = append(r.nodes, pnpmNode{pkg: p, key: key, info: info, snap: snap})
	n := &r.nodes[len(r.nodes)-1]
	r.at[p.Location] = len(r.nodes) - 1
	var resolution strict.Value
	name, version := "", ""
	for k, v := range info.Members() {
		var err error
		switch string(k.Raw()) {
		case "resolution":
			resolution = v
		case "name":
			name, err = r.text(k, v)
		case "version":
			version, err = r.text(k, v)
		case "deprecated":
			p.Deprecated = v.Text()
		case "os":
			p.OS = yamlTexts(v)
		case "cpu":
			p.CPU = yamlTexts(v)
		case "libc":
			p.Libc = yamlTexts(v)
		case "engines":
			p.Engines = v.Get("node").Text()
		case "requiresBuild":
			p.HasInstallScript = v.Bool()
		case "peerDependencies", "peerDependenciesMeta", "dependencies", "optionalDependencies":
			err = r.mapping(k, v)
		}
		if err != nil {
			return err
		}
	}
	suffix, err := r.identify(n, name, version)
	if err != nil {
		return err
	}
	p.Patch = patches[patchHash(suffix)]
	if p.Patch == "" && (r.major < '6' || r.next) {
		p.Patch = patches[p.ID()]
	}
	if r.next {
		p.Integrity = info.Get("integrity").Text() // it is a sibling of resolution
	}
	if !resolution.Exists() && r.next {
		resolution = info // the entry has an integrity only
		if folder, ok := strings.CutPrefix(cutName(key.Shared()), "file:"); ok {
			p.Source, p.Resolved = npm.SourceLocal, "file:"+folder
			if outside(folder) {
				p.Source = npm.SourceFile
			}
			return nil
		}
	}
	if resolution.Kind() != strict.Object {
		return r.fail(key, "%+q has no resolution", clip(p.Location))
	}
	return r.resolution(n, resolution)
}

// yamlTexts reads a list of strings, or one string.
func yamlTexts(v strict.Value) []string {
	var all []string
	if v.Kind() == strict.String {
		return []string{v.Text()}
	}
	for e := range v.Elements() {
		all = append(all, e.Text())
	}
	return all
}

// identify takes name and version from the dependency path if the entry does
// not have them, and returns the suffix of peers.
func (r *pnpmReader) identify(n *pnpmNode, name, version string) (suffix string, err error) {
	p := n.pkg
	path := p.Location
	if r.major == '5' {
		p.Name, p.Version, suffix = splitPnpm5(path)
	} else {
		path, suffix = cutPeers(path)
		if r.major < '9' {
			if rest, ok := strings.CutPrefix(path, "/"); ok {
				path = rest
			} else if host, rest, ok := strings.Cut(path, "/"); ok && r.major == '6' && strings.Contains(host, ".") {
				path = rest // of another registry
			}
		}
		if at := strings.IndexByte(path[min(1, len(path)):], '@'); at >= 0 {
			p.Name, p.Version = path[:at+1], path[at+2:]
		}
	}
	p.Source = npm.SourceRegistry
	if !startsWithDigit(p.Version) || strings.ContainsAny(p.Version, ":/") {
		p.Version, p.Source = "", npm.SourceUnknown // an address; resolution reads it
	}
	// pnpm writes name and version where the path does not hold them, and fetches
	// by the path where it does.
	_, odd := npm.ParseVersion(p.Version)
	told := p.Source == npm.SourceRegistry && odd == nil // a commit may begin with a digit
	if name != "" && told && name != p.Name || version != "" && told && version != p.Version {
		r.note(npm.NoteContradiction, n.key, "the entry of %s says that it is %s", p.ID(),
			clip(cmp.Or(name, p.Name)+"@"+cmp.Or(version, p.Version)))
		name, version = p.Name, p.Version
	}
	p.Name, p.Version = cmp.Or(name, p.Name), cmp.Or(version, p.Version)
	if runtime, ok := strings.CutPrefix(path, p.Name+"@runtime:"); ok {
		if p.Version != runtime && p.Version != "" {
			r.note(npm.NoteContradiction, n.key, "the entry of the runtime %s %s says that it is %s", p.Name, clip(runtime), clip(p.Version))
		}
		p.Version = runtime
	}
	if p.Name == "" || strings.ContainsAny(p.Name, ":()") {
		return "", r.fail(n.key, "no name of a package can be told from %+q", clip(p.Location))
	}
	return suffix, nil
}

// cutName returns what follows the name in a key.
func cutName(key string) string {
	_, rest, _ := strings.Cut(key[min(1, len(key)):], "@")
	return rest
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// splitPnpm5 splits "/@scope/name/1.0.0_peers", which may begin with the host
// of another registry.
func splitPnpm5(path string) (name, version, suffix string) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		if _, rest, ok = strings.Cut(path, "/"); !ok {
			return "", "", ""
		}
	}
	at := strings.IndexByte(rest, '/')
	if at >= 0 && rest[0] == '@' {
		if next := strings.IndexByte(rest[at+1:], '/'); next >= 0 {
			at += 1 + next
		} else {
			at = -1
		}
	}
	if at < 0 {
		return "", "", ""
	}
	name, version = rest[:at], rest[at+1:]
	if i := strings.IndexAny(version, "_/"); i >= 0 { // the slash: version 5.0
		version, suffix = version[:i], version[i:]
	}
	return name, version, suffix
}

// patches returns the paths of the patches, by hash and by package. If the
// lockfile has hashes only, the hash is used in place of the path.
func (r *pnpmReader) patches() map[string]string {
	all := map[string]string{}
	for k, v := range r.section("patchedDependencies").Members() {
		hash, path := v.Get("hash").Text(), v.Get("path").Text()
		if v.Kind() != strict.Object {
			hash = v.Text()
		}
		if path == "" {
			path = hash
		}
		all[k.Text()] = path
		if hash != "" {
			all[hash] = path
		}
	}
	return all
}

// patchHash returns the hash in a suffix such as
// "(patch_hash=abc)(react@18.2.0)".
func patchHash(suffix string) string {
	_, rest, ok := strings.Cut(suffix, "(patch_hash=")
	if !ok {
		return ""
	}
	hash, _, _ := strings.Cut(rest, ")")
	return hash
}
