// Package credential holds the type every token and password of the gate is
// carried in. It prints as [redacted] whatever verb, encoder or logger meets
// it, so that no error, report or debug line can carry it by accident.
//
// It does not look for credentials: they come in from the command line's
// environment as values.
package credential

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// A Secret is a token or a password. The zero Secret is none.
type Secret struct {
	// A pointer, because fmt does not call methods of values it finds in
	// unexported fields of other structs: there it prints an address.
	value *string
}

// New wraps a value as soon as it has been read; white space around it, as
// files and copied tokens have it, is dropped. An empty value is no secret.
func New(value string) Secret {
	value = strings.TrimSpace(value)
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value, for the one line that sends it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Given reports whether there is a secret at all.
func (s Secret) Given() bool { return s.value != nil }

// Redact replaces the secret wherever it stands in a text: servers echo
// requests in their error pages.
func (s Secret) Redact(text string) string {
	if s.value == nil {
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

// MarshalText returns [redacted]; JSON, YAML and XML encoders ask for it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
