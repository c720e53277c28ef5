package cli

import (
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/web"
)

// maxCategory is the longest value of -category, in bytes.
const maxCategory = 200

// category reads -category, which becomes part of a name at code scanning.
func (s *settings) category() string {
	category := s.text("category")
	switch {
	case len(category) > maxCategory:
		s.mistake("-category is longer than %d bytes", maxCategory)
	case display.Text(category) != category:
		s.mistake("-category %q holds what cannot be printed", category)
	case strings.Trim(category, "/") != category || strings.Contains(category, "//"):
		s.mistake("-category %q has a slash at an end, or two in a row", category)
	default:
		return category
	}
	return ""
}

// apiAddress refuses an address of GitHub's API that nothing can be sent to. It
// names what would be sent.
func (s *settings) apiAddress(c *gate.Config) {
	if c.Runner == nil || c.Offline {
		return
	}
	if _, ok := web.Address(c.Runner.APIURL); ok {
		return
	}
	var instead []string
	for _, sent := range []struct {
		asked  bool
		remedy string
	}{{c.Upload != gate.Never, "say -upload-sarif never"},
		{c.Store != gate.Never, "say -upload-attestations never"},
		{c.Submit, "leave out -submit-dependencies"}, {c.Comment != gate.Never, "say -comment never"}} {
		if sent.asked {
			instead = append(instead, sent.remedy)
		}
	}
	if len(instead) > 0 {
		s.mistake("GITHUB_API_URL is not an http or https address without credentials or query, so nothing can be sent to GitHub: the "+
			"runner sets it; or %s", strings.Join(instead, " and "))
	}
}
