// Package credential holds the type for every token and password of the gate.
// It prints as [redacted] with any verb, encoder or logger, so that no error,
// report or debug line contains a secret by accident.
//
// The package does not look for credentials: they are passed in.
package credential

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// A Secret is a token or a password. The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt does not call the methods of values in unexported
	// fields of other structs; of a pointer there, it prints only the address.
	value *string
}

// New wraps a value, without the white space around it that files and copied
// tokens have. Call it as soon as the value was read. An empty value is no
// secret.
func New(value string) Secret {
	value = strings.TrimSpace(value)
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Exact wraps a password as it is: one may be empty, or have white space around
// it.
func Exact(value string) Secret { return Secret{&value} }

// Reveal returns the value. It is for the line that sends it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Given reports whether there is a secret.
func (s Secret) Given() bool { return s.value != nil }

// Redact replaces every occurrence of the secret in a text: servers echo
// requests in their error pages.
func (s Secret) Redact(text string) string {
	if s.Reveal() == "" {
		return text
	}
	return strings.ReplaceAll(text, *s.value, redacted)
}

// String returns [redacted].
func (s Secret) String() string { return redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return redacted }

// Format prints [redacted] for every verb, %x and %d among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns [redacted]; JSON, YAML and XML encoders call it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
