package policy

import (
	"strings"
	"testing"
)

// TestAttestedPattern: an entry is a name, or a name and a repository, and nothing
// that looks like one and binds nothing.
func TestAttestedPattern(t *testing.T) {
	for entry, ok := range map[string]bool{
		"a": true, "@acme/*": true, "a=github.com/acme/a": true, "@acme/*=github.com/acme/*": true, "a=gitlab.com/acme/group/a": true,
		"a=": false, "=github.com/acme/a": false, "a=acme/a": false, "a=github.com/acme": false, "a=https://github.com/acme/a": false,
		"a=*.com/acme/a": false, "a=github.com//a": false, "a=github.com/acme/a/": false, "a=github.com/acme/[": false,
		"a=git@github.com/acme/a": false, "a=github.com/acme/a b": false, "a=github.com/acme/a#x": false,
	} {
		_, err := Parse([]byte("dependencies: {attestations: {require: ["+`"`+entry+`"`+"]}}\n"), "p.yml")
		if (err == nil) != ok {
			t.Errorf("%s: %v", entry, err)
		}
		if err != nil && !strings.Contains(err.Error(), "attestations.require") {
			t.Errorf("%s: %v", entry, err)
		}
	}
}
