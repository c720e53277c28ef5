package tarball

import (
	"bytes"
	"path"
	"strings"
)

// An inspector reads the content of each file for the checks: native code, source
// maps, the environment variables that a program reads and the hosts that it names.
// It searches text and does not parse programs. So it misses what is composed at
// run time, and the checks say so.
//
// Only files that may contain such things are copied into its window, and only a
// few short texts are searched for there.
type inspector struct {
	tarball     *Tarball
	path        string
	kind        contentKind // what is looked for in the file
	head        []byte      // the first bytes of the file
	window      []byte      // a part of the file
	searched    int         // bytes of the window that were searched
	linesBefore int         // line breaks of the file before the window
	midFile     bool        // the window does not begin where the file does
	wholeNoted  bool        // the environment as a whole was noted for this file

	envSeen, hostsSeen map[string]bool // names that were noted
	sourceMap          SourceMap       // what this file tells as a source map
	mapLinks           []Mention       // the source maps that files refer to
}

// A contentKind says what is looked for in a file.
type contentKind int

const (
	otherContent  contentKind = iota
	program                   // a program
	maybeProgram              // a program if it begins with #!
	styleSheet                // only its reference to a source map
	sourceMapFile             // a source map
)

// Sizes in bytes, and the most mentions that are kept.
const (
	windowSize    = 64 << 10
	contextBefore = 2 << 10 // in front of a match
	contextAfter  = 4 << 10 // behind it

	maxMentions = 2000 // of each kind: a program that has more is no program
	maxWhole    = 50   // in all files
)

// newInspector returns an inspector that adds what it finds to t.
func newInspector(t *Tarball) *inspector {
	return &inspector{tarball: t, envSeen: map[string]bool{}, hostsSeen: map[string]bool{},
		head: make([]byte, 0, headSize), window: make([]byte, 0, windowSize)}
}

// contentKindOf decides by a file's name what is looked for in it.
func contentKindOf(file string) contentKind {
	switch strings.ToLower(path.Ext(file)) {
	case ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts", ".tsx":
		return program
	case ".ts":
		if strings.HasSuffix(file, ".d.ts") {
			return otherContent
		}
		return program
	case "":
		return maybeProgram
	case ".css":
		return styleSheet
	case ".map":
		return sourceMapFile
	}
	return otherContent
}

// open begins a file.
func (l *inspector) open(file string) {
	l.path, l.kind = file, contentKindOf(file)
	l.head, l.window = l.head[:0], l.window[:0]
	l.searched, l.linesBefore, l.midFile, l.wholeNoted, l.sourceMap = 0, 0, false, false, SourceMap{Path: file}
}

// write takes the next bytes of the file.
func (l *inspector) write(p []byte) {
	if n := headSize - len(l.head); n > 0 {
		l.head = append(l.head, p[:min(n, len(p))]...)
	}
	for l.kind != otherContent && len(p) > 0 {
		n := min(cap(l.window)-len(l.window), len(p))
		l.window = append(l.window, p[:n]...)
		p = p[n:]
		if len(l.window) == cap(l.window) {
			l.search(len(l.window) - contextAfter)
			l.shift()
		}
	}
}

// shift makes room in the window. It keeps some bytes in front of the place that
// was searched up to, as context.
func (l *inspector) shift() {
	cut := max(0, l.searched-contextBefore)
	l.midFile = true
	l.linesBefore += bytes.Count(l.window[:cut], newline)
	l.window = l.window[:copy(l.window, l.window[cut:])]
	l.searched -= cut
}

var newline = []byte{'\n'}

// end ends the file and returns its format of native code; "": none.
func (l *inspector) end() (binaryCode string) {
	if l.kind != otherContent {
		l.search(len(l.window))
		l.mapReference()
		if l.sourceMap.Inline || l.sourceMap.Content || l.sourceMap.Absolute != "" {
			l.tarball.SourceMaps = append(l.tarball.SourceMaps, l.sourceMap)
		}
	}
	return binaryFormat(l.head)
}

// search searches the window from where the last search ended up to limit.
func (l *inspector) search(limit int) {
	if l.kind == maybeProgram && len(l.head) > 0 {
		l.kind = otherContent
		if isScript(l.head) {
			l.kind = program
		}
	}
	from := l.searched
	l.searched = limit
	switch l.kind {
	case program:
		eachIndex(l.window, from, limit, ".env", l.findEnv)
		eachIndex(l.window, from, limit, "://", l.findHost)
	case sourceMapFile:
		eachIndex(l.window, from, limit, `"source`, l.mapField)
	}
}

// eachIndex calls found for every place in [from, limit) of buf where needle
// begins.
func eachIndex(buf []byte, from, limit int, needle string, found func(at int)) {
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

// isScript reports whether the first line of a file names an interpreter of
// JavaScript.
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

// mention returns a Mention of a name at a place in the window.
func (l *inspector) mention(name string, at int) Mention {
	return Mention{Name: name, Path: l.path, Line: l.linesBefore + bytes.Count(l.window[:at], newline) + 1}
}
