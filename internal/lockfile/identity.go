package lockfile

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// identify sets the real name and the source of a package. name is the entry's
// name field, which npm writes only if it differs from the directory; the
// directory's name is then an alias.
func (b *builder) identify(e *entry, name string) {
	p := e.pkg
	if !e.inModules {
		// The owner, a workspace member or a link's target.
		if e.named = name != ""; !e.named && p.Location != "" {
			name = path.Base(p.Location)
		}
		p.Name, p.Source = name, npm.SourceLocal
		if strings.HasPrefix(p.Location, "../") {
			p.Source = npm.SourceFile
		}
		return
	}
	if name == "" {
		name = e.installed
	}
	p.Name = name
	if p.Link {
		p.Source = npm.SourceLocal
		if strings.HasPrefix(p.Resolved, "../") || strings.HasPrefix(p.Resolved, "/") {
			p.Source = npm.SourceFile
		}
	} else {
		p.Source = npm.SourceRegistry
		if npm.IsPublicTarball(p.Resolved, p.Name, p.Version) {
			// the usual case: the address agrees with the entry
		} else if u, ok := npm.ParseTarballURL(p.Resolved); ok {
			b.address(e, u)
		} else {
			p.Source = source(p)
		}
	}
	if p.Name != e.installed {
		p.Alias = e.installed
	}
}

// address compares an entry with what its tarball's address says. npm installs
// what the address serves and checks neither name nor version.
func (b *builder) address(e *entry, u npm.TarballURL) {
	p := e.pkg
	if u.Name != p.Name {
		kind := npm.NoteNameMismatch
		if p.Name != e.installed { // the entry has a name field, which contradicts the address
			kind = npm.NoteContradiction
		}
		b.note(kind, e.key, "the entry is %s but its address serves %s", p.Name, u.Name)
		p.Name = u.Name
	}
	if u.Version != p.Version && !sameVersion(u.Version, p.Version) {
		b.note(npm.NoteVersionMismatch, e.key, "the entry is %s but its address serves version %s", p.ID(), u.Version)
	}
}

// sameVersion ignores build metadata, which addresses may lack or escape.
func sameVersion(a, b string) bool {
	cut := func(s string) string {
		s, _, _ = strings.Cut(strings.ReplaceAll(s, "%2B", "+"), "+")
		return s
	}
	return cut(a) == cut(b)
}

// source returns where the bytes of an entry come from, by an address that is
// not a registry's. Without an address a version is enough: npm leaves
// addresses out on request (omit-lockfile-registry-resolved), and only those of
// registries.
func source(p *npm.Package) npm.Source {
	r := p.Resolved
	switch {
	case r == "" && p.Bundled:
		return npm.SourceBundled
	case r == "" && p.Version != "":
		return npm.SourceRegistry
	case r == "":
		return npm.SourceUnknown
	case strings.HasPrefix(r, "file:"):
		return npm.SourceFile
	}
	switch npm.ParseSpec(r).Kind {
	case npm.SpecGit:
		return npm.SourceGit
	case npm.SpecURL:
		return npm.SourceURL
	case npm.SpecFile, npm.SpecDirectory:
		return npm.SourceFile
	}
	return npm.SourceUnknown
}
