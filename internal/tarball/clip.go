package tarball

import "github.com/publishgate/publishgate/internal/display"

// clipLong does the same for texts that people need more of, such as paths.
func clipLong(s string) string {
	return display.Clip(s, 200)
}

// clip shortens foreign text for a message.
func clip(s string) string {
	return display.Clip(s, 60)
}
