// Package workspace tells how the members of a monorepo depend on each other,
// and in which order they are released.
package workspace

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// protocol begins the value of a dependency that only a member may satisfy.
const protocol = "workspace:"

// A target is what a dependency's value points at: a member by name or by
// folder.
type target struct {
	name   string
	folder string // set for a value that is a path
	spec   string // the range that the member is to satisfy; "": any
	only   bool   // only a member will do
}

// targetOf reads a dependency of the member in folder.
func targetOf(d npm.Dependency, folder string) target {
	value := strings.TrimSpace(d.Range)
	if rest, ok := strings.CutPrefix(value, protocol); ok {
		return localTarget(d.Name, strings.TrimSpace(rest), folder)
	}
	for _, prefix := range []string{"file:", "link:", "portal:"} {
		if rest, ok := strings.CutPrefix(value, prefix); ok {
			return target{name: d.Name, folder: path.Join(folder, strings.TrimPrefix(rest, "//"))}
		}
	}
	spec := npm.ParseSpec(value)
	switch spec.Kind {
	case npm.SpecRegistry:
		return target{name: d.Name, spec: spec.Range}
	case npm.SpecAlias:
		return target{name: spec.Name, spec: spec.Range}
	case npm.SpecDirectory:
		return target{name: d.Name, folder: path.Join(folder, value)}
	case npm.SpecOther: // catalog: and the like: the range stands elsewhere
		return target{name: d.Name}
	}
	return target{}
}

// localTarget reads what follows workspace: – a range, a shorthand (*, ^, ~),
// another name with a range, or a folder: from the package's own if it begins
// with a period, else from the root of the workspace.
func localTarget(name, rest, folder string) target {
	t := target{name: name, only: true}
	if strings.HasPrefix(rest, ".") {
		t.folder = path.Join(folder, rest)
		return t
	}
	if at := strings.LastIndexByte(rest, '@'); at > 0 && !strings.Contains(rest[at:], "/") {
		t.name, rest = rest[:at], rest[at+1:]
	} else if strings.Contains(rest, "/") {
		t.folder = path.Clean(rest)
		return t
	}
	switch rest {
	case "", "*", "^", "~":
	default:
		t.spec = rest
	}
	return t
}

// index finds members by name and by folder.
type index struct {
	members          []lockfile.WorkspaceMember
	byName, byFolder map[string]int
}

// indexOf indexes members. Of two with one name the first counts.
func indexOf(members []lockfile.WorkspaceMember) index {
	x := index{members, make(map[string]int, len(members)), make(map[string]int, len(members))}
	for i, m := range members {
		x.byFolder[path.Clean(m.Folder)] = i
		if m.Manifest == nil || m.Manifest.Name == "" {
			continue
		}
		if _, taken := x.byName[m.Manifest.Name]; !taken {
			x.byName[m.Manifest.Name] = i
		}
	}
	return x
}

// find returns the member that a target points at, whatever its version. A folder
// that is no member may be what the member of that name is built into.
func (x index) find(t target) (at int, found bool) {
	if at, found = x.byFolder[t.folder]; found && t.folder != "" {
		return at, true
	}
	at, found = x.byName[t.name]
	if t.folder != "" && !t.only && found {
		found = strings.HasPrefix(t.folder, path.Clean(x.members[at].Folder)+"/")
	}
	return at, found
}

// fits reports whether a version satisfies the range of a target. What is no
// range, such as a tag, is satisfied by any.
func (t target) fits(version string) bool {
	if t.spec == "" || t.spec == "*" || version == "" {
		return true
	}
	ok, err := npm.Satisfies(version, t.spec, false)
	return ok || err != nil
}
