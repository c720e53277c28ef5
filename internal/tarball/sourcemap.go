package tarball

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// mapField looks at a key of a source map that begins with "source". Inside the
// sources' text the same words stand with a backslash before the quote.
// Source: the source map specification, ECMA-426.
func (l *inspector) mapField(at int) {
	rest := l.window[at+1 : min(len(l.window), at+contextAfter)]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return
	}
	key := string(rest[:end])
	value, ok := bytes.CutPrefix(skipBlanks(rest[end+1:]), []byte(":"))
	if !ok {
		return
	}
	value = skipBlanks(value)
	switch key {
	case "sourcesContent":
		l.sourceMap.Content = l.sourceMap.Content || hasText(value)
	case "sources":
		if list, ok := bytes.CutPrefix(value, []byte("[")); ok {
			l.keepAbsolute(list, true)
		}
	case "sourceRoot":
		l.keepAbsolute(value, false)
	}
}

// hasText reports whether a list of sources' texts holds any: null and "" are
// none.
func hasText(value []byte) bool {
	list, ok := bytes.CutPrefix(value, []byte("["))
	for ok && len(list) > 0 {
		list = bytes.TrimLeft(list, " \t\r\n,")
		switch {
		case bytes.HasPrefix(list, []byte("null")):
			list = list[4:]
		case bytes.HasPrefix(list, []byte(`""`)):
			list = list[2:]
		default:
			return len(list) > 0 && list[0] == '"'
		}
	}
	return false
}

// absolute keeps the first path of a value, or of a list of them, that names a
// folder of the machine that built the map.
func (l *inspector) keepAbsolute(value []byte, list bool) {
	for l.sourceMap.Absolute == "" {
		value = bytes.TrimLeft(value, " \t\r\n,")
		if len(value) == 0 || value[0] != '"' {
			return
		}
		end := bytes.IndexByte(value[1:], '"')
		if end < 0 {
			return
		}
		if text := string(value[1 : 1+end]); isAbsolute(text) {
			l.sourceMap.Absolute = clipLong(text)
		}
		if value = value[end+2:]; !list {
			return
		}
	}
}

// isAbsolute holds for a path from the root of a disk, with a folder in it that
// says something: bundlers write "/src/a.js" for what has no place.
func isAbsolute(text string) bool {
	text = strings.TrimPrefix(text, "webpack://")
	if rest, ok := strings.CutPrefix(text, "file://"); ok {
		return strings.Count(rest, "/") > 1
	}
	if len(text) > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') {
		return isWord(text[0])
	}
	return strings.HasPrefix(text, "/") && slices.Contains([]string{"Users", "home", "root", "private", "tmp", "var", "mnt", "opt", "builds", "workspace", "github", "usr", "Volumes", "data", "srv"}, firstPart(text[1:]))
}

func firstPart(p string) string {
	first, _, inside := strings.Cut(p, "/")
	if !inside {
		return ""
	}
	return first
}

// mapReference looks at the last line of a program or a style sheet: it may
// name the file's source map, or be one.
func (l *inspector) mapReference() {
	if l.kind != program && l.kind != styleSheet {
		return
	}
	text := bytes.TrimRight(l.window, " \t\r\n")
	from := bytes.LastIndexByte(text, '\n') + 1
	line := text[from:]
	if from == 0 && l.midFile { // a line longer than the window: code never is that dull
		l.sourceMap.Inline = len(line) >= contextBefore && isBase64(line)
		return
	}
	at := bytes.LastIndex(line, []byte("# sourceMappingURL="))
	if at < 2 || !bytes.HasSuffix(line[:at], []byte("//")) && !bytes.HasSuffix(line[:at], []byte("/*")) {
		return
	}
	address := string(line[at+len("# sourceMappingURL="):])
	address = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(address), "*/"))
	switch {
	case strings.HasPrefix(address, "data:"):
		l.sourceMap.Inline = true
	case address == "" || len(address) > 1000 || strings.ContainsAny(address, " \t\"'`+$?#") || strings.Contains(address, "://") || strings.HasPrefix(address, "/"):
	default:
		l.mapLinks = append(l.mapLinks, l.mention(path.Join(path.Dir(l.path), address), from))
	}
}

// isBase64 holds for a line that ends as an inline source map does.
func isBase64(p []byte) bool {
	p = bytes.TrimRight(p, "=")
	for _, c := range p {
		if !isWord(c) && c != '+' && c != '/' || c == '_' || c == '$' {
			return false
		}
	}
	return len(p) > 0
}

// close keeps the references to source maps that are not in the archive, and
// puts what was found in order.
func (l *inspector) close() {
	byName := func(a, b Mention) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(l.tarball.Env, byName)
	slices.SortFunc(l.tarball.Hosts, byName)
	if len(l.mapLinks) == 0 {
		return
	}
	there := make(map[string]bool, len(l.tarball.Entries))
	for i := range l.tarball.Entries {
		there[l.tarball.Entries[i].Path] = true
	}
	for _, m := range l.mapLinks {
		if !there[m.Name] {
			l.tarball.LostMaps = append(l.tarball.LostMaps, m)
		}
	}
}
