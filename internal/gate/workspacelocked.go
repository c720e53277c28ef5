package gate

import (
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// locked returns what counts the packages that the lockfile of the workspace locks
// for a member. Without one that can be read nothing is counted: it weighs, and
// decides nothing.
func (p *planner) locked() func(lockfile.WorkspaceMember) int {
	none := func(lockfile.WorkspaceMember) int { return 0 }
	g, err := p.place.lockfile(p.root, "")
	if err != nil {
		return none
	}
	at, number := map[string]*npm.Package{}, make(map[*npm.Package]int, len(g.Packages))
	for i, pkg := range g.Packages {
		number[pkg] = i
		if pkg.Workspace {
			at[pkg.Location] = pkg
		}
	}
	next := make([][]int, len(g.Packages))
	for i, pkg := range g.Packages {
		for _, e := range pkg.Deps {
			if to, known := number[e.To]; known && e.Kind != npm.EdgeWorkspace {
				next[i] = append(next[i], to)
			}
		}
	}
	return func(m lockfile.WorkspaceMember) int {
		from := at[m.Folder]
		if m.Folder == "." {
			from = g.Root
		}
		if from == nil {
			return 0
		}
		seen := make([]bool, len(next))
		seen[number[from]] = true
		count := 0
		for queue := []int{number[from]}; len(queue) > 0; queue = queue[1:] {
			for _, to := range next[queue[0]] {
				if !seen[to] {
					seen[to] = true
					count++
					queue = append(queue, to)
				}
			}
		}
		return count
	}
}
