package advisory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

var withoutSigns = strings.NewReplacer("_", "", "-", "")

// plainKey returns a key in lower case and without underscores.
func plainKey(key string) string { return strings.ToLower(withoutSigns.Replace(key)) }

// spelled refuses an object with a key that differs from a known one only in
// letter case or underscores: its value would be missed.
func spelled(object strict.Value, known ...string) error {
	for key := range object.Members() {
		text := key.Text()
		if slices.Contains(known, text) { // nearly all
			continue
		}
		for _, name := range known {
			if plainKey(text) == plainKey(name) {
				return fmt.Errorf("the key %s in place of %s", short(text), name)
			}
		}
	}
	return nil
}

// fails refuses an answer that reports an error besides its data: an empty one
// would be taken for "nothing found".
func fails(object strict.Value) error {
	for key, value := range object.Members() {
		switch plainKey(key.Text()) {
		case "error", "errors", "code", "message", "status", "details", "warning", "warnings", "partial", "truncated", "incomplete":
			if list := value.Kind() == strict.Array || value.Kind() == strict.Object; list && value.Len() > 0 || !list && value.Truthy() {
				return fmt.Errorf("%s beside the results", short(key.Text()))
			}
		}
	}
	return nil
}

// exploited reports whether a source's own fields say that the vulnerability is
// known to be exploited: a flag, or an entry of CISA's catalogue (KEV).
func exploited(specific strict.Value) bool {
	for key, value := range specific.Members() {
		switch plainKey(key.Text()) {
		case "exploited", "knownexploited", "isexploited", "knownexploitedvulnerability", "kev", "iskev", "inkev",
			"cisakev", "cisaknownexploited":
			text := strings.ToLower(value.Text())
			list := value.Kind() == strict.Array || value.Kind() == strict.Object
			if value.Len() > 0 || !list && value.Truthy() && text != "false" && text != "no" {
				return true
			}
		}
	}
	return false
}
