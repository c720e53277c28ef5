package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/lockfile/installed"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
)

// findPackage finds the package and reads its package.json. The root of a
// workspace is refused, unless it is judged as a member itself. With an error it
// returns what it has read so far.
func findPackage(c Where, member bool) (p place, m *npm.Manifest, err error) {
	if p, err = findPlace(c.Dir); err != nil {
		return p, nil, err
	}
	p.shared = c.shared.Of(p.root.Name())
	if m, err = readManifest(p); err != nil {
		return p, nil, err
	}
	if !member {
		err = p.refuseRoot(m)
	}
	if err == nil {
		err = saysSomething(m)
	}
	return p, m, err
}

// saysSomething returns an error if a package.json names neither a package nor a
// dependency, as `{}` does. There is nothing to judge then, and nothing must not
// pass.
func saysSomething(m *npm.Manifest) error {
	if m.Name == "" && m.Version == "" && len(m.Dependencies) == 0 {
		return fmt.Errorf("%s names neither a package nor a dependency, so there is nothing to judge: DIR must be the "+
			"folder of an npm package", m.File)
	}
	return nil
}

func readManifest(p place) (*npm.Manifest, error) {
	data, err := disk.Read(p.root, p.in("package.json"), npm.MaxManifest)
	if err != nil {
		return nil, fmt.Errorf("%w: DIR must be the folder of an npm package", err)
	}
	return npm.ParseManifest(data, "package.json")
}

// readManifestIfAny is readManifest for what needs no package: the root of a
// repository may have no package.json, and its manifest is empty then.
func readManifestIfAny(p place) (*npm.Manifest, error) {
	m, err := readManifest(p)
	if errors.Is(err, fs.ErrNotExist) {
		return &npm.Manifest{File: "package.json"}, nil
	}
	return m, err
}

// parts are the lockfiles and the tarball of the package.
type parts struct {
	graph   *npm.Graph
	others  []check.Other    // lockfiles that are judged beside that of graph
	tarball *tarball.Tarball // nil: there is none
	packed  bool             // tarball was packed here
	skipped []report.Skip
}

// readParts reads the lockfiles, and waits for the tarball. With an error it
// returns what it has read so far.
func readParts(c Where, l *Log, p place, m *npm.Manifest, asked *policy.Effective, ball *beside[packedTarball]) (made parts, err error) {
	defer l.waitFor("the lockfile and the tarball to be read")()
	if made.graph, err = p.lockfile(m, c.Lockfile); err != nil {
		return made, err
	}
	if err = buildPath(asked, lockfile.Location{Root: p.root, Dir: p.dir}, m, made.graph); err != nil {
		return made, err
	}
	if made.graph.Lockfile == "" {
		made.skipped = append(made.skipped, skip("lockfile", "there is none, and package.json asks for nothing that one would hold"))
	}
	installed.Licenses(p.root, p.dir, made.graph)
	b, err := ball.wait()
	if err != nil {
		return made, err
	}
	made.tarball, made.packed = b.tarball, b.packed
	bundledLicences(made.graph, made.tarball)
	made.skipped = append(made.skipped, notParsed(made.tarball)...)
	made.others, err = otherLockfiles(made.graph, made.tarball, m)
	return made, err
}

// tarballOptions says what is read in the tarball: what is compared with the commit
// or with the last release, or goes into the SBOM, and what the policy asks for.
func tarballOptions(c *Config, git gitCheckout, p place, m *npm.Manifest, asked *policy.Effective) tarball.Options {
	return tarball.Options{GitBlob: git.tracks(p.dir), GitSHA256: git.sha256(), Digests: c.SBOMFiles || c.compares(m, asked),
		Programs: asked.ReadsPrograms()}
}

// bundledLicences fills in the licences that packages bundled in the tarball
// state in their own package.json, if nothing else states them.
func bundledLicences(g *npm.Graph, t *tarball.Tarball) {
	if t == nil {
		return
	}
	for _, b := range t.Bundled {
		for _, p := range g.Packages {
			if p.License == "" && p.Name == b.Name && p.Version == b.Version {
				p.License = b.License
			}
		}
	}
}

