package cli

import "github.com/publishgate/publishgate/internal/gate"

// members reads which members of a workspace are judged. Options about one
// package cannot be combined with that: each member is published from its own
// directory.
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
		return
	}
	if c.Publish != gate.Never {
		s.mistake("-publish does not go with %s in this version: judge the members together, then publish each "+
			"from its own folder, as in publishgate -publish npm packages/a", flag)
	}
	if c.Sign != gate.Never && c.Sign != gate.Auto {
		s.mistake("-sign does not go with %s in this version: sign each member from its own folder", flag)
	}
	if c.Store == gate.Always {
		s.mistake("-upload-attestations always does not go with %s: the members are not signed together", flag)
	}
	for _, name := range []string{"tarball", "previous"} {
		if s.text(name) != "" {
			s.mistake("-%s is of one package and does not go with %s", name, flag)
		}
	}
	if previous := s.text("previous-version"); previous != "" && previous != gate.NoPrevious {
		s.mistake("-previous-version is of one package and does not go with %s, unless it is none", flag)
	}
}
