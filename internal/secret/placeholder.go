package secret

import (
	"bytes"
	"strings"
)

// notPlaceholder accepts a value that a person would not recognise as an
// example: it has no marks of a template and is not one character over and over.
func isNotPlaceholder(m submatches) bool {
	value := m[0]
	if len(m) > 1 {
		value = m[1]
	}
	return !isPlaceholder(value) && entropy(value) > 2.5 && !wordy(value)
}

// realToken accepts a token that was drawn at random: it has no stretch of the
// alphabet or of the digits that one would type for an example. A password may
// have them.
func isRealToken(m submatches) bool {
	if !isNotPlaceholder(m) {
		return false
	}
	return !hasTypedSequence(m[1]) && !strings.Contains(strings.ToLower(string(m[1])), "abc123")
}

// placeholder reports whether a value stands for one that is filled in later.
func isPlaceholder(value []byte) bool {
	if isTemplate(value) {
		return true
	}
	low := strings.ToLower(string(value))
	for _, w := range []string{"xxxx", "****", "your-", "your_", "yourp", "mytoken", "example", "changeme", "change-me", "change_me", "placeholder", "redacted", "dummy", "process.env"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// template reports whether a value has the marks of one that a program or a person
// fills in.
func isTemplate(value []byte) bool {
	return len(value) == 0 || strings.IndexByte("$%*[", value[0]) >= 0 ||
		bytes.ContainsAny(value, "<>{}") || bytes.Contains(value, []byte("...")) || bytes.Contains(value, []byte("…"))
}
