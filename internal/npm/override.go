package npm

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// overrides flattens npm's nested overrides: {"a": {".": "1", "b@^2": "3"}}
// sets a to 1, and b to 3 where it is below a and requested as ^2.
func (r *manifestReader) overrides(key, value strict.Value) {
	if !r.want(key, value, strict.Object) {
		return
	}
	r.nested("", nil, key, value)
}

func (r *manifestReader) nested(path string, below []string, parent, value strict.Value) {
	for k, v := range value.Members() {
		here := k.Text()
		if path != "" {
			here = path + ">" + here
		}
		at := k
		if k.Text() == "." && path != "" {
			here, at = path, parent
		}
		switch v.Kind() {
		case strict.Object:
			r.nested(here, append(slices.Clip(below), withoutRange(k.Text())), k, v)
		case strict.String:
			o := Override{Path: here, Field: "overrides", Name: withoutRange(at.Text()), Below: below}
			if at != k { // the override of the package itself
				o.Below = below[:len(below)-1]
			}
			o.Of = strings.TrimPrefix(at.Text()[len(o.Name):], "@")
			r.override(o, k, v)
		default:
			r.fail(v, "the override of %+q is %s, expected a string or an object", clip(here), v.Kind())
			return
		}
	}
}

// flatOverrides reads yarn's resolutions and pnpm's overrides, whose keys are
// paths: "**/a", "a/**/@s/b", "a@1>b@2".
func (r *manifestReader) flatOverrides(key, value strict.Value) {
	if !r.want(key, value, strict.Object) {
		return
	}
	for k, v := range value.Members() {
		if v.Kind() != strict.String {
			r.fail(v, "%s: the value of %+q is %s, expected a string", key.Text(), clip(k.Text()), v.Kind())
			return
		}
		path := k.Text()
		o := Override{Path: path, Field: key.Text(), Name: OverriddenName(path)}
		if o.Field == "overrides" {
			o.Field = "pnpm.overrides"
		}
		r.override(o, k, v)
	}
}

func (r *manifestReader) override(o Override, at, value strict.Value) {
	o.Line, o.Column = at.Position()
	o.Range = value.Text()
	r.m.Overrides = append(r.m.Overrides, o)
}

// OverriddenName returns the package that a key of pnpm's overrides is about: that
// of "a@1>b@2" is b.
func OverriddenName(key string) string {
	return withoutRange(lastName(key[strings.LastIndexByte(key, '>')+1:]))
}

// lastName returns the last package of a slash path, with its scope. A range
// may follow it, with slashes of its own: "a@patch:x/y".
func lastName(path string) string {
	names, rng := path, ""
	if i := rangeAt(path); i >= 0 {
		names, rng = path[:i], path[i:]
	}
	part := strings.Split(names, "/")
	name := part[len(part)-1]
	if n := len(part); n > 1 && strings.HasPrefix(part[n-2], "@") {
		name = part[n-2] + "/" + name
	}
	return name + rng
}

// rangeAt finds the @ between the last name of a path and its range: one that
// is at the beginning of neither the text nor a path element.
func rangeAt(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '@' && s[i-1] != '/' {
			return i
		}
	}
	return -1
}

// withoutRange cuts "name@range" to its name.
func withoutRange(s string) string {
	if i := rangeAt(s); i >= 0 {
		return s[:i]
	}
	return s
}
