package tarball

import (
	"bytes"
	"path"
	"strings"
)

// A lookout watches the content of the files go by for what a check wants to
// know of it: native code, source maps, the variables a program reads and the
// hosts it names. It sees text, it parses no program: what is composed at run
// time escapes it, and the checks say so.
//
// Only the files that may hold such things are copied into its window, and
// only a few bytes sequences are searched for there.
type lookout struct {
	t     *Tarball
	path  string
	kind  textKind
	head  []byte
	buf   []byte // the window: a part of the file
	done  int    // bytes of buf that were searched
	lines int    // of the file before buf
	cut   bool   // buf does not begin where the file does
	whole bool   // the environment as a whole was noted for this file

	env, hosts map[string]bool // that were noted
	maps       SourceMap       // of this file
	links      []Mention       // the maps that files refer to
}

// A textKind says what is looked for in a file.
type textKind int

const (
	noText    textKind = iota
	codeText           // a program
	maybeCode          // a program if it begins with #!
	styleText          // a style sheet: the reference to its source map
	mapText            // a source map
)

const (
	lookWindow = 64 << 10
	lookBack   = 2 << 10 // bytes before a hit that are looked at
	lookAhead  = 4 << 10 // and behind it

	maxMentions = 2000 // of each kind: a program that has more is no program
	maxWhole    = 50
)

func newLookout(t *Tarball) *lookout {
	return &lookout{t: t, env: map[string]bool{}, hosts: map[string]bool{}, head: make([]byte, 0, headSize), buf: make([]byte, 0, lookWindow)}
}

func textKindOf(file string) textKind {
	switch strings.ToLower(path.Ext(file)) {
	case ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts", ".tsx":
		return codeText
	case ".ts":
		if strings.HasSuffix(file, ".d.ts") {
			return noText
		}
		return codeText
	case "":
		return maybeCode
	case ".css":
		return styleText
	case ".map":
		return mapText
	}
	return noText
}

func (l *lookout) open(file string) {
	l.path, l.kind = file, textKindOf(file)
	l.head, l.buf = l.head[:0], l.buf[:0]
	l.done, l.lines, l.cut, l.whole, l.maps = 0, 0, false, false, SourceMap{Path: file}
}

func (l *lookout) write(p []byte) {
	if n := headSize - len(l.head); n > 0 {
		l.head = append(l.head, p[:min(n, len(p))]...)
	}
	for l.kind != noText && len(p) > 0 {
		n := min(cap(l.buf)-len(l.buf), len(p))
		l.buf = append(l.buf, p[:n]...)
		p = p[n:]
		if len(l.buf) == cap(l.buf) {
			l.look(len(l.buf) - lookAhead)
			l.shift()
		}
	}
}

// shift makes room in the window; what lies before the place that was searched
// up to stays as context.
func (l *lookout) shift() {
	cut := max(0, l.done-lookBack)
	l.cut = true
	l.lines += bytes.Count(l.buf[:cut], newline)
	l.buf = l.buf[:copy(l.buf, l.buf[cut:])]
	l.done -= cut
}

var newline = []byte{'\n'}

// end finishes the file and says which format of native code it is.
func (l *lookout) end() (binaryCode string) {
	if l.kind != noText {
		l.look(len(l.buf))
		l.mapReference()
		if l.maps.Inline || l.maps.Content || l.maps.Absolute != "" {
			l.t.SourceMaps = append(l.t.SourceMaps, l.maps)
		}
	}
	return binaryFormat(l.head)
}

// look searches the window from where the last search ended up to limit.
func (l *lookout) look(limit int) {
	if l.kind == maybeCode && len(l.head) > 0 {
		l.kind = noText
		if isScript(l.head) {
			l.kind = codeText
		}
	}
	from := l.done
	l.done = limit
	switch l.kind {
	case codeText:
		each(l.buf, from, limit, ".env", l.readsEnv)
		each(l.buf, from, limit, "://", l.namesHost)
	case mapText:
		each(l.buf, from, limit, `"source`, l.mapField)
	}
}

// each calls found for every place in [from, limit) of buf where needle begins.
func each(buf []byte, from, limit int, needle string, found func(at int)) {
	word := []byte(needle)
	for from < limit {
		i := bytes.Index(buf[from:min(len(buf), limit+len(word)-1)], word)
		if i < 0 {
			return
		}
		found(from + i)
		from += i + len(word)
	}
}

// isScript holds for a file that an interpreter of JavaScript is named in.
func isScript(head []byte) bool {
	line, _, _ := bytes.Cut(head, newline)
	if !bytes.HasPrefix(line, []byte("#!")) {
		return false
	}
	for _, name := range []string{"node", "deno", "bun", "tsx"} {
		if bytes.Contains(line, []byte(name)) {
			return true
		}
	}
	return false
}

// mention is the place in the file where at is.
func (l *lookout) mention(name string, at int) Mention {
	return Mention{Name: name, Path: l.path, Line: l.lines + bytes.Count(l.buf[:at], newline) + 1}
}
