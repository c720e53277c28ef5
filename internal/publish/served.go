package publish

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// installs are the fields of a manifest by which a manager decides what it
// installs and runs, or Node what it loads. A registry has no reason to change
// one.
var installs = []string{"name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
	"bundleDependencies", "bin", "scripts", "engines", "os", "cpu", "libc", "main", "module", "browser", "exports", "imports", "type"}

// Differs returns the fields in which a manifest that the registry serves is
// another than the one of the judged tarball, those that count for whoever
// installs it. A registry adds fields of its own, and may write others anew.
func (p *Plan) Differs(served []byte) ([]string, error) {
	is, err := strict.Parse(served)
	if err != nil {
		return nil, fmt.Errorf("the manifest that the registry serves: %w", err)
	}
	document, err := strict.Parse(slices.Concat(p.head, []byte(`"}}}`)))
	if err != nil {
		return nil, fmt.Errorf("the document of %s: %w", p.Name, err)
	}
	was := document.Get("versions").Get(p.Version)
	var differ []string
	for _, field := range installs {
		if !alike(was.Get(field), is.Get(field)) {
			differ = append(differ, field)
		}
	}
	return differ, nil
}

// alike reports whether two values say the same. A value that says nothing is
// like one that is not there: registries leave such out, or add them.
func alike(a, b strict.Value) bool {
	if !says(a) || !says(b) {
		return says(a) == says(b)
	}
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case strict.String:
		return a.Text() == b.Text()
	case strict.Array:
		return slices.EqualFunc(slices.Collect(a.Elements()), slices.Collect(b.Elements()), alike)
	case strict.Object:
		return maps.EqualFunc(members(a), members(b), alike)
	}
	return bytes.Equal(a.Raw(), b.Raw())
}

// says reports whether a value is more than nothing.
func says(v strict.Value) bool {
	switch v.Kind() {
	case strict.Missing, strict.Null, strict.False:
		return false
	case strict.String:
		return strings.TrimSpace(v.Text()) != ""
	case strict.Array, strict.Object:
		return v.Len() > 0
	}
	return true
}

func members(v strict.Value) map[string]strict.Value {
	all := map[string]strict.Value{}
	for key, value := range v.Members() {
		all[key.Text()] = value
	}
	return all
}
