package check

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/tarball"
)

// The rules of the archive's form are those of the room that reads it.
var profile = Check{
	Rules: tarball.Rules,
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		return s.Tarball.Findings()
	},
}
