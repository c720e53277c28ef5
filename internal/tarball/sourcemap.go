package tarball

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// mapField looks at a key of a source map that begins with "source". Inside the
// sources' text the same words have a backslash before the quote. The format is
// ECMA-426.
func (l *inspector) mapField(at int) {
	rest := l.window[at+1 : min(len(l.window), at+contextAfter)]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return
	}
	key := string(rest[:end])
	value, ok := bytes.CutPrefix(skipSpace(rest[end+1:]), []byte(":"))
	if !ok {
		return
	}
	value = skipSpace(value)
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

// hasText reports whether a list of sources' texts contains a text other than null
// and "".
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

// keepAbsolute keeps the first path of a value, or of a list of values, that names
// a directory of the machine that built the map.
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

// isAbsolute reports whether a path begins at the root of a disk and has a
// directory that tells something about the machine. Bundlers write "/src/a.js" for
// files that have no place.
func isAbsolute(text string) bool {
	text = strings.TrimPrefix(text, "webpack://")
	if rest, ok := strings.CutPrefix(text, "file://"); ok {
		return strings.Count(rest, "/") > 1
	}
	if len(text) > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') {
		return isWord(text[0])
	}
	return strings.HasPrefix(text, "/") && slices.Contains(machineDirectories, firstPart(text[1:]))
}

// machineDirectories are directories at the root of a disk that people and build
// machines work in.
var machineDirectories = []string{
	"Users", "home", "root", "private", "tmp", "var", "mnt", "opt", "builds", "workspace", "github", "usr", "Volumes", "data", "srv",
}

// firstPart returns the first directory of a path, or "".
func firstPart(p string) string {
	first, _, inside := strings.Cut(p, "/")
	if !inside {
		return ""
	}
	return first
}

// mapReference looks at the last line of a program or a style sheet. It may name
// the file's source map, or contain it.
func (l *inspector) mapReference() {
	if l.kind != program && l.kind != styleSheet {
		return
	}
	text := bytes.TrimRight(l.window, " \t\r\n")
	from := bytes.LastIndexByte(text, '\n') + 1
	line := text[from:]
	if from == 0 && l.midFile { // the line is longer than the window: base64 is a map, code has other bytes
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
	case address == "" || len(address) > 1000 || strings.ContainsAny(address, " \t\"'`+$?#") || strings.Contains(address, "://") ||
		strings.HasPrefix(address, "/"):
	default:
		l.mapLinks = append(l.mapLinks, l.mention(path.Join(path.Dir(l.path), address), from))
	}
}

// isBase64 reports whether a line can be the end of an inline source map.
func isBase64(p []byte) bool {
	p = bytes.TrimRight(p, "=")
	for _, c := range p {
		if !isWord(c) && c != '+' && c != '/' || c == '_' || c == '$' {
			return false
		}
	}
	return len(p) > 0
}

// close keeps the references to source maps that are not in the archive, and sorts
// what was found.
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
