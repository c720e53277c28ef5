package secret

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/strict"
)

// ParseBaseline reads a .secrets.baseline as detect-secrets 1.x writes it (results:
// path → list of {hashed_secret}). It returns the hex SHA-1 of each known secret.
// Paths are ignored, because a bundler renames the file in each build. An entry
// without a hash is an error: it would match nothing.
func ParseBaseline(data []byte) (map[string]bool, error) {
	doc, err := strict.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read the secrets baseline: %w", err)
	}
	results := doc.Get("results")
	if results.Kind() != strict.Object {
		return nil, fmt.Errorf("read the secrets baseline: no object %q: not a baseline of detect-secrets", "results")
	}
	known := map[string]bool{}
	for path, list := range results.Members() {
		if list.Kind() != strict.Array {
			return nil, fmt.Errorf("read the secrets baseline: line %d: expected a list", path.Line())
		}
		for entry := range list.Elements() {
			hash := entry.Get("hashed_secret").Text()
			if !isSHA1Hex(hash) {
				return nil, fmt.Errorf("read the secrets baseline: line %d: no SHA-1 in hashed_secret", entry.Line())
			}
			known[hash] = true
		}
	}
	return known, nil
}

// isSHA1Hex reports whether a text is a SHA-1 in lower-case hex.
func isSHA1Hex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 40
}

// A Known is one entry of a baseline: a candidate that the owner knows of.
type Known struct {
	Path string // relative to the package's directory, with slashes
	Rule string // written as the entry's type
	SHA1 string // lower-case hex
	Line int    // 1-based; 0: the file as a whole
}

// baselineVersion is the version of detect-secrets whose format is written.
const baselineVersion = "1.5.0"

type baseline struct {
	Version string                     `json:"version"`
	Plugins []string                   `json:"plugins_used"`
	Filters []string                   `json:"filters_used"`
	Results map[string][]baselineEntry `json:"results"`
}

type baselineEntry struct {
	Type     string `json:"type"`
	File     string `json:"filename"`
	Hash     string `json:"hashed_secret"`
	Verified bool   `json:"is_verified"`
	Line     int    `json:"line_number"`
}

// FormatBaseline writes a .secrets.baseline in the format of detect-secrets 1.x,
// with one entry for each secret of a file. The lists of plugins and filters are
// empty, because none of them ran. There is no time of writing, so the same
// candidates always give the same bytes.
func FormatBaseline(known []Known) ([]byte, error) {
	known = slices.Clone(known)
	slices.SortFunc(known, func(a, b Known) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.SHA1, b.SHA1), cmp.Compare(a.Rule, b.Rule))
	})
	out := baseline{Version: baselineVersion, Plugins: []string{}, Filters: []string{}, Results: map[string][]baselineEntry{}}
	for _, k := range known {
		e := baselineEntry{Type: k.Rule, File: k.Path, Hash: k.SHA1, Line: k.Line}
		again := func(o baselineEntry) bool { return o.Type == e.Type && o.Hash == e.Hash }
		if !slices.ContainsFunc(out.Results[k.Path], again) { // detect-secrets compares these two
			out.Results[k.Path] = append(out.Results[k.Path], e)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return nil, fmt.Errorf("write the secrets baseline: %w", err)
	}
	return b.Bytes(), nil
}
