package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// resolution sets where the bytes of a copy come from.
func (r *pnpmReader) resolution(n *pnpmNode, v strict.Value) error {
	p := n.pkg
	var kind, tarball, repo, commit, directory, registry string
	for k, e := range v.Members() {
		if e.Kind() == strict.Array || e.Kind() == strict.Object {
			continue // the variants of a runtime
		}
		text, err := r.text(k, e)
		if err != nil {
			return err
		}
		switch string(k.Raw()) {
		case "integrity":
			p.Integrity = text
		case "type":
			kind = text
		case "tarball":
			tarball = text
		case "repo":
			repo = text
		case "commit":
			commit = text
		case "directory":
			directory = text
		case "registry":
			registry = text
		}
	}
	switch {
	case kind == "directory":
		p.Source = npm.SourceLocal
		if outside(directory) {
			p.Source = npm.SourceFile
		}
		p.Resolved = "file:" + directory
	case kind == "git":
		p.Source = npm.SourceGit
		p.Resolved = gitAddress(repo) + "#" + commit
	case strings.HasPrefix(tarball, "file:"):
		p.Source, p.Resolved = npm.SourceFile, tarball
	case strings.Contains(tarball, "://"):
		r.address(n, tarball)
	case kind == "variations" || kind == "binary":
		r.runtime(n, v, kind)
	case kind != "" && kind != "tarball":
		p.Source = npm.SourceUnknown // a type of resolution that is not known yet
	case tarball != "":
		r.relative(n, registry, tarball)
	}
	if r.tarSums && p.Source != npm.SourceGit && p.Source != npm.SourceRuntime {
		p.Integrity, p.Checksum = "", p.Integrity
	}
	return nil
}

// gitAddress returns the address of a repository as npm writes it, with the
// protocol: git@host:path is ssh.
func gitAddress(repo string) string {
	host, path, scp := strings.Cut(repo, ":")
	switch {
	case scp && !strings.HasPrefix(path, "//") && !strings.Contains(host, "/") && len(host) > 1: // one letter is a drive
		return "git+ssh://" + host + "/" + strings.TrimPrefix(path, "/")
	case strings.HasPrefix(repo, "git:"), strings.HasPrefix(repo, "git+"):
		return repo
	}
	return "git+" + repo
}

// outside reports whether a slash path leads out of the lockfile's directory.
func outside(folder string) bool {
	return folder == ".." || strings.HasPrefix(folder, "../") || strings.HasPrefix(folder, "/") || strings.Contains(folder, ":")
}

// relative resolves an address relative to a registry, the configured one if
// none is named. pnpm resolves it as a browser does, so two slashes or a scheme
// lead to any host. Such an address, and one that is no tarball's path of a
// registry, is kept as written.
func (r *pnpmReader) relative(n *pnpmNode, registry, tarball string) {
	within := strings.TrimPrefix(tarball, "/")
	plain := within != "" && within[0] != '/' && !strings.ContainsAny(within, `\:`)
	if plain && registry != "" {
		r.address(n, strings.TrimSuffix(registry, "/")+"/"+within)
		return
	}
	public := npm.PublicRegistry + within
	if _, ok := npm.ParseTarballURL(public); !plain || !ok {
		n.pkg.Source, n.pkg.Resolved = npm.SourceURL, tarball
	} else if !npm.IsPublicTarball(public, n.pkg.Name, n.pkg.Version) {
		r.address(n, public)
	}
}

// address compares a copy with what its tarball's address says: pnpm installs
// what the address serves.
func (r *pnpmReader) address(n *pnpmNode, tarball string) {
	p := n.pkg
	p.Resolved = tarball
	u, ok := npm.ParseTarballURL(tarball)
	if !ok {
		p.Source = npm.SourceURL
		return
	}
	p.Source = npm.SourceRegistry
	if u.Name != p.Name {
		r.note(npm.NoteNameMismatch, n.key, "the entry is %s but its address serves %s", p.Name, u.Name)
		p.Name = u.Name
	}
	if p.Version == "" {
		p.Version = u.Version
	}
	if u.Version != p.Version && !sameVersion(u.Version, p.Version) {
		r.note(npm.NoteVersionMismatch, n.key, "the entry is %s but its address serves version %s", p.ID(), u.Version)
	}
}
