package check

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/tarball"
)

// The rules about the form of the archive are those of package tarball.
var profile = Check{
	Rules: tarball.Rules,
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		return s.Tarball.Findings()
	},
}
