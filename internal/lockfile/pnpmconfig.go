package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// pnpm 10 installs and loads config dependencies before anything else and
// writes them to no lockfile. pnpm-workspace.yaml, or package.json under pnpm,
// holds them as "1.0.0+sha512-…" or {tarball, integrity}
// (pnpm.io/config-dependencies).

// A configDependency is one of them as it is written down.
type configDependency struct {
	name, value, tarball string
	file                 string
	line, column         int
}

// readConfig adds development dependencies for the config dependencies that
// pnpm's own document does not have.
func (r *pnpmReader) readConfig() error {
	list, err := r.configDependencies()
	if err != nil {
		return err
	}
	locked := map[string]bool{}
	for i := range r.nodes {
		locked[r.nodes[i].pkg.Location] = true
	}
	var edges []npm.Edge
	for _, d := range list {
		version, integrity := d.value, ""
		if at := strings.Index(d.value, "+sha"); at >= 0 {
			version, integrity = d.value[:at], d.value[at+1:]
		}
		location := "env:" + d.name + "@" + version
		if locked[location] {
			continue
		}
		locked[location] = true
		p := &npm.Package{
			Name: d.name, Version: version, Location: location, Integrity: integrity,
			Source: npm.SourceRegistry, Resolved: d.tarball, File: d.file, Line: d.line, Column: d.column,
		}
		if _, ok := npm.ParseTarballURL(d.tarball); d.tarball != "" && !ok {
			p.Source = npm.SourceURL
		}
		r.linked = append(r.linked, p)
		edges = append(edges, npm.Edge{Name: d.name, Range: version, Kind: npm.EdgeDev, To: p, Valid: true})
	}
	r.addOwn(edges)
	return nil
}

// addOwn adds to the judged package the edges to what pnpm installs for itself.
func (r *pnpmReader) addOwn(edges []npm.Edge) {
	r.root.pkg.Deps = append(r.root.pkg.Deps, edges...)
	if r.owner != r.root {
		r.owner.pkg.Deps = append(r.owner.pkg.Deps, edges...)
	}
}

// configDependencies lists them, those of pnpm-workspace.yaml first. A settings
// file that may hold some and cannot be read is an error.
func (r *pnpmReader) configDependencies() ([]configDependency, error) {
	var all []configDependency
	doc, file, err := r.settingsFile()
	if err != nil {
		return nil, err
	}
	for k, v := range doc.Get("configDependencies").Members() {
		d := configDependency{name: k.Text(), value: v.Text(), file: file}
		if v.Kind() == strict.Object {
			d.value, d.tarball = v.Get("integrity").Text(), v.Get("tarball").Text()
		}
		d.line, d.column = k.Position()
		all = append(all, d)
	}
	m := r.in.owner()
	if m == nil {
		return all, nil
	}
	raw, err := strict.Parse(m.Raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.File, err)
	}
	for k, v := range raw.Get("pnpm").Get("configDependencies").Members() {
		d := configDependency{name: k.Text(), value: v.Text(), file: m.File}
		if v.Kind() == strict.Object {
			d.value, d.tarball = v.Get("integrity").Text(), v.Get("tarball").Text()
		}
		d.line, d.column = k.Position()
		all = append(all, d)
	}
	return all, nil
}

// settingsFile reads the pnpm-workspace.yaml beside the lockfile. A file with
// YAML that is not read here is accepted if it clearly has no config
// dependencies.
func (r *pnpmReader) settingsFile() (doc strict.Value, file string, err error) {
	c := r.in.Checkout
	if c == nil {
		return doc, "", nil
	}
	file = path.Join(path.Dir(r.in.File), "pnpm-workspace.yaml")
	text, err := ReadRegular(c.root, path.Join(c.folder, "pnpm-workspace.yaml"), npm.MaxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return doc, "", nil
	}
	if err != nil {
		return doc, "", fmt.Errorf("read %s: %w", file, err)
	}
	doc, err = strict.ParseYAML(text)
	switch {
	case err == nil:
		return doc, file, nil
	case bytes.Contains(text, []byte("configDependencies")), bytes.ContainsRune(text, '\\'): // an escape may spell it
		return doc, "", fmt.Errorf("%s:%w: write its configDependencies in plain YAML", file, err)
	}
	return strict.Value{}, "", nil
}
