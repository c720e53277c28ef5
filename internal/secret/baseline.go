package secret

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/strictjson"
)

// ParseBaseline reads a .secrets.baseline as detect-secrets writes it (1.x,
// `results`: path → list of {hashed_secret}). The result holds
// path + "\x00" + the hex SHA-1 of each secret that is known; paths are as
// detect-secrets saw them, relative to the folder it ran in. An entry without
// a hash is an error: it would be known to nobody.
func ParseBaseline(data []byte) (map[string]bool, error) {
	doc, err := strictjson.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read the secrets baseline: %w", err)
	}
	results := doc.Get("results")
	if results.Kind() != strictjson.Object {
		return nil, fmt.Errorf("read the secrets baseline: no object %q: not a baseline of detect-secrets", "results")
	}
	known := map[string]bool{}
	for path, list := range results.Members() {
		if list.Kind() != strictjson.Array {
			return nil, fmt.Errorf("read the secrets baseline: line %d: expected a list", path.Line())
		}
		for entry := range list.Elements() {
			hash := entry.Get("hashed_secret").Text()
			if !sha1Hex(hash) {
				return nil, fmt.Errorf("read the secrets baseline: line %d: no SHA-1 in hashed_secret", entry.Line())
			}
			known[path.Text()+"\x00"+hash] = true
		}
	}
	return known, nil
}

func sha1Hex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 40
}
