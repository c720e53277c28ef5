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

// apiAddress refuses an address of GitHub's API that nothing can be sent to.
func (s *settings) apiAddress(c *gate.Config) {
	if c.Runner == nil || c.Offline || c.Upload == gate.Never && c.Store == gate.Never && !c.Submit &&
		c.Comment == gate.Never {
		return
	}
	if _, ok := web.Address(c.Runner.APIURL); !ok {
		s.mistake("GITHUB_API_URL is not an http or https address without credentials or query, so nothing can be uploaded: the " +
			"runner sets it; or say -upload-sarif never")
	}
}
