package credential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNeverPrinted(t *testing.T) {
	value := "npm_" + strings.Repeat("c4n4ry", 6)
	s := New(" " + value + "\n")
	if s.Reveal() != value {
		t.Fatalf("Reveal lost the value")
	}
	type holder struct {
		Name   string
		Token  Secret
		hidden Secret
		ptr    *Secret
	}
	h := holder{"n", s, s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", []Secret{s})
		fmt.Fprintf(&out, verb+"\n", map[string]Secret{"k": s})
	}
	for _, v := range []any{s, h, map[string]any{"s": s}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", s, "holder", h)
	fmt.Fprintln(&out, fmt.Errorf("wrapped: %w %v", fmt.Errorf("inner %s", s), s), s.Redact("echo "+value))
	text := out.String()
	for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value)} {
		if strings.Contains(text, form) {
			t.Errorf("the secret came out:\n%s", text)
		}
	}
	if !strings.Contains(text, redacted) {
		t.Error("nothing was printed at all")
	}
}

func TestNone(t *testing.T) {
	for _, s := range []Secret{{}, New(""), New(" \n")} {
		if s.Given() || s.Reveal() != "" || s.Redact("abc") != "abc" {
			t.Errorf("an empty value is a secret: %v", s.Reveal())
		}
	}
}

// TestExact: a password is what it is, with the white space around it, and may be
// empty.
func TestExact(t *testing.T) {
	for _, value := range []string{"", " a "} {
		s := Exact(value)
		if !s.Given() || s.Reveal() != value || s.Redact("no secret") != "no secret" || s.String() != redacted {
			t.Errorf("%q became %q", value, s.Reveal())
		}
	}
}
