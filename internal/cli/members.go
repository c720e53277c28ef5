package cli

import "github.com/publishgate/publishgate/internal/gate"

// members reads which members of a workspace are judged. Options about one
// package cannot be combined with that. Of all members those are released whose
// version is new; of members that were named, each.
func (s *settings) members(c *gate.Config) {
	c.Workspace, c.Workspaces = s.list("workspace"), s.truth("workspaces")
	flag := "-workspaces"
	switch {
	case len(c.Workspace) > 0 && c.Workspaces:
		s.mistake("-workspace and -workspaces do not go together: one names members, the other means all")
		return
	case len(c.Workspace) > 0:
		flag = "-workspace"
	case !c.Workspaces:
		if c.Judged != "" {
			s.mistake("-judged is the evidence of several packages and goes with -workspaces or -workspace")
		}
		return
	}
	if c.Judged != "" && c.Publish == gate.Never && c.Sign == gate.Never {
		s.mistake("-judged does nothing without -publish or -sign: everything is judged again in any case")
	}
	c.New = c.Workspaces
	for _, name := range []string{"previous"} {
		if s.text(name) != "" {
			s.mistake("-%s is of one package and does not go with %s", name, flag)
		}
	}
	if previous := s.text("previous-version"); previous != "" && previous != gate.NoPrevious {
		s.mistake("-previous-version is of one package and does not go with %s, unless it is none", flag)
	}
}
