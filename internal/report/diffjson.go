package report

import "github.com/publishgate/publishgate/internal/diff"

// diff writes the changes since the last release into verdict.json, all of them.
func (w *jsonWriter) diff(d *diff.Diff) {
	w.Open('{')
	w.Key("from")
	w.side(d.From)
	w.Key("to")
	w.side(d.To)
	w.Object("files")
	w.names("added", filePaths(d.Added))
	w.names("removed", filePaths(d.Removed))
	w.names("changed", filePaths(d.Changed))
	w.names("grown", filePaths(d.Grown))
	w.Close('}')
	w.Object("dependencies")
	w.dependencies("added", d.Dependencies.Added)
	w.dependencies("removed", d.Dependencies.Removed)
	w.Close('}')
	w.List("scripts")
	for _, s := range d.Scripts {
		w.Item()
		w.Open('{')
		w.Text("name", s.Name)
		w.Text("was", s.Was)
		w.Text("now", s.Now)
		w.names("changed_files", s.Files)
		w.Close('}')
	}
	w.Close(']')
	w.change("bin", d.Bins.Added, d.Bins.Removed)
	w.change("exports", d.Exports.Added, d.Exports.Removed)
	w.Bool("exports_gone", d.Unsealed)
	w.change("hosts", mentionNames(d.Hosts), d.Hosts.Removed)
	w.change("env", mentionNames(d.Env), d.Env.Removed)
	w.change("native", mentionNames(d.Native), d.Native.Removed)
	w.Close('}')
}

func (w *jsonWriter) side(s diff.Side) {
	w.Open('{')
	w.Text("version", s.Version)
	w.Text("file", s.File)
	w.Int("packed", s.Packed)
	w.Int("unpacked", s.Unpacked)
	w.Int("files", int64(s.Files))
	w.Text("license", s.License)
	w.Plain("provenance", s.Provenance.String())
	w.Close('}')
}

func (w *jsonWriter) dependencies(name string, list []diff.Dependency) {
	w.List(name)
	for _, dep := range list {
		w.Item()
		w.Open('{')
		w.Text("name", dep.Name)
		w.Text("asked", dep.Asked)
		w.Text("kind", dep.Kind)
		w.Text("first_published", stamp(dep.First))
		w.Close('}')
	}
	w.Close(']')
}

func (w *jsonWriter) change(name string, added, removed []string) {
	w.Object(name)
	w.names("added", added)
	w.names("removed", removed)
	w.Close('}')
}

func (w *jsonWriter) names(name string, list []string) {
	w.Key(name)
	w.Strings(list)
}
