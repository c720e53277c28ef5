package lockfile

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Bounds of what is read of a build path, in bytes.
const (
	maxToolFile = 64 << 10 // of a file that names tools
	maxYarnFile = 32 << 20 // of yarn itself, committed: releases have 3 MB
)

// A toolFile is a file that names tools, and how it is read.
type toolFile struct {
	name string
	read func(data []byte, file string) ([]npm.BuildTool, error)
}

// toolFiles are all but package.json, in the order in which they are told. Where
// several are beside each other, each is somebody's: what they disagree about is told.
var toolFiles = []toolFile{
	{".nvmrc", oneVersion("node", ".nvmrc")},
	{".node-version", oneVersion("node", ".node-version")},
	{".bun-version", oneVersion("bun", ".bun-version")},
	{".tool-versions", toolVersions},
	{"mise.local.toml", miseTools}, {".mise.local.toml", miseTools}, {"mise.toml", miseTools}, {".mise.toml", miseTools},
	{"mise/config.toml", miseTools}, {".mise/config.toml", miseTools}, {".config/mise.toml", miseTools},
	{".config/mise/config.toml", miseTools},
	{"pnpm-workspace.yaml", pnpmTools},
	{".npmrc", npmrcTools},
	{".yarnrc.yml", berryTools},
	{".yarnrc", classicTools},
}

// ReadBuildPath reads what a checkout says of its build and adds it to the graph of
// the package in at.Dir: package managers, runtimes, and what mise installs from npm.
// Each file is looked for in Dir and above it, up to Root, and the nearest that
// names a tool counts, as its own reader has it. A file that is there and cannot be
// read is an error.
func ReadBuildPath(at Location, manifest *npm.Manifest, g *npm.Graph) error {
	dir := path.Clean(filepath.ToSlash(at.Dir))
	p := &buildPath{root: at.Root, dir: dir, seen: map[[2]string]bool{}}
	for here := dir; ; here = path.Dir(here) {
		if err := p.manifest(here, manifest); err != nil {
			return err
		}
		for _, f := range toolFiles {
			if err := p.file(here, f); err != nil {
				return err
			}
		}
		if here == "." {
			break
		}
	}
	p.add(lockedTools(g))
	if p.tools == nil {
		p.tools = []npm.BuildTool{}
	}
	g.BuildTools(p.tools)
	return nil
}

// A buildPath collects the statements of a checkout.
type buildPath struct {
	root  Files
	dir   string
	tools []npm.BuildTool
	seen  map[[2]string]bool // by where it stands and the tool, or the group: a nearer file has it
}

// add adds what a file says, if no nearer file of its kind says it. Alternatives of
// one file count together.
func (p *buildPath) add(tools []npm.BuildTool) {
	first := len(p.tools)
	for _, t := range tools {
		key := [2]string{t.From, t.Tool}
		if t.Group != "" {
			key = [2]string{t.Group, ""}
		}
		if !p.seen[key] {
			p.tools = append(p.tools, t)
		}
	}
	for _, t := range p.tools[first:] {
		p.seen[[2]string{t.From, t.Tool}] = true
		if t.Group != "" {
			p.seen[[2]string{t.Group, ""}] = true
		}
	}
}

// manifest reads the package.json of a folder, if it is there; that of dir is given.
func (p *buildPath) manifest(folder string, m *npm.Manifest) error {
	if folder != p.dir || m == nil {
		name := path.Join(folder, "package.json")
		data, err := ReadRegular(p.root, name, npm.MaxManifest)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s, which may say what builds the package: %w", label(p.dir, name), err)
		}
		if m, err = npm.ParseManifest(data, label(p.dir, name)); err != nil {
			return err
		}
	}
	tools, err := manifestTools(m)
	p.add(tools)
	return err
}

// file reads a file of a folder, if it is there.
func (p *buildPath) file(folder string, f toolFile) error {
	name := path.Join(folder, f.name)
	limit := int64(maxToolFile)
	if f.name == "pnpm-workspace.yaml" || f.name == ".npmrc" {
		limit = npm.MaxNPMRC
	}
	data, err := ReadRegular(p.root, name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	shown := label(p.dir, name)
	if err != nil {
		return fmt.Errorf("read %s, which may say what builds the package: %w", shown, err)
	}
	tools, err := f.read([]byte(strings.TrimPrefix(string(data), "\xef\xbb\xbf")), shown)
	if err != nil {
		return err
	}
	for i := range tools {
		if t := &tools[i]; t.From == fromYarnPath || t.From == fromPlugins {
			if err := p.committed(folder, t); err != nil {
				return err
			}
		}
	}
	p.add(tools)
	return nil
}

// committed reads the yarn that the checkout brings along, or a plugin: its bytes are
// what runs, and the name of yarn's file says which version that is.
func (p *buildPath) committed(folder string, t *npm.BuildTool) error {
	name := path.Join(folder, t.Wanted)
	if path.IsAbs(t.Wanted) || name == ".." || strings.HasPrefix(name, "../") {
		return fmt.Errorf("%s:%d: %s leads out of the checkout, so that what runs there cannot be looked at", t.File, t.Line, t.From)
	}
	data, err := ReadRegular(p.root, name, maxYarnFile)
	if err != nil {
		return fmt.Errorf("read %s, which yarn runs by %s:%d: %w", label(p.dir, name), t.File, t.Line, err)
	}
	sum := sha512.Sum512(data)
	t.Checksum = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	if t.From == fromPlugins {
		return nil
	}
	base := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), path.Ext(name)), ".min")
	t.Version = npm.Exactly(strings.TrimPrefix(base, "yarn-"))
	t.Name = yarnPackage(t.Version)
	return nil
}

// lockedTools returns what pnpm's lockfile says of the build: pnpm itself, and
// runtimes.
func lockedTools(g *npm.Graph) (tools []npm.BuildTool) {
	for _, p := range g.Packages {
		own := strings.HasPrefix(p.Location, "env:") && p.Name == "pnpm"
		if !own && p.Source != npm.SourceRuntime {
			continue
		}
		t := npm.BuildTool{Tool: p.Name, Wanted: p.Version, Version: npm.Exactly(p.Version), Integrity: p.Integrity, From: "the lockfile",
			File: g.Lockfile, Line: p.Line, Column: p.Column}
		if own {
			t.Name = p.Name
		}
		tools = append(tools, t)
	}
	return tools
}
