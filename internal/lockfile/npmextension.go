package lockfile

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// compareExtensions notes where a lockfile of npm 12 was made for other
// packageExtensions than the package.json beside it has: npm ci refuses that.
// Older formats do not record them, since older npms have none. Source:
// validate-lockfile.js, validatePackageExtensions.
func (b *builder) compareExtensions(owner strict.Value) {
	m := b.ownerManifest()
	if m == nil || b.graph.Version != "4" {
		return
	}
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return // parsed before without an error
	}
	asked, made := doc.Get("packageExtensions"), owner.Get("packageExtensionsHash")
	note := npm.Note{Kind: npm.NoteLockMismatch}
	switch {
	case !asked.Exists() && !made.Truthy(), asked.Exists() && extensionsHash(asked) == made.Text():
		return
	case asked.Exists():
		note.File, note.Text = m.File, "the packageExtensions are others than those that "+b.in.File+" was made for"
		note.Line, note.Column = asked.Position()
	default:
		note.File, note.Text = b.in.File, "it was made for packageExtensions that "+m.File+" no longer has"
		note.Line, note.Column = made.Position()
	}
	b.graph.Notes = append(b.graph.Notes, note)
}

// extensionsHash returns the digest that npm writes: of the JSON without
// spaces, its keys sorted.
func extensionsHash(v strict.Value) string {
	var text bytes.Buffer
	canonical(&text, v)
	sum := sha512.Sum512(text.Bytes())
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func canonical(to *bytes.Buffer, v strict.Value) {
	quote := func(s string) {
		e := json.NewEncoder(to)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err == nil {
			to.Truncate(to.Len() - 1) // the encoder ends each value with a line end
		}
	}
	switch v.Kind() {
	case strict.Object:
		values := map[string]strict.Value{}
		var keys []string
		for k, member := range v.Members() {
			keys = append(keys, k.Text())
			values[k.Text()] = member
		}
		slices.Sort(keys)
		to.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				to.WriteByte(',')
			}
			quote(k)
			to.WriteByte(':')
			canonical(to, values[k])
		}
		to.WriteByte('}')
	case strict.String:
		quote(v.Text())
	default: // npm accepts only true and false besides
		to.Write(v.Raw())
	}
}
