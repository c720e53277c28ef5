package lockfile

import (
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// envFields are the fields of the document before the lockfile proper: plug-ins
// and settings that pnpm installs and loads before anything else, and the
// version of pnpm to run (pnpm.io/lockfile, pnpm/pnpm#13805).
var envFields = [...]string{"configDependencies", "packageManagerDependencies"}

// readEnv reads that document as a lockfile of its own and makes its packages
// development dependencies of the judged package: they run where it is built,
// and no consumer gets them. A copy's Location is "env:" and its key there.
func (r *pnpmReader) readEnv() error {
	if !r.env.Exists() {
		return nil
	}
	env := &pnpmReader{in: r.in, graph: &npm.Graph{}, doc: r.env, folders: map[string]*pnpmImporter{}}
	for _, step := range []func() error{env.version, env.readCopies, env.connect} {
		if err := step(); err != nil {
			return err
		}
	}
	var edges []npm.Edge
	for _, field := range envFields {
		list := r.env.Get("importers").Get(".").Get(field)
		if list.Exists() && list.Kind() != strict.Object {
			return r.fail(list, "%s is %s, expected a mapping", field, list.Kind())
		}
		for k, v := range list.Members() {
			e, err := env.ownEdge(k, v)
			if err != nil {
				return err
			}
			edges = append(edges, e)
		}
	}
	for i := range env.nodes {
		env.nodes[i].pkg.Location = "env:" + env.nodes[i].pkg.Location
	}
	r.nodes = append(r.nodes, env.nodes...)
	r.linked = append(r.linked, env.linked...)
	r.graph.Notes = append(r.graph.Notes, env.graph.Notes...)
	r.addOwn(edges)
	return nil
}

// ownEdge returns the edge to one of pnpm's own packages.
func (r *pnpmReader) ownEdge(key, value strict.Value) (npm.Edge, error) {
	e := npm.Edge{Name: key.Shared(), Kind: npm.EdgeDev}
	rng, version := value.Get("specifier"), value.Get("version")
	if !rng.Exists() || !version.Exists() {
		return e, r.fail(key, "%+q has no specifier or no version", clip(key.Text()))
	}
	var err error
	if e.Range, err = r.text(key, rng); err != nil {
		return e, err
	}
	ref, err := r.text(key, version)
	if err != nil {
		return e, err
	}
	if e.To, err = r.resolve(key, e.Name, ref, ""); err != nil {
		return e, err
	}
	e.Valid = npm.Satisfied(e.Range, e.To)
	return e, nil
}
