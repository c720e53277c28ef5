package gate

import (
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/workspace"
)

// tarballs finds the tarball of each package that can be published, if a folder
// of them is given.
func (p *planner) tarballs() error {
	p.given = make([][]byte, len(p.members))
	if p.Tarball == "" {
		return nil
	}
	folder, err := readTarballs(p.Tarball)
	if err != nil {
		return err
	}
	var wanted []lockfile.WorkspaceMember
	for i, m := range p.members {
		if p.plan.Entries[i].State != workspace.Private {
			wanted = append(wanted, m)
		}
	}
	found, err := folder.forMembers(wanted)
	for i, m := range p.members {
		if file := found[m.Folder]; file != nil {
			p.given[i] = file.data
		}
	}
	return err
}
