package npm

import (
	"strings"
	"testing"
)

func TestCheckDeprecation(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"use 1.2.1, see https://a.b/c#d":      "",
		"für «alle» 日本":                       "",
		strings.Repeat("é", MaxDeprecation):   "",
		strings.Repeat("é", MaxDeprecation+1): "1025 characters: 1024 are the most",
		"  ":                                  "blank",
		"a\nb":                                "a terminal or the log",
		"a\x1b[31m":                           "a terminal or the log",
		"##[error]x":                          "a terminal or the log",
		"::error::x":                          "a terminal or the log",
		"a\u202eb":                            "a terminal or the log",
		"a\u200bb":                            "a terminal or the log",
		"a\xff":                               "UTF-8",
		"a\u00a0b":                            "a terminal or the log",
		`C:\x is "quoted"`:                    "",
	} {
		err := CheckDeprecation(text)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}
