package lockfile

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// source sets where the bytes come from, by the locator's reference.
func (b *berry) source(e *berryEntry) {
	p := e.pkg
	reference, params, _ := strings.Cut(e.reference, "::")
	if _, patch, ok := patchOf(e.reference); ok {
		name, original := patchedFrom(e.reference)
		p.Patch = patch
		if name != e.name { // the original is fetched and judged
			p.Name, p.Alias = name, e.name
		}
		reference, params, _ = strings.Cut(withProtocolOf(original), "::")
	}
	switch protocol, rest, _ := strings.Cut(reference, ":"); protocol {
	case "npm":
		p.Source = npm.SourceRegistry
		if address := param(params, "__archiveUrl"); address != "" {
			p.Resolved = address
		}
	case "workspace":
		p.Source, p.Workspace = npm.SourceLocal, rest != "."
	case "portal", "link":
		p.Source = npm.SourceLocal
		if target := b.target(rest, params); strings.HasPrefix(target, "../") || path.IsAbs(rest) {
			p.Source = npm.SourceFile
		}
	case "file":
		p.Source, p.Resolved = npm.SourceFile, reference
	case "exec":
		p.Source = npm.SourceUnknown
	default:
		p.Resolved = reference
		u, ok := npm.ParseTarballURL(reference)
		switch {
		case strings.Contains(reference, "#commit=") || npm.ParseSpec(reference).Kind == npm.SpecGit:
			p.Source = npm.SourceGit
		case ok && u.Name == p.Name:
			p.Source = npm.SourceRegistry
		case npm.ParseSpec(reference).Kind == npm.SpecURL:
			p.Source = npm.SourceURL
		}
	}
}

// target returns the directory of a path in a locator, relative to the
// lockfile's. The path itself is relative to the workspace that the locator
// names.
func (b *berry) target(rest, params string) string {
	from := ""
	if _, where, ok := strings.Cut(param(params, "locator"), "@workspace:"); ok {
		from = where
	}
	folder := path.Join(from, rest)
	if folder == "." {
		return ""
	}
	return folder
}

// folders makes importers of the workspaces and of linked directories.
func (b *berry) folders() error {
	for i := range b.entries {
		e := &b.entries[i]
		reference, params, _ := strings.Cut(e.reference, "::")
		protocol, rest, _ := strings.Cut(reference, ":")
		switch protocol {
		case "workspace":
			folder := path.Clean(rest)
			if folder == "." {
				folder = ""
			}
			if strings.HasPrefix(folder, "../") || path.IsAbs(folder) || b.at[folder] != nil {
				return b.fail(e.key, "the workspace %+q stands twice or outside of the lockfile's folder", clip(rest))
			}
			local, err := b.member(folder, e.name)
			if err != nil {
				return err
			}
			local.pkg.Line, local.pkg.Column = e.pkg.Line, e.pkg.Column
			e.pkg, e.local = local.pkg, local
		case "portal", "link":
			e.pkg.Version = ""
			m, err := b.in.Checkout.Manifest(b.target(rest, params))
			if err == nil {
				e.pkg.Version, e.pkg.License = m.Version, m.License
				if m.Name != "" && m.Name != e.name {
					e.pkg.Name, e.pkg.Alias = m.Name, e.name
				}
			}
		}
	}
	if b.at[""] == nil { // a lockfile without the owner's entry
		if _, err := b.add(""); err != nil {
			return err
		}
	}
	return nil
}

// conditions reads "os=linux & (cpu=x64 | cpu=arm64) & libc=glibc".
func conditions(p *npm.Package, text string) {
	for text != "" {
		one := text
		if i := strings.IndexAny(text, "&|"); i >= 0 {
			one, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		name, value, ok := strings.Cut(strings.Trim(one, " ()"), "=")
		if !ok {
			continue
		}
		if rest, negative := strings.CutPrefix(name, "!"); negative {
			name, value = rest, "!"+value
		}
		switch name {
		case "os":
			p.OS = append(p.OS, value)
		case "cpu":
			p.CPU = append(p.CPU, value)
		case "libc":
			p.Libc = append(p.Libc, value)
		}
	}
}
