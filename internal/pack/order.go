package pack

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// order sorts the files as npm does, so that similar files are adjacent and
// compress well: by extension, then by name, then by path, each in English
// dictionary order (npm-packlist, sort; String.prototype.localeCompare).
func (l *listing) order() {
	c := collate.New(language.English)
	var b collate.Buffer
	known := map[string][]byte{} // extensions and names repeat
	key := func(s string) []byte {
		k, ok := known[s]
		if !ok {
			k = c.KeyFromString(&b, s)
			known[s] = k
		}
		return k
	}
	type keys struct {
		file            packed
		ext, base, path []byte
	}
	all := make([]keys, 0, len(l.packed))
	for name, source := range l.packed {
		shown := name
		if strings.HasPrefix(name, "@") {
			shown = "./" + name // node-tar would read "@name" as a file with a list of names
		}
		base := strings.ToLower(path.Base(name))
		all = append(all, keys{packed{name, source}, key(strings.ToLower(extension(name))), key(base), key(shown)})
	}
	slices.SortFunc(all, func(a, b keys) int {
		return cmp.Or(bytes.Compare(a.ext, b.ext), bytes.Compare(a.base, b.base), bytes.Compare(a.path, b.path),
			cmp.Compare(a.file.path, b.file.path))
	})
	l.files = make([]packed, len(all))
	for i, k := range all {
		l.files[i] = k.file
	}
}

// extension returns the same as node's path.extname: "" for ".npmrc", "." for
// "a.".
func extension(name string) string {
	base := path.Base(name)
	at := strings.LastIndexByte(base, '.')
	if at <= 0 || base == ".." {
		return ""
	}
	return base[at:]
}
