package script

import (
	"bytes"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// A searcher looks for what a program uses in its tokens, without knowing their
// structure. It keeps the last few of them. So it finds more than there is, and of
// what is tested only the plainest form (ifSearch).
type searcher struct {
	program *Program
	lines   *lines
	last    [12]token // the newest first
	braced  []string  // the words since the last {
	aliases map[string]bool
	ifs     ifSearch
	seen    map[string]bool
}

// search fills in p without parsing.
func search(p *Program, src []byte) {
	s := &searcher{program: p, lines: newLines(src), aliases: map[string]bool{}, seen: map[string]bool{}}
	s.ifs.holds = map[string][]string{}
	l := lexer{src: src}
	for {
		t, ok := l.next()
		if !ok {
			s.see(token{kind: mark, data: []byte(";"), at: len(src)})
			return
		}
		s.see(t)
		s.ifs.see(s, t)
		copy(s.last[1:], s.last[:])
		s.last[0] = t
	}
}

func (s *searcher) see(t token) {
	if a, b := s.last[0], s.last[1]; (t.kind == word || t.kind == other) && a.is(mark, "(") &&
		(b.is(word, "require") || b.is(word, "import")) && !isDot(s.last[2]) && !s.last[2].is(word, "function") {
		s.loaded("", t, false)
	}
	if s.last[3].is(mark, "=") && s.last[4].is(mark, "}") && isDot(s.last[1]) && s.environment(0) && !isDot(t) && !t.is(mark, "[") {
		s.takenApart(t)
	}
	switch t.kind {
	case text, template:
		s.text(t)
	case word:
		s.word(t)
	case mark:
		if t.data[0] == '{' {
			s.braced = s.braced[:0]
		}
		s.sign(t)
	}
}

// text looks at a string literal or a piece of a template.
func (s *searcher) text(t token) {
	value := decode(t.data)
	addressed := value
	if t.open || strings.HasSuffix(value, "://") {
		addressed += hole
	}
	hostsIn(addressed, func(host string) {
		if s.first("host " + host) {
			s.program.Hosts = append(s.program.Hosts, Mention{strings.Clone(host), s.lines.at(t.at)})
		}
	}, func() {
		if s.first("open") {
			s.program.Open = append(s.program.Open, Mention{Line: s.lines.at(t.at)})
		}
	})
	a, b := s.last[0], s.last[1]
	switch {
	case a.is(word, "from"), a.is(word, "import"), a.is(mark, "(") && (b.is(word, "import") || b.is(word, "require") ||
		b.is(word, "resolve") && s.last[3].is(word, "require") || b.is(word, "getBuiltinModule") || b.is(word, "__require")):
		if t.kind == template && (t.open || !t.begin) {
			value = ""
		}
		s.loaded(value, t, s.typeOnly(a))
	case a.is(mark, "[") && isDot(b) && s.environment(2), a.is(mark, "[") && s.environment(1):
		if t.kind == text || t.begin && !t.open {
			s.read(value, t)
		}
	case a.is(mark, "(") && (b.is(word, "get") || b.is(word, "has")) && s.last[3].is(word, "env") && s.last[5].is(word, "Deno"):
		s.read(value, t)
	}
}

// typeOnly reports whether the statement whose `from` was seen last imports types
// only.
func (s *searcher) typeOnly(from token) bool {
	if !from.is(word, "from") {
		return false
	}
	for i, t := range s.last[1:] {
		if (t.is(word, "import") || t.is(word, "export")) && i > 0 {
			return s.last[i].is(word, "type")
		}
	}
	return slices.Contains(s.braced, "type ")
}

func isDot(t token) bool { return t.is(mark, ".") || t.is(mark, "?.") }

// environment reports whether the tokens from the nth on, backwards, are
// process.env or another name of it.
func (s *searcher) environment(n int) bool {
	if s.last[n].kind == word && s.aliases[string(s.last[n].data)] && !isDot(s.last[n+1]) {
		return true
	}
	if !s.last[n].is(word, "env") || !isDot(s.last[n+1]) {
		return false
	}
	of := strings.TrimRight(string(s.last[n+2].data), "$_0123456789")
	return of == "process" || of == "meta" || of == "Bun" || of == "_process" || of == "node_process" || of == "nodeProcess" ||
		of == "default" && bytes.Contains(s.last[n+4].data, []byte("process"))
}

// word looks at a word.
func (s *searcher) word(t token) {
	name := string(t.data)
	if len(s.braced) < MaxMentions {
		if s.last[0].is(mark, "{") || s.last[0].is(mark, ",") {
			s.braced = append(s.braced, name)
		}
	}
	switch {
	case isDot(s.last[0]) && s.environment(1):
		s.read(name, t)
	case s.environment(0) && isDot(s.last[1]): // process.env as …
		s.sign(t)
	case s.last[0].is(word, "process") && !isDot(s.last[1]) && (name == "as" || name == "satisfies"):
		s.whole(t)
	case (s.last[0].is(mark, ":") || s.last[0].is(word, "as")) && s.last[1].is(word, "env") && !isDot(s.last[2]):
		s.aliases[name] = true // {env: e}, {env as e}
	case name == "env" && isDot(s.last[0]) && s.last[2].is(mark, "=") && s.last[3].kind == word:
		s.alias() // const e = process.env
	case isDot(s.last[0]):
		if acts(string(s.last[1].data) + "." + name) {
			s.effect(string(s.last[1].data)+"."+name, t)
		}
	case name == "process" && s.last[0].is(mark, "=") && s.last[1].is(mark, "}") && s.last[2].is(mark, "}"):
		s.whole(t) // {env: {A}} = process
	case name == "process" && s.last[0].is(mark, "=") && s.last[1].is(mark, "}") && s.maybeBraced("env"):
		s.aliases["env"] = true // const {env} = process
	case name == "from" && s.last[0].is(mark, "}") && s.maybeBraced("env"):
		s.aliases["env"] = true // import {env} from, whatever follows
	}
}

// alias notes the name that process.env gets, before which a type may stand: const
// e: NodeJS.ProcessEnv = process.env.
func (s *searcher) alias() {
	for i := 4; i+1 < len(s.last); i++ {
		if s.last[i].is(mark, ":") && s.last[i+1].kind == word {
			s.aliases[string(s.last[i+1].data)] = true
			return
		}
	}
	s.aliases[string(s.last[3].data)] = true
}

func (s *searcher) whole(t token) {
	if s.first("whole") {
		s.program.Whole = append(s.program.Whole, Mention{Line: s.lines.at(t.at)})
	}
}

// takenApart notes the variables of {A, B} = process.env, in front of a token.
func (s *searcher) takenApart(t token) {
	for _, name := range s.braced {
		s.read(name, t)
	}
	s.program.Full = s.program.Full || len(s.braced) >= MaxMentions
}

// maybeBraced reports whether a word stands since the last {, or more words than
// are kept do.
func (s *searcher) maybeBraced(name string) bool {
	return slices.Contains(s.braced, name) || len(s.braced) >= MaxMentions
}

// sign looks at a sign: behind a name that acts on the outside it is a call, and
// behind process.env it tells whether that is used as a whole.
func (s *searcher) sign(t token) {
	sign := t.data[0]
	if s.last[0].is(word, "process") && s.last[1].is(mark, "=") && s.last[2].kind == word && !isDot(s.last[3]) && sign != '.' && sign != '(' &&
		sign != '[' && sign != '?' {
		s.whole(t) // const p = process
	}
	if (sign == '(' || sign == '.' || sign == '<') && acts(string(s.last[0].data)) && !isDot(s.last[1]) && s.last[0].kind == word &&
		!s.last[1].is(word, "function") && !s.last[1].is(word, "typeof") {
		s.effect(string(s.last[0].data), t)
	}
	if sign == '(' && s.last[0].is(word, "Function") && !isDot(s.last[1]) {
		s.effect("Function", t)
	}
	if sign == '.' || sign == '[' || sign == '?' && len(t.data) > 1 || !s.environment(0) || !isDot(s.last[1]) {
		return
	}
	switch {
	case s.last[3].is(mark, "=") && s.last[4].is(mark, "}"): // see takenApart
	case s.last[3].is(mark, "=") && s.last[4].kind == word && (!isDot(s.last[5]) || s.last[7].is(mark, ":")): // another name
	default:
		s.whole(t)
	}
}

func (s *searcher) read(name string, t token) {
	s.ifs.read(s, name)
	if isEnvName(name) && s.first("read "+name) {
		s.program.Env = append(s.program.Env, Variable{Mention{name, s.lines.at(t.at)}, true})
	}
}

func (s *searcher) loaded(name string, t token, typeOnly bool) {
	key := "import " + name
	if typeOnly {
		key = "import type " + name
	}
	if len(s.seen) >= 4*MaxMentions && beside(name) {
		return
	}
	if s.first(key) {
		s.program.Imports = append(s.program.Imports, Import{Mention{name, s.lines.at(t.at)}, typeOnly})
	}
}

func (s *searcher) effect(name string, t token) {
	if s.first("effect " + name) {
		s.program.Effects = append(s.program.Effects, Mention{name, s.lines.at(t.at)})
	}
}

// first reports whether a thing was not noted before, and is to be noted.
func (s *searcher) first(key string) bool {
	if s.seen[key] {
		return false
	}
	if len(s.seen) >= 4*MaxMentions {
		s.program.Full = true
		return false
	}
	s.seen[key] = true
	return true
}

// isEnvName reports whether a text can be the name of a variable.
func isEnvName(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsAny(s, "\n\x00")
}

// reference is a directive that loads the types of a package.
var reference = pattern.New(`(?m)^///\s*<reference\s+types\s*=\s*["']([^"'\n]+)["']`)

// searchTypes fills in what a file of declarations imports.
func searchTypes(p *Program, src []byte) {
	found := Program{}
	search(&found, src)
	for _, i := range found.Imports {
		i.Type = true
		p.Imports = append(p.Imports, i)
	}
	lines := newLines(src)
	references := reference.FindAllSubmatchIndex(src, MaxMentions+1)
	p.Full = found.Full || len(references) > MaxMentions
	for _, m := range references[:min(len(references), MaxMentions)] {
		p.Imports = append(p.Imports, Import{Mention{string(src[m[2]:m[3]]), lines.at(m[0])}, true})
	}
}
