package workspace

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// PackedAs reports whether a packed package.json is what pnpm, yarn or bun make of
// a member's when they pack it: workspace: and catalog: become ranges, some keys
// of publishConfig move to the top, and what only the repository needs is left
// out.
func PackedAs(members []lockfile.WorkspaceMember, at int, packed []byte) bool {
	ours := members[at].Manifest
	theirs, err := npm.ParseManifest(packed, "package.json")
	if err != nil || theirs.Name != ours.Name || theirs.Version != ours.Version {
		return false
	}
	x := indexOf(members)
	asked := func(m *npm.Manifest, skip map[string]bool) map[string]string {
		all := map[string]string{}
		for _, d := range m.Dependencies {
			key := d.Kind.String() + " " + d.Name
			if d.Kind == npm.EdgeDev || skip[key] {
				continue
			}
			all[key] = d.Range
		}
		return all
	}
	unknown := map[string]bool{} // a catalog's range is known to the lockfile alone
	want := map[string]string{}
	for _, d := range ours.Dependencies {
		key := d.Kind.String() + " " + d.Name
		switch value, known := packedRange(members, x, at, d); {
		case d.Kind == npm.EdgeDev:
		case known:
			want[key] = value
		default:
			unknown[key] = true
		}
	}
	if !reflect.DeepEqual(want, asked(theirs, unknown)) {
		return false
	}
	var here, there map[string]any
	if json.Unmarshal(ours.Raw, &here) != nil || json.Unmarshal(packed, &there) != nil {
		return false
	}
	config, _ := here["publishConfig"].(map[string]any)
	for key, value := range there {
		if slices.Contains(rewritten, key) {
			continue
		}
		if !reflect.DeepEqual(value, here[key]) && !reflect.DeepEqual(value, config[key]) {
			return false
		}
	}
	for key := range here {
		if _, kept := there[key]; !kept && !slices.Contains(rewritten, key) {
			return false
		}
	}
	return reflect.DeepEqual(installing(here), installing(there))
}

// rewritten are keys that managers change or leave out as they pack. Dependencies
// and what runs on install are compared by themselves.
var rewritten = []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "scripts", "publishConfig",
	"packageManager", "pnpm", "workspaces", "catalog", "catalogs", "resolutions", "gitHead", "readme"}

// installing returns the scripts that run where the package is installed.
func installing(doc map[string]any) map[string]any {
	scripts, _ := doc["scripts"].(map[string]any)
	kept := map[string]any{}
	for _, name := range []string{"preinstall", "install", "postinstall"} {
		if command, has := scripts[name]; has {
			kept[name] = command
		}
	}
	return kept
}

// packedRange returns what a manager writes for a dependency when it packs; false
// if only the lockfile tells.
func packedRange(members []lockfile.WorkspaceMember, x index, at int, d npm.Dependency) (string, bool) {
	value := strings.TrimSpace(d.Range)
	rest, local := strings.CutPrefix(value, protocol)
	switch {
	case strings.HasPrefix(value, "catalog:"):
		return "", false
	case !local:
		return d.Range, true
	}
	t := targetOf(d, members[at].Folder)
	to, found := x.find(t)
	if !found {
		return "", false
	}
	m, before := members[to].Manifest, ""
	if t.folder != "" {
		if m.Name != d.Name {
			before = "npm:" + m.Name + "@"
		}
		return before + m.Version, true
	}
	if at := strings.LastIndexByte(rest, '@'); at > 0 {
		before, rest = "npm:"+rest[:at]+"@", rest[at+1:]
	}
	switch {
	case t.spec != "":
		return before + t.spec, true
	case rest == "^" || rest == "~":
		return before + rest + m.Version, true
	}
	return before + m.Version, true
}
