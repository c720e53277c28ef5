package tarball

import (
	"bytes"
	"slices"
	"strings"
)

// findEnv looks at one ".env" of a program: whose it is, and which variable is read
// there.
func (l *inspector) findEnv(at int) {
	behind := at + len(".env")
	if behind < len(l.window) && isWord(l.window[behind]) {
		return // .environment
	}
	holder := l.envHolder(at)
	if holder == "" {
		return
	}
	names, whole := l.envVariables(holder, at, behind)
	for _, name := range names {
		if l.envSeen[name] || l.inComment(at) {
			continue
		}
		if len(l.envSeen) == maxMentions {
			whole = true
			break
		}
		l.envSeen[name] = true
		l.tarball.Env = append(l.tarball.Env, l.mention(name, at))
	}
	if whole && !l.wholeNoted && len(l.tarball.EnvWhole) < maxWhole && !l.inComment(at) {
		l.wholeNoted = true
		l.tarball.EnvWhole = append(l.tarball.EnvWhole, l.mention("", at))
	}
}

// The objects whose env is the environment of the process.
const (
	holderProcess = "process"
	holderMeta    = "import.meta"
	holderDeno    = "Deno"
	holderBun     = "Bun"
)

// envHolder returns the object whose .env is at a place, or "" if it is none of
// these. Compilers rename an imported process: process$1 (Rollup),
// node_process_1.default (TypeScript), import_node_process (esbuild).
func (l *inspector) envHolder(at int) string {
	end := at
	if end > 0 && l.window[end-1] == '?' {
		end--
	}
	begin := end
	for begin > 0 && end-begin < 80 && (isWord(l.window[begin-1]) || l.window[begin-1] == '.') {
		begin--
	}
	chain := string(l.window[begin:end])
	if chain == holderMeta {
		return holderMeta
	}
	chain = strings.TrimSuffix(chain, ".default")
	last := chain[strings.LastIndexByte(chain, '.')+1:]
	switch last {
	case holderDeno, holderBun:
		return last
	}
	last = strings.TrimRight(last, "0123456789")
	last = strings.TrimSuffix(strings.TrimRight(last, "$_"), "__default")
	if slices.Contains([]string{"process", "_process", "node_process", "nodeProcess", "import_process", "import_node_process"}, last) {
		return holderProcess
	}
	return ""
}

// envVariables returns the variables that are read at a place. whole says that the
// program uses the environment without showing which variables it reads.
func (l *inspector) envVariables(holder string, at, behind int) (names []string, whole bool) {
	rest := l.window[behind:min(len(l.window), behind+300)]
	optional := bytes.HasPrefix(rest, []byte("?."))
	if optional {
		rest = rest[1:]
		if len(rest) > 1 && rest[1] == '[' {
			rest = rest[1:]
		}
	}
	switch {
	case len(rest) > 1 && rest[0] == '.' && isWord(rest[1]):
		return l.envMember(holder, rest[1:], at)
	case len(rest) > 0 && rest[0] == '[':
		name, after, ok := quotedName(rest[1:])
		if !ok || holder == holderDeno {
			return nil, true
		}
		if after = skipSpace(after); len(after) == 0 || after[0] != ']' {
			return nil, true // an expression: "A" + x
		}
		if isWrite(after[1:]) || l.deletes(at) {
			return nil, false
		}
		return []string{name}, false
	}
	if isWrite(rest) {
		return nil, false
	}
	if after := skipSpace(rest); bytes.HasPrefix(after, []byte("&&")) ||
		bytes.HasPrefix(after, []byte("!==")) || bytes.HasPrefix(after, []byte("===")) {
		return nil, false // a test whether there is an environment
	}
	return l.envBefore(at)
}

// envMember reads what follows "env.".
func (l *inspector) envMember(holder string, rest []byte, at int) (names []string, whole bool) {
	n := 0
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	name, after := string(rest[:n]), skipSpace(rest[n:])
	switch {
	case name[0] == '$', name[0] >= '0' && name[0] <= '9': // ${ of a template
		return nil, true
	case holder == holderDeno:
		if name == "set" || name == "delete" {
			return nil, false
		}
		if len(after) > 0 && after[0] == '(' && (name == "get" || name == "has") {
			if v, tail, ok := quotedName(after[1:]); ok {
				if tail = skipSpace(tail); len(tail) > 0 && (tail[0] == ')' || tail[0] == ',') {
					return []string{v}, false
				}
			}
		}
		return nil, true
	case holder == holderMeta && slices.Contains([]string{"MODE", "DEV", "PROD", "SSR", "BASE_URL"}, name):
		return nil, false // a constant that Vite sets when it builds
	case slices.Contains([]string{"hasOwnProperty", "toString", "propertyIsEnumerable", "valueOf"}, name):
		return nil, true
	case isWrite(after) || l.deletes(at):
		return nil, false
	}
	return []string{name}, false
}

