package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScans(t *testing.T) {
	for text, want := range map[string]string{
		"[CodeQL, semgrep]":             "map[CodeQL:0s semgrep:0s]",
		"{CodeQL: 7d, 'a / b': 24h}":    "map[CodeQL:168h0m0s a / b:24h0m0s]",
		"[]":                            "map[]",
		"{}":                            "map[]",
		"CodeQL":                        "a list of tools, or tools with an age expected",
		"{CodeQL: 0d}":                  "is no age",
		"{CodeQL: 7}":                   "source.scans.CodeQL",
		"{CodeQL: soon}":                "source.scans.CodeQL",
		"{CodeQL: }":                    "source.scans.CodeQL: one value expected",
		"['']":                          "an empty item",
		"{CodeQL: 7d, semgrep: [1, 2]}": "source.scans.semgrep: one value expected",
	} {
		p, err := Parse([]byte("source:\n  scans: "+text+"\n"), "p.yml")
		got := ""
		if err == nil {
			got = fmt.Sprint(p.For("a", Flags{}).Source.Scans)
		} else {
			got = err.Error()
		}
		if strings.HasPrefix(want, "map") && got != want || !strings.Contains(got, want) {
			t.Errorf("%s: %s, expected %s", text, got, want)
		}
	}
	p := parse(t, "source: {scans: [CodeQL], checks: [build]}\npackages: {a: {source: {scans: {x: 1d}}}}\n")
	if s := p.For("a", Flags{}).Source; fmt.Sprint(s.Scans) != fmt.Sprint(map[string]time.Duration{"x": 24 * time.Hour}) ||
		s.Keys() != "source.checks, source.scans" {
		t.Errorf("a package's own: %+v", s)
	}
}
