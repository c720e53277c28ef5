package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// runtime reads where a runtime comes from: one archive, or one per platform.
// It keeps the first address that is not its publisher's. With an archive that
// has no checksum, the source is SourceURL.
func (r *pnpmReader) runtime(n *pnpmNode, resolution strict.Value, kind string) {
	p := n.pkg
	p.Source, p.Integrity = npm.SourceUnknown, ""
	path, _ := cutPeers(p.Location)
	if !npm.IsRuntime(p.Name) || !strings.HasPrefix(path, p.Name+"@runtime:") {
		return
	}
	archives := []strict.Value{resolution}
	if kind == "variations" {
		archives = archives[:0]
		for v := range resolution.Get("variants").Elements() {
			archives = append(archives, v.Get("resolution"))
		}
	}
	summed := len(archives) > 0
	for _, a := range archives {
		address := a.Get("url").Text()
		if address == "" {
			return
		}
		summed = summed && a.Get("integrity").Text() != ""
		if p.Resolved == "" && !npm.ReleasesRuntime(p.Name, address) {
			p.Resolved = address
		}
	}
	switch {
	case summed:
		p.Source = npm.SourceRuntime
	case len(archives) > 0:
		p.Source, p.Resolved = npm.SourceURL, archives[0].Get("url").Text()
	}
}

// declaredRuntimes returns the runtimes that a package.json names, with the
// range that pnpm records if it is to install them. Several settings decide
// that (onFail, runtimeOnFail), so one that is not in the lockfile is no
// mismatch.
func declaredRuntimes(m *npm.Manifest) map[string]string {
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return nil
	}
	found := map[string]string{}
	for _, field := range []string{"devEngines", "engines"} {
		list := doc.Get(field).Get("runtime")
		one := func(v strict.Value) {
			if name := v.Get("name").Text(); npm.IsRuntime(name) && found[name] == "" {
				found[name] = "runtime:" + v.Get("version").Text()
			}
		}
		if list.Kind() == strict.Object {
			one(list)
		}
		for v := range list.Elements() {
			one(v)
		}
	}
	return found
}
