package pack

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestRulesExpandToALimit is about lines that are short and mean much.
func TestRulesExpandToALimit(t *testing.T) {
	many := strings.Repeat("{1..9999}x\n", 10)
	if _, err := (compiler{}).compile(t.Context(), many); err != nil {
		t.Errorf("%d patterns: %v", 99_990, err)
	}
	if _, err := (compiler{}).compile(t.Context(), many+"{1..9999}y\n"); !errors.Is(err, errRules) {
		t.Errorf("one line more: %v", err)
	}
	plain := strings.Repeat("a.js\n", maxRules+1)
	if rules, err := (compiler{}).compile(t.Context(), plain); err != nil || len(rules) != maxRules+1 {
		t.Errorf("lines without braces: %d rules, %v", len(rules), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (compiler{}).compile(ctx, "a.js\n"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
