package gate

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
	monorepo "github.com/publishgate/publishgate/internal/workspace"
)

// The most that a folder of tarballs may hold, in files and in bytes. All of them
// are held in memory, because each is read once.
const (
	maxTarballs     = 10_000
	maxTarballBytes = 1 << 30
)

// A tarballFolder holds the tarballs of a folder, as `npm pack --workspaces
// --pack-destination DIR` leaves them. The zero value is none: members are packed.
type tarballFolder struct {
	path  string
	files []packedFile // by name
}

// A packedFile is one tarball of the folder, and the package that its own
// package.json says it is.
type packedFile struct {
	file          string
	data          []byte
	name, version string
	err           error // its package is not known
}

// readTarballs reads each tarball of the folder once. Only those that lie in the
// folder itself count, and only by what is in them: a file's name says nothing.
func readTarballs(path string) (tarballFolder, error) {
	f := tarballFolder{path: path}
	root, err := os.OpenRoot(path)
	if err != nil {
		return f, fmt.Errorf("%w: -tarball %s: with -workspaces or -workspace it names a folder of tarballs, one for each member, "+
			"and this cannot be read as one: %w", ErrUsage, path, disk.Cause(err))
	}
	defer root.Close()
	entries, err := os.ReadDir(path)
	if err != nil {
		return f, fmt.Errorf("-tarball %s: %w", path, disk.Cause(err))
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz") {
			f.files = append(f.files, packedFile{file: name})
		}
	}
	if len(f.files) > maxTarballs {
		return f, fmt.Errorf("-tarball %s holds %d tarballs; at most %d are read at once", path, len(f.files), maxTarballs)
	}
	left := int64(maxTarballBytes)
	for i := range f.files { // one after the other, so that what is held is bounded
		p := &f.files[i]
		if p.data, err = disk.Read(root, p.file, min(left, tarball.MaxPacked)); err != nil {
			return f, fmt.Errorf("-tarball %s (all tarballs together may have %d bytes): %w", path, int64(maxTarballBytes), err)
		}
		left -= int64(len(p.data))
	}
	sideBySide(runtime.GOMAXPROCS(0), len(f.files), func(i int) { f.files[i].identify() })
	return f, nil
}

// identify reads which package the tarball holds.
func (p *packedFile) identify() {
	t, err := tarball.Read(p.data, p.file, tarball.Options{NoSecrets: true})
	switch {
	case err != nil:
		p.err = err
	case t.Manifest == nil && len(t.Violations) > 0:
		p.err = fmt.Errorf("%s has no package.json that can be read: %s", p.file, t.Violations[0].Text)
	case t.Manifest == nil:
		p.err = fmt.Errorf("%s has no package.json that can be read", p.file)
	default:
		p.name, p.version = t.Manifest.Name, t.Manifest.Version
	}
}

// words names the tarball and its package.
func (p *packedFile) words() string {
	return display.Text(p.file) + " (" + display.Text(p.name) + "@" + display.Text(p.version) + ")"
}

// of returns the tarballs that hold a member's package.
func (f tarballFolder) of(m *npm.Manifest) (found []*packedFile) {
	for i := range f.files {
		if p := &f.files[i]; p.err == nil && p.name == m.Name && p.version == m.Version {
			found = append(found, p)
		}
	}
	return found
}

// forMembers returns the tarball of each member, by its folder. A member without
// one, a member with several, and a tarball that cannot be read are an error that
// names each: what is not there is not judged, and which of two was meant nobody
// knows.
func (f tarballFolder) forMembers(members []lockfile.WorkspaceMember) (map[string]*packedFile, error) {
	var wrong []error
	for i := range f.files {
		wrong = append(wrong, f.files[i].err)
	}
	given := map[string]*packedFile{}
	for _, m := range members {
		found := f.of(m.Manifest)
		switch {
		case m.Manifest.Name == "" || m.Manifest.Version == "":
			wrong = append(wrong, fmt.Errorf("%s: %s, so that no tarball is known to be its own", display.Text(m.Folder),
				monorepo.Unpublished(m.Manifest)))
		case len(found) == 0:
			wrong = append(wrong, f.missing(m))
		case len(found) > 1:
			wrong = append(wrong, fmt.Errorf("%s: %d tarballs hold it, %s and %s: leave the one that is meant", display.Text(m.Manifest.Name),
				len(found), display.Text(found[0].file), display.Text(found[1].file)))
		default:
			given[m.Folder] = found[0]
		}
	}
	if err := someOf(wrong); err != nil {
		return nil, fmt.Errorf("-tarball %s: %w", f.path, err)
	}
	return given, nil
}

// missing says that a member has no tarball, and which one is of another version.
func (f tarballFolder) missing(m lockfile.WorkspaceMember) error {
	other := ""
	for i := range f.files {
		if p := &f.files[i]; p.name == m.Manifest.Name && other == "" {
			other = fmt.Sprintf("; %s is another version", p.words())
		}
	}
	return fmt.Errorf("%s@%s (%s) has no tarball there: pack all members again, as npm pack --workspaces --pack-destination %s does%s",
		display.Text(m.Manifest.Name), display.Text(m.Manifest.Version), display.Text(m.Folder), f.path, other)
}

// someOf joins the first few errors of a list that may hold nil ones, and counts the
// rest.
func someOf(all []error) error {
	all = slices.DeleteFunc(all, func(err error) bool { return err == nil })
	if more := len(all) - maxNamed; more > 0 {
		all = append(all[:maxNamed], fmt.Errorf("and %d more", more))
	}
	return errors.Join(all...)
}

// strangers names the tarballs that hold no member's package. Nothing of them is
// judged or published.
func (f tarballFolder) strangers(all []lockfile.WorkspaceMember) (names []string) {
	for i := range f.files {
		p := &f.files[i]
		if p.err == nil && !slices.ContainsFunc(all, func(m lockfile.WorkspaceMember) bool {
			return m.Manifest.Name == p.name && m.Manifest.Version == p.version
		}) {
			names = append(names, p.words())
		}
	}
	return names
}

// giveTarballs returns the tarball of each chosen member by its folder; nil: they
// are packed here. Tarballs of nobody in the workspace are told where all members
// are judged.
func (o *Outcome) giveTarballs(c Where, everyone, chosen []lockfile.WorkspaceMember) (map[string]*packedFile, error) {
	if c.Tarball == "" {
		return nil, nil
	}
	folder, err := readTarballs(c.Tarball)
	if err != nil {
		return nil, err
	}
	if others := folder.strangers(everyone); c.Workspaces && len(others) > 0 {
		o.did("tarball", report.Noted, report.File{}, "of no member of the workspace, so that it is neither judged nor published: %s",
			few(others))
	}
	return folder.forMembers(chosen)
}

// few joins the first few names of a list, and counts the rest.
func few(names []string) string {
	if more := len(names) - maxNamed; more > 0 {
		names = append(slices.Clip(names[:maxNamed]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
