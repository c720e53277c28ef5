package npm

import (
	"strings"
	"testing"
)

// The answers are those of node-semver 7.7, semver.clean(text, true).
func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"01.2.3": "1.2.3", "=1.2.3": "1.2.3", "==1.2.3": "1.2.3", "= v1.2.3": "1.2.3", "v1.2.3": "1.2.3", "v01.2.3": "1.2.3",
		" 1.2.3 ": "1.2.3", "1.02.3-01": "1.2.3-1", "1.2.3beta": "1.2.3-beta", "1.2.3-01.2": "1.2.3-1.2",
		"1.2.3-": "1.2.3--", "00.0.000": "0.0.0",
		"1.2.3-0a": "1.2.3-0a", "1.2.3+build.1": "1.2.3",
		"1.2": "", "V1.2.3": "", "1.2.3.4": "", "": "", "latest": "", "1.2.x": "", "^1.2.3": "", "1.2.3 4": "",
		"99999999999999999999.0.0": "", strings.Repeat("0", 300) + ".1.2": "",
	} {
		v, ok := Clean(text)
		if ok != (want != "") || ok && v.Canonical() != want {
			t.Errorf("%q: %s, %v, want %q", text, v.Canonical(), ok, want)
		}
	}
}
