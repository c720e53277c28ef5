package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// Unpublished returns why the package of a package.json is never published; ""
// if it can be.
func Unpublished(m *npm.Manifest) string {
	switch {
	case m.Private:
		return "it is private"
	case m.Name == "":
		return "it has no name"
	case m.Version == "":
		return "it has no version"
	}
	return ""
}

// Faults lists what stands against releasing a workspace, one sentence each with
// its remedy. Foreign text in them is escaped.
func Faults(members []lockfile.WorkspaceMember, strays []lockfile.Stray) (faults []string) {
	faults = append(faults, Strayed(strays)...)
	x := indexOf(members)
	for i, m := range members {
		of := m.Manifest
		if first := x.byName[of.Name]; of.Name != "" && first != i && (!of.Private || !members[first].Manifest.Private) {
			faults = append(faults, fmt.Sprintf("%s and %s are both called %s: give one of them another name, or take it out of the workspaces",
				display.Text(members[first].Folder), display.Text(m.Folder), display.Text(of.Name)))
		}
		if Unpublished(of) != "" {
			continue
		}
		for _, what := range []string{badName(of.Name), badVersion(of.Version), badFolder(m.Folder)} {
			if what != "" {
				faults = append(faults, display.Text(m.Folder)+": "+what)
			}
		}
		for _, d := range of.Dependencies {
			if what := badLink(members, x, i, d); what != "" {
				faults = append(faults, display.Text(m.Folder)+": "+what)
			}
		}
	}
	return faults
}

// Strayed says of each package that a manager takes for a member, and that is not
// looked at, what to do with it.
func Strayed(strays []lockfile.Stray) (faults []string) {
	for _, s := range strays {
		faults = append(faults, strayed(s))
	}
	return faults
}

func strayed(s lockfile.Stray) string {
	folder := display.Text(s.Folder)
	switch {
	case !s.Link:
		return fmt.Sprintf("the workspaces name %s, which is outside the root: nothing outside it is read. Move the package into "+
			"the repository, or take the line out", folder)
	case s.Outside:
		return fmt.Sprintf("%s is a symbolic link out of the workspace: nothing outside it is read. Replace it by the package itself, or "+
			"exclude it from the workspaces", folder)
	}
	return fmt.Sprintf("%s is a symbolic link to a package: no link is followed. Name the folder itself in the workspaces, or exclude it",
		folder)
}

// badName returns what is wrong with a name. One with capitals, or that of a
// module of Node's, may be older than the rule against it.
func badName(name string) string {
	err := npm.ValidName(strings.ToLower(name))
	if err == nil || errors.Is(err, npm.ErrNodeModule) {
		return ""
	}
	return fmt.Sprintf("the name %s: %s. Rename it, or mark it private", display.Text(display.Cut(name, 100)), err)
}

func badVersion(version string) string {
	if _, err := npm.ParseVersion(version); err != nil {
		return fmt.Sprintf("the version %s is none: write one such as 1.2.3", display.Text(display.Cut(version, 100)))
	}
	return ""
}

// badFolder returns what is wrong with a folder that workflows write into
// commands, where these characters end a text or begin another command.
func badFolder(folder string) string {
	bad := strings.IndexFunc(folder, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("\"'`$;&|<>\\,", r) })
	switch {
	case bad >= 0:
		return fmt.Sprintf("the folder's name holds %s, which means something in a command: rename the folder",
			display.Text(fmt.Sprintf("%q", []rune(folder[bad:])[0])))
	case display.Text(folder) != folder:
		return "the folder's name holds characters that cannot be seen, or two colons: rename the folder"
	case strings.HasPrefix(folder, "-"):
		return "the folder's name begins with -, as a flag does: rename the folder"
	}
	return ""
}

// badLink returns what is wrong with a dependency that only a member satisfies.
func badLink(members []lockfile.WorkspaceMember, x index, from int, d npm.Dependency) string {
	of := members[from].Manifest
	t := targetOf(d, members[from].Folder)
	field := map[npm.EdgeKind]string{npm.EdgeDev: "devDependencies", npm.EdgeOptional: "optionalDependencies",
		npm.EdgePeer: "peerDependencies", npm.EdgePeerOptional: "peerDependencies"}[d.Kind]
	asks := fmt.Sprintf("%s asks for %s %s", cmp.Or(field, "dependencies"), display.Text(d.Name), display.Text(display.Cut(d.Range, 100)))
	to, found := x.find(t)
	switch {
	case t.only && !found && t.folder != "" && d.Kind == npm.EdgeDev:
		return "" // any folder will do, and no release needs it
	case t.only && !found:
		return asks + ", and no package of the workspace is that: correct the name, or take a version from the registry"
	case !found, !t.only && t.folder == "", d.Kind == npm.EdgeDev, of.BundleAll, slices.Contains(of.BundleDependencies, d.Name):
		return ""
	}
	if why := Unpublished(members[to].Manifest); why != "" {
		return fmt.Sprintf("%s, and %s is never published (%s), so that nobody could install the package: publish it too, bundle it, or "+
			"move the line to devDependencies", asks, display.Text(path.Clean(members[to].Folder)), why)
	}
	return ""
}
