package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// copy reads one array of packages. What follows its first element,
// "name@resolution", depends on the kind of resolution:
//
//	version            [id, address or "", info, integrity]
//	http(s) tarball    [id, info, integrity?]
//	file tarball       [id, info, integrity?]
//	git, github        [id, info, tag, integrity?]
//	file:, link:       [id, info]
//	workspace:         [id] (version 0: [id, info])
//	root:              [id, info]
//
// An array that is shorter, or an element of another kind, is refused.
func (b *bunLock) copy(key, value strict.Value) error {
	location, err := b.location(key, key.Shared())
	if err != nil {
		return err
	}
	return b.copyAt(location, key, value)
}

func (b *bunLock) copyAt(location string, key, value strict.Value) error {
	if value.Kind() != strict.Array {
		return b.fail(value, "expected an array, found %s", value.Kind())
	}
	var part [5]strict.Value
	n := 0
	for v := range value.Elements() {
		if n == len(part) {
			return b.fail(v, "more than %d elements", len(part)-1)
		}
		part[n] = v
		n++
	}
	if part[0].Kind() != strict.String {
		return b.fail(value, "expected \"name@version\" first, found %s", part[0].Kind())
	}
	name, resolution, ok := splitID(part[0].Shared())
	if !ok {
		return b.fail(part[0], "%+q is not a name and what it resolves to", clip(part[0].Text()))
	}
	switch {
	case resolution == "root:":
		b.link(location, "", key)
		return nil
	case strings.HasPrefix(resolution, "workspace:"):
		folder := strings.TrimPrefix(resolution, "workspace:")
		if i, ok := b.at[folder]; !ok || !b.entries[i].pkg.Workspace {
			return b.fail(part[0], "%+q is no member that workspaces lists", clip(folder))
		}
		b.link(location, folder, key)
		return nil
	}
	e := b.add(location, key)
	e.pkg.Name = name
	return b.fill(e, part[:n], resolution)
}

// fill reads the elements after the id.
func (b *bunLock) fill(e *entry, part []strict.Value, resolution string) error {
	p := e.pkg
	rest := part[1:]
	next := func(kind strict.Kind, what string) (strict.Value, error) {
		if len(rest) == 0 {
			return strict.Value{}, b.fail(part[0], "%s lacks its %s", p.Name, what)
		}
		v := rest[0]
		rest = rest[1:]
		if v.Kind() != kind {
			return v, b.fail(v, "the %s of %s is %s, expected %s", what, p.Name, v.Kind(), kind)
		}
		return v, nil
	}
	source := bunSource(resolution)
	if source == npm.SourceUnknown {
		return b.fail(part[0], "%s resolves to %+q, which bun does not write", p.Name, clip(resolution))
	}
	p.Source, p.Resolved = source, resolution
	if source == npm.SourceRegistry {
		p.Version = resolution
		address, err := next(strict.String, "address")
		if err != nil {
			return err
		}
		p.Resolved = address.Shared()
	}
	info, err := next(strict.Object, "dependencies")
	if err != nil {
		return err
	}
	var f fields
	for k, v := range info.Members() {
		if err := b.dependencies(e, &f, k, v); err != nil {
			return err
		}
	}
	b.declare(e, f)
	if source == npm.SourceGit {
		if _, err := next(strict.String, "tag"); err != nil {
			return err
		}
	}
	if source == npm.SourceRegistry || len(rest) > 0 {
		sri, err := next(strict.String, "integrity")
		if err != nil {
			return err
		}
		p.Integrity = sri.Shared()
	}
	if len(rest) > 0 {
		return b.fail(rest[0], "%s has more elements than bun writes", p.Name)
	}
	b.settleCopy(e, resolution)
	return nil
}

// settleCopy sets name, version and source of a copy, as far as its address has
// them.
func (b *bunLock) settleCopy(e *entry, resolution string) {
	p := e.pkg
	p.HasInstallScript = b.trusted[e.installed]
	p.Patch = b.patches[p.Name+"@"+resolution]
	if path, ok := strings.CutPrefix(resolution, "github:"); ok { // a shorthand, no address
		repository, commit, _ := strings.Cut(path, "#")
		p.Resolved = "git+https://github.com/" + repository + ".git#" + commit
	}
	if u, ok := npm.ParseTarballURL(p.Resolved); ok {
		if p.Source == npm.SourceURL { // a registry's tarball, requested by its address
			p.Source, p.Version = npm.SourceRegistry, u.Version
		}
		b.address(e, u)
	} else if p.Source == npm.SourceRegistry && p.Resolved != "" {
		p.Source = source(p)
	}
	if p.Name != e.installed {
		p.Alias = e.installed
	}
}

// splitID splits "name@resolution". The dependency of a package on itself is
// "name@root:" or, without a name, "@root:".
func splitID(id string) (name, resolution string, ok bool) {
	if id == "@root:" {
		return "", "root:", true
	}
	if id == "" {
		return "", "", false
	}
	at := strings.IndexByte(id[1:], '@') + 1
	if at <= 0 || at == len(id)-1 {
		return "", "", false
	}
	return id[:at], id[at+1:], true
}

// bunSource returns where the bytes of a resolution come from; unknown for text
// that is no resolution.
func bunSource(resolution string) npm.Source {
	if c := resolution[0]; c >= '0' && c <= '9' {
		if _, err := npm.ParseVersion(resolution); err == nil && !strings.ContainsAny(resolution, " \t\r\n") {
			return npm.SourceRegistry
		}
	}
	local := func(folder string) npm.Source {
		if strings.HasPrefix(folder, "..") || strings.HasPrefix(folder, "/") {
			return npm.SourceFile
		}
		return npm.SourceLocal
	}
	if folder, ok := strings.CutPrefix(resolution, "link:"); ok {
		return local(folder)
	}
	switch spec := npm.ParseSpec(resolution); spec.Kind {
	case npm.SpecGit:
		return npm.SourceGit
	case npm.SpecURL:
		return npm.SourceURL
	case npm.SpecFile:
		return npm.SourceFile
	case npm.SpecDirectory:
		return local(strings.TrimPrefix(resolution, "file:"))
	}
	return npm.SourceUnknown
}
