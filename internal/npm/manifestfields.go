package npm

import (
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/strict"
)

// manifestKeys are the keys of package.json that npm reads, to find keys that
// differ from them in case only.
var manifestKeys = []string{
	"name", "version", "private", "license", "licenses", "dependencies", "devDependencies", "optionalDependencies",
	"peerDependencies", "peerDependenciesMeta", "bundleDependencies", "bundledDependencies", "workspaces", "scripts",
	"overrides", "resolutions", "publishConfig", "repository", "packageManager", "bin", "main", "exports", "files",
	"type", "engines", "os", "cpu", "gypfile", "config", "tag", "dist",
}

// scriptKeys are the scripts that npm runs by itself.
var scriptKeys = []string{
	"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "prepack", "postpack",
	"prepublishOnly", "publish", "postpublish", "dependencies", "preuninstall", "uninstall", "postuninstall",
}

// publishKeys are the settings of publishConfig that affect publishing.
var publishKeys = []string{"access", "tag", "registry", "provenance", "directory"}

// variant records a key that is not known but folds to a known one: npm ignores
// it, case-insensitive readers do not.
func (r *manifestReader) variant(key strict.Value, name string, known []string) {
	for _, k := range known {
		if name != k && strings.EqualFold(name, k) {
			line, column := key.Position()
			r.m.CaseVariants = append(r.m.CaseVariants, Key{Name: name, Like: k, Line: line, Column: column})
			return
		}
	}
}

// license reads today's form and the two legacy ones: {type, url}, and a list
// of either under license or licenses. The licenses of a list are alternatives.
func (r *manifestReader) license(key, value strict.Value) {
	text := LicenseText(value)
	if text == "" || r.m.License != "" && key.Text() != "license" {
		return // the singular key wins whatever the order
	}
	r.m.License, r.m.LicenseLine = text, key.Line()
}

// LicenseText returns the value of a license field as one string: a string
// unchanged, of an object its type (or name), a list joined with " OR ". It is
// empty for any other value.
func LicenseText(value strict.Value) string {
	switch value.Kind() {
	case strict.String:
		return strings.TrimSpace(value.Text())
	case strict.Object:
		if t := strings.TrimSpace(value.Get("type").Text()); t != "" {
			return t
		}
		return strings.TrimSpace(value.Get("name").Text())
	case strict.Array:
		var all []string
		for e := range value.Elements() {
			if e.Kind() == strict.Array {
				continue
			}
			if t := LicenseText(e); t != "" {
				all = append(all, t)
			}
		}
		if len(all) > 1 {
			for i, t := range all {
				if strings.Contains(t, " ") && !strings.HasPrefix(t, "(") {
					all[i] = "(" + t + ")"
				}
			}
		}
		return strings.Join(all, " OR ")
	}
	return ""
}

// ParsePerson reads a person field: "Name <mail> (page)" with each part
// optional, or an object (docs.npmjs.com, package.json, "people fields").
func ParsePerson(value strict.Value) Person {
	if value.Kind() == strict.Object {
		return Person{strings.TrimSpace(value.Get("name").Text()), strings.TrimSpace(value.Get("url").Text())}
	}
	text := value.Text()
	name, _, _ := strings.Cut(text, "<")
	name, _, _ = strings.Cut(name, "(")
	p := Person{Name: strings.TrimSpace(name)}
	if _, rest, ok := strings.Cut(text, "("); ok {
		page, _, _ := strings.Cut(rest, ")")
		p.URL = strings.TrimSpace(page)
	}
	return p
}

func (r *manifestReader) dependencies(key, value strict.Value, kind EdgeKind) {
	if value.Kind() == strict.Array && value.Len() == 0 || value.Kind() == strict.Null {
		return // npm reads both as no dependencies
	}
	if !r.want(key, value, strict.Object) {
		return
	}
	for k, v := range value.Members() {
		name := k.Text()
		if name == "" {
			r.fail(k, "%s has a dependency without a name", key.Text())
			return
		}
		if v.Kind() != strict.String {
			r.fail(v, "%s: the range of %+q is %s, expected a string", key.Text(), clip(name), v.Kind())
			return
		}
		line, column := k.Position()
		r.m.Dependencies = append(r.m.Dependencies, Dependency{name, v.Text(), kind, line, column})
	}
}

// clip shortens foreign text for a message.
func clip(s string) string {
	return display.Clip(s, 80)
}

func (r *manifestReader) peerMeta(key, value strict.Value) {
	if !r.want(key, value, strict.Object) {
		return
	}
	for k, v := range value.Members() {
		for mk, mv := range v.Members() {
			if mk.Text() == "optional" && mv.Truthy() {
				r.m.PeerOptional[k.Text()] = true
			}
			r.variant(mk, mk.Text(), []string{"optional"})
		}
	}
}

// bundle reads true (all of dependencies), false, a list of names, or an object
// with the names as keys, as npm does.
func (r *manifestReader) bundle(key, value strict.Value) {
	switch value.Kind() {
	case strict.True:
		r.m.BundleAll = true
	case strict.False, strict.Null:
	case strict.Array:
		for e := range value.Elements() {
			if e.Kind() != strict.String {
				r.fail(e, "%s holds %s, expected names", key.Text(), e.Kind())
				return
			}
			r.m.BundleDependencies = append(r.m.BundleDependencies, e.Text())
		}
	case strict.Object:
		for k := range value.Members() {
			r.m.BundleDependencies = append(r.m.BundleDependencies, k.Text())
		}
	default:
		r.fail(value, "%s is %s, expected names or true", key.Text(), value.Kind())
	}
}

func (r *manifestReader) workspaces(key, value strict.Value) {
	if value.Kind() == strict.Object {
		value = value.Get("packages")
		if !value.Exists() {
			return
		}
	}
	if !r.want(key, value, strict.Array) {
		return
	}
	for e := range value.Elements() {
		if e.Kind() != strict.String {
			r.fail(e, "workspaces holds %s, expected patterns", e.Kind())
			return
		}
		r.m.Workspaces = append(r.m.Workspaces, e.Text())
	}
}

// scripts reads the commands. npm ignores values that are not strings.
func (r *manifestReader) scripts(key, value strict.Value) {
	if value.Kind() == strict.Null || !r.want(key, value, strict.Object) {
		return
	}
	for k, v := range value.Members() {
		if v.Kind() == strict.String {
			r.m.Scripts[k.Text()] = v.Text()
		}
		r.variant(k, k.Text(), scriptKeys)
	}
}

func (r *manifestReader) publishConfig(key, value strict.Value) {
	if !r.want(key, value, strict.Object) {
		return
	}
	r.m.PublishConfigLine = key.Line()
	for k, v := range value.Members() {
		text := string(v.Raw())
		if v.Kind() == strict.String {
			text = v.Text()
		}
		r.m.PublishConfig[k.Text()] = text
		r.variant(k, k.Text(), publishKeys)
	}
}