// envBefore reads what precedes "process.env" where nothing behind it names a
// variable: `{A, B: b} =` or `"A" in`.
func (l *inspector) envBefore(at int) (names []string, whole bool) {
	from := max(0, at-contextBefore)
	text := l.window[from:at]
	for len(text) > 0 && (isWord(text[len(text)-1]) || text[len(text)-1] == '.' || text[len(text)-1] == '?') {
		text = text[:len(text)-1]
	}
	if cut := bytes.TrimRight(text, " \t\r\n"); len(cut) < len(text) {
		text = cut
	}
	if rest, ok := bytes.CutSuffix(text, []byte("=")); ok {
		rest = bytes.TrimRight(rest, " \t\r\n")
		if inner, ok := bytes.CutSuffix(rest, []byte("}")); ok {
			if open := bytes.LastIndexByte(inner, '{'); open >= 0 {
				return destructured(string(inner[open+1:]))
			}
		}
		return nil, true
	}
	if rest, ok := bytes.CutSuffix(text, []byte(" in")); ok {
		rest = bytes.TrimRight(rest, " \t")
		if n := len(rest); n > 1 && isQuote(rest[n-1]) {
			if open := bytes.LastIndexByte(rest[:n-1], rest[n-1]); open >= 0 && isName(string(rest[open+1:n-1])) {
				return []string{string(rest[open+1 : n-1])}, false
			}
		}
		// "in" is the last word of `for (k in process.env)` as well.
		return nil, true
	}
	if bytes.HasSuffix(text, []byte("if(")) || bytes.HasSuffix(text, []byte("if (")) || bytes.HasSuffix(text, []byte("typeof")) {
		return nil, false
	}
	return nil, true
}

// destructured returns the names in a pattern: `A, B: b, C = "x", ...rest`.
func destructured(pattern string) (names []string, whole bool) {
	for part := range strings.SplitSeq(pattern, ",") {
		part = strings.TrimSpace(part)
		if strings.HasPrefix(part, "...") {
			whole = true
			continue
		}
		if end := strings.IndexAny(part, ":= \t\n"); end >= 0 {
			part = part[:end]
		}
		part = strings.Trim(part, `"'`)
		switch {
		case isName(part):
			names = append(names, part)
		case part != "":
			whole = true
		}
	}
	return names, whole
}

// deletes reports whether `delete` precedes the object at a place.
func (l *inspector) deletes(at int) bool {
	text := l.window[max(0, at-100):at]
	for len(text) > 0 && (isWord(text[len(text)-1]) || text[len(text)-1] == '.' || text[len(text)-1] == '?') {
		text = text[:len(text)-1]
	}
	return bytes.HasSuffix(bytes.TrimRight(text, " \t"), []byte("delete"))
}

// isWrite reports whether p begins with an assignment.
func isWrite(p []byte) bool {
	p = skipSpace(p)
	return len(p) > 1 && p[0] == '=' && p[1] != '=' && p[1] != '>'
}

// quotedName reads a string literal that contains a name and nothing else.
func quotedName(p []byte) (name string, after []byte, ok bool) {
	p = skipSpace(p)
	if len(p) == 0 || !isQuote(p[0]) {
		return "", nil, false
	}
	end := bytes.IndexByte(p[1:], p[0])
	if end < 0 || !isName(string(p[1:1+end])) {
		return "", nil, false
	}
	return string(p[1 : 1+end]), p[2+end:], true
}

// skipSpace drops spaces, tabs and line breaks from the beginning of p.
func skipSpace(p []byte) []byte { return bytes.TrimLeft(p, " \t\r\n") }

// isName reports whether a text can be the name of an environment variable. It
// turns down names that only a hostile file would have.
func isName(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isWord(c) && c != '.' && c != '-' && c != '(' && c != ')' {
			return false
		}
	}
	return true
}

// isWord reports whether a byte can be part of an identifier.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

// isQuote reports whether a byte begins a string literal.
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }
