package gate

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	monorepo "github.com/publishgate/publishgate/internal/workspace"
)

// The root of a workspace is no package if it is private or has no name or no
// version. Its members are published, and each member is judged by itself.

// maxNamed is how many members a message names.
const maxNamed = 10

// refuseRoot returns an error if the package is the root of a workspace and
// cannot be published itself.
func (p place) refuseRoot(m *npm.Manifest) error {
	if monorepo.Unpublished(m) == "" {
		return nil
	}
	members, err := lockfile.WorkspaceMembers(lockfile.Location{Root: p.root, Dir: p.dir}, m)
	if err != nil || len(members) == 0 {
		return err
	}
	return fmt.Errorf("%w: this folder is the root of a workspace and no package (%s): judge its members with "+
		"-workspaces, or one of them with -workspace NAME: %s", ErrUsage, monorepo.Unpublished(m), named(meant(members)))
}

// meant returns the members that can be published, or all members if none can.
func meant(members []lockfile.WorkspaceMember) []lockfile.WorkspaceMember {
	var some []lockfile.WorkspaceMember
	for _, m := range members {
		if monorepo.Unpublished(m.Manifest) == "" {
			some = append(some, m)
		}
	}
	if len(some) == 0 {
		return members
	}
	return some
}

// named lists members for a message: by name, or by directory if a member has no
// name.
func named(members []lockfile.WorkspaceMember) string {
	var names []string
	for _, m := range members[:min(len(members), maxNamed)] {
		names = append(names, cmp.Or(m.Manifest.Name, m.Folder))
	}
	if more := len(members) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// chooseMembers finds the members of the workspace in c.Dir that are to be
// judged, of all that it has. leftOut says for each other member why it is not.
func (c Where) chooseMembers() (all, chosen []lockfile.WorkspaceMember, leftOut []report.Skip, err error) {
	p, err := findPlace(c.Dir)
	if err != nil {
		return nil, nil, nil, err
	}
	defer p.close()
	m, err := readManifest(p)
	if err != nil {
		return nil, nil, nil, err
	}
	all, strays, err := lockfile.Workspace(lockfile.Location{Root: p.root, Dir: p.dir}, m)
	switch faults := monorepo.Strayed(strays); {
	case err != nil:
		return nil, nil, nil, err
	case c.Workspaces && len(faults) > 0:
		return nil, nil, nil, fmt.Errorf("%w: -workspaces means all members, and not all can be judged: %s", ErrUsage,
			few(faults))
	case len(all) == 0:
		return nil, nil, nil, fmt.Errorf("%w: %s is not the root of a workspace, or it has no members: neither -workspace nor "+
			"-workspaces means anything here", ErrUsage, c.Dir)
	}
	if !c.Workspaces {
		chosen, err = pick(all, c.Workspace)
		return all, chosen, nil, err
	}
	for _, member := range all {
		if why := monorepo.Unpublished(member.Manifest); why != "" {
			leftOut = append(leftOut, report.Skip{What: member.Folder, Why: why + ", so that it is never published"})
			continue
		}
		chosen = append(chosen, member)
	}
	if len(chosen) == 0 {
		return nil, nil, nil, fmt.Errorf("%w: none of the %d members of the workspace can be published (%s), so there is nothing "+
			"to judge: name those that are meant with -workspace", ErrUsage, len(all), named(all))
	}
	return all, chosen, leftOut, nil
}

// pick finds members as npm does: by name, by directory, or by a directory that
// holds several.
func pick(all []lockfile.WorkspaceMember, names []string) ([]lockfile.WorkspaceMember, error) {
	taken := make([]bool, len(all))
	var unknown []string
	for _, name := range names {
		folder, found := path.Clean(name), false
		for i, m := range all {
			if m.Manifest.Name == name || m.Folder == folder || strings.HasPrefix(m.Folder, folder+"/") {
				taken[i], found = true, true
			}
		}
		if !found {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%w: -workspace %s: the workspace has no such member; it has %s", ErrUsage,
			strings.Join(unknown, ", "), named(all))
	}
	var chosen []lockfile.WorkspaceMember
	for i, m := range all {
		if taken[i] {
			chosen = append(chosen, m)
		}
	}
	return slices.Clip(chosen), nil
}
