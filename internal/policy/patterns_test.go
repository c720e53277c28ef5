package policy

import (
	"strings"
	"testing"
)

func TestFilePattern(t *testing.T) {
	for _, good := range []string{"secrets", "secrets/", "/secrets", "secrets/**", "**/*.pem", "*.key", "!secrets",
		`\#x`, `\!x`, "a[bc]", "[]a]", "{a}", `\{a,b}`, "@scope/x", ".env*", "...", "a..b", ` x`} {
		if err := filePattern(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, hint := range map[string]string{
		"./secrets/": `"secrets/"`, "../secrets": `"secrets"`, "a/../b": `"b"`, "a//b": `"a/b"`, "/": "no file",
		"//": "no file", ".": "no file", "..": "no file", "!": "no file", "!./x": `"x"`,
		"[": "no file", "a[b": "no file", `a\`: "no file", "#x": "no file", "{a,b}/c": "braces", `secrets\key`: "backslash",
	} {
		if err := filePattern(bad); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