// otherLockfiles returns the lockfiles that are judged beside the package's own:
// those that nothing shows to be unused, and the shrinkwrap in the tarball, which
// decides what consumers install.
func otherLockfiles(own *npm.Graph, t *tarball.Tarball, m *npm.Manifest) ([]check.Other, error) {
	var others []check.Other
	for _, g := range own.Others {
		others = append(others, check.Other{Graph: g})
	}
	if t == nil || t.Shrinkwrap == nil {
		return others, nil
	}
	if t.Manifest != nil {
		m = t.Manifest
	}
	g, err := lockfile.ParseShipped(t.Shrinkwrap, "package/npm-shrinkwrap.json", m)
	if err != nil {
		return others, err
	}
	return append(others, check.Other{Graph: g, InTarball: true}), nil
}

// A packedTarball is the tarball, or as much of it as is there so far.
type packedTarball struct {
	data    []byte // nil: the package has no name or no version, so that there is nothing to pack
	file    string // its name
	packed  bool   // it was packed here
	tarball *tarball.Tarball
}

// beginTarball begins to read the tarball beside all else that is read. Its bytes
// need nothing else; options tell how they are to be read, once that is known.
func beginTarball(ctx context.Context, c Where, p place, m *npm.Manifest, options <-chan tarball.Options) *beside[packedTarball] {
	return start(ctx, func(ctx context.Context) (packedTarball, error) {
		b, err := packTarball(ctx, c, p, m)
		if err != nil || b.data == nil {
			return b, err
		}
		tarball.Prepare()
		select {
		case o := <-options:
			o.Done = ctx.Done()
			b.tarball, err = tarball.Read(b.data, b.file, o)
		case <-ctx.Done():
			err = tarball.ErrStopped
		}
		if errors.Is(err, tarball.ErrStopped) {
			err = errUnfinished
		}
		return b, err
	})
}

// readTarball reads the tarball, for those who have nothing to do meanwhile. It
// returns nil if there is nothing to pack.
func readTarball(ctx context.Context, c Where, p place, m *npm.Manifest, opts tarball.Options) (*tarball.Tarball, error) {
	b, err := packTarball(ctx, c, p, m)
	if err != nil || b.data == nil {
		return nil, err
	}
	return tarball.Read(b.data, b.file, opts)
}

// packTarball reads the bytes of the tarball that was named. If none was named, it
// packs the directory as npm pack would.
func packTarball(ctx context.Context, c Where, p place, m *npm.Manifest) (b packedTarball, err error) {
	if c.Tarball != "" {
		b.data, b.file = c.bytes, filepath.Base(c.Tarball) // the directory it lay in says nothing about it
		if b.data == nil {
			if b.data, err = disk.ReadNamed(c.Tarball, tarball.MaxPacked); err != nil {
				return b, fmt.Errorf("the tarball: %w", err)
			}
		}
		return b, nil
	}
	if m.Name == "" || m.Version == "" {
		return b, nil
	}
	f, err := p.folder(c, m)
	if err != nil {
		return b, err
	}
	b.file, b.packed = pack.Name(m.Name, m.Version), true
	if b.data, err = pack.Pack(ctx, f); err != nil {
		return b, fmt.Errorf("pack the folder: %w", err)
	}
	return b, nil
}

// folder returns the package's directory, ready to be packed. The directory of
// the evidence is left out.
func (p place) folder(c Where, m *npm.Manifest) (pack.Folder, error) {
	top, err := filepath.EvalSymlinks(filepath.Join(p.abs, filepath.FromSlash(p.up("."))))
	if err != nil {
		return pack.Folder{}, fmt.Errorf("pack the folder: %w", disk.Cause(err))
	}
	f := pack.Folder{Root: p.root, Path: top, Dir: p.dir, Manifest: m, Shared: p.shared}
	if c.Out == "" {
		return f, nil
	}
	out, err := filepath.Abs(c.Out)
	if err == nil {
		out, err = filepath.Rel(p.abs, out)
	}
	switch {
	case err != nil:
		return f, fmt.Errorf("pack the folder: %w", err)
	case filepath.IsLocal(out):
		f.Without = filepath.ToSlash(out)
	}
	return f, nil
}
