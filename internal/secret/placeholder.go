package secret

import (
	"bytes"
	"strings"
)

// isNotPlaceholder reports whether a value does not look like an example: no
// template, no words, and not one character over and over.
func isNotPlaceholder(m submatches) bool {
	value := m[0]
	if len(m) > 1 {
		value = m[1]
	}
	return !isPlaceholder(value) && entropy(value) > 2.5 && !wordy(value)
}

// isRealToken reports whether a token looks random. It contains no sequence of the
// alphabet or of the digits, as people type it for examples. A password may contain
// one.
func isRealToken(m submatches) bool {
	if !isNotPlaceholder(m) {
		return false
	}
	return !hasTypedSequence(m[1]) && !strings.Contains(strings.ToLower(string(m[1])), "abc123")
}

// isPlaceholder reports whether a value stands for one that is filled in later.
func isPlaceholder(value []byte) bool {
	if isTemplate(value) {
		return true
	}
	low := strings.ToLower(string(value))
	for _, w := range []string{"xxxx", "****", "your-", "your_", "yourp", "mytoken", "example", "changeme",
		"change-me", "change_me", "placeholder", "redacted", "dummy", "process.env"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// isTemplate reports whether a value has the marks of a template.
func isTemplate(value []byte) bool {
	return len(value) == 0 || strings.IndexByte("$%*[", value[0]) >= 0 ||
		bytes.ContainsAny(value, "<>{}") || bytes.Contains(value, []byte("...")) || bytes.Contains(value, []byte("…"))
}
