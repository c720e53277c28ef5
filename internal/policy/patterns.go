package policy

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/gitignore"
)

// filePattern returns an error for a gitignore pattern that no file of a
// package can match: it would forbid or allow nothing, silently.
func filePattern(s string) error {
	inner := strings.TrimPrefix(s, "!")
	switch {
	case braces(inner):
		return fmt.Errorf("%s: braces are no part of these patterns: write an entry for each", quote(s))
	case backslashes(inner):
		return fmt.Errorf("%s: folders end in /, not in a backslash", quote(s))
	case gitignore.Fits(s):
		return nil
	}
	plain := strings.TrimLeft(path.Clean("/"+inner), "/")
	if strings.HasSuffix(inner, "/") {
		plain += "/"
	}
	if plain != "" && plain != "/" && plain != inner && gitignore.Fits(plain) {
		return fmt.Errorf("%s matches no file of a package; did you mean %s?", quote(s), quote(plain))
	}
	return fmt.Errorf("%s matches no file of a package", quote(s))
}

// braces reports whether a pattern contains {a,b}, which only shells expand.
func braces(s string) bool {
	_, rest, open := strings.Cut(s, "{")
	choice, _, closed := strings.Cut(rest, "}")
	return open && closed && strings.Contains(choice, ",") && !strings.Contains(s, `\{`)
}

// backslashes reports whether a pattern has a backslash before a letter or
// digit, where no escape is needed.
func backslashes(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++ // what it escapes
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' || s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}
