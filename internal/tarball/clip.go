package tarball

import "strings"

// clipLong does the same for texts that people need more of, such as paths.
func clipLong(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// clip shortens foreign text for a message.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
