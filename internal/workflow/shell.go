package workflow

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// shells are commands that run a script.
var shells = []string{"bash", "sh", "zsh", "dash", "ksh"}

// A command is a simple command of a shell script.
type command struct {
	words []string // without quotes; what a shell would compute stands as it was written
	env   map[string]string
	line  int    // of the script, from 0
	then  string // the operator behind it, if that is "||" or "|"
}

// commands splits a script into its simple commands, in order. Comments, the
// bodies of here-documents and quoted text are none.
func commands(script string) []command {
	l := &lexer{text: script}
	for l.at < len(l.text) {
		l.next()
	}
	l.end()
	return l.all
}

// A lexer reads a script once, from its start to its end.
type lexer struct {
	text  string
	at    int
	line  int
	word  strings.Builder
	in    bool // a word has begun, if only with quotes
	now   command
	all   []command
	heres []string // the words that end the here-documents that begin with the next line
	begun int      // the commands before this line
	away  bool     // the next word is where the output goes
	sum   bool     // in $(( )) or (( )), where << shifts
}

// next reads one character, or what belongs together.
func (l *lexer) next() {
	c := l.text[l.at]
	rest := l.text[l.at:]
	switch {
	case strings.HasPrefix(rest, "${{"): // of the runner, as one piece
		if end := strings.Index(rest, "}}"); end > 0 {
			l.take(end + 2)
			return
		}
		l.take(1)
	case c == '\\' && strings.HasPrefix(rest, "\\\n"), c == '`' && strings.HasPrefix(rest, "`\n"): // goes on; ` in PowerShell
		l.at += 2
		l.line++
		l.space()
	case c == '\\' && len(rest) > 1:
		l.at++
		l.take(1)
	case c == '\'':
		end := strings.IndexByte(rest[1:], '\'')
		if end < 0 {
			end = len(rest) - 1
		}
		l.quoted(rest[1:1+end], min(end+2, len(rest)))
	case c == '"':
		l.double()
	case c == '#' && !l.in:
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			l.at += end
		} else {
			l.at = len(l.text)
		}
	case c == '\n':
		l.end()
		l.at++
		l.line++
		l.skipHeres()
		l.begun, l.sum = len(l.all), false
	case strings.HasPrefix(rest, "<<<"):
		l.space()
		l.at += 3
	case strings.HasPrefix(rest, "$'"):
		l.escaped(rest)
	case strings.HasPrefix(rest, "<<") && l.sum:
		l.at += 2
	case strings.HasPrefix(rest, "<<"):
		l.space()
		l.at += 2
		l.here()
	case strings.HasPrefix(rest, "$("):
		l.end()
		l.at += 2
		l.sum = l.sum || strings.HasPrefix(rest, "$((")
	case strings.ContainsRune(";&|()`", rune(c)):
		switch {
		case strings.HasPrefix(rest, "||"):
			l.now.then = "||"
		case c == '|':
			l.now.then = "|"
		}
		l.end()
		l.at++
		l.sum = (l.sum || strings.HasPrefix(rest, "((")) && !strings.HasPrefix(rest, "))")
	case c == ' ' || c == '\t' || c == '\r':
		l.space()
		l.at++
	case c == '>':
		if strings.Trim(l.word.String(), "0123456789") == "" { // 2>file
			l.word.Reset()
			l.in = false
		}
		l.space()
		l.at++
		for l.at < len(l.text) && strings.IndexByte(">&|", l.text[l.at]) >= 0 {
			l.at++
		}
		l.away = true
	case c == '<':
		l.space()
		l.take(1)
		l.word.Reset()
		l.in = false
	default:
		l.take(1)
	}
}

// take adds bytes to the word.
func (l *lexer) take(n int) {
	l.word.WriteString(l.text[l.at : l.at+n])
	l.in = true
	l.at += n
}

// quoted adds the text between quotes to the word.
func (l *lexer) quoted(text string, length int) {
	l.word.WriteString(text)
	l.in = true
	l.line += strings.Count(text, "\n")
	l.at += length
}

// double reads text in double quotes. A command in $( ) within it is one too.
func (l *lexer) double() {
	i := l.at + 1
	var text strings.Builder
	for i < len(l.text) && l.text[i] != '"' {
		if l.text[i] == '\\' && i+1 < len(l.text) {
			i++
		}
		text.WriteByte(l.text[i])
		i++
	}
	inner := text.String()
	for _, part := range strings.Split(inner, "$(")[1:] {
		command, _, _ := strings.Cut(part, ")")
		for _, c := range commands(command) {
			c.line += l.line
			l.all = append(l.all, c)
		}
	}
	l.quoted(inner, min(i+1, len(l.text))-l.at)
}

// here reads the word that ends a here-document.
func (l *lexer) here() {
	rest := strings.TrimLeft(strings.TrimPrefix(l.text[l.at:], "-"), " \t")
	l.at = len(l.text) - len(rest)
	end := strings.IndexAny(rest, " \t\n;&|)")
	if end < 0 {
		end = len(rest)
	}
	l.heres = append(l.heres, strings.Trim(rest[:end], `"'\`))
	l.at += end
}

// escaped reads text in $'…', in which a backslash can stand before a quote.
func (l *lexer) escaped(rest string) {
	i := 2
	for i < len(rest) && rest[i] != '\'' {
		if rest[i] == '\\' {
			i++
		}
		i++
	}
	i = min(i, len(rest))
	l.quoted(rest[2:i], min(i+1, len(rest)))
}

// skipHeres goes past the here-documents that begin here. One that a shell of this
// line reads is a script.
func (l *lexer) skipHeres() {
	run := slices.ContainsFunc(l.all[min(l.begun, len(l.all)):], func(c command) bool {
		return slices.ContainsFunc(c.words, func(w string) bool { return slices.Contains(shells, path.Base(w)) })
	})
	for _, word := range l.heres {
		begin, first := l.at, l.line
		end := l.at
		for l.at < len(l.text) {
			line, _, _ := strings.Cut(l.text[l.at:], "\n")
			end = l.at
			l.at = min(l.at+len(line)+1, len(l.text))
			l.line++
			if strings.TrimSpace(line) == word {
				break
			}
			end = l.at
		}
		if run {
			for _, c := range commands(l.text[begin:end]) {
				c.line += first
				l.all = append(l.all, c)
			}
		}
	}
	l.heres = nil
}

var assignment = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*=`)

// space ends a word.
func (l *lexer) space() {
	if !l.in {
		return
	}
	w := l.word.String()
	l.word.Reset()
	l.in = false
	if l.away {
		l.away = false
		return
	}
	if len(l.now.words) == 0 && l.now.env == nil {
		l.now.line = l.line
	}
	if len(l.now.words) == 0 && assignment.MatchString(w) {
		name, value, _ := strings.Cut(w, "=")
		if l.now.env == nil {
			l.now.env = map[string]string{}
		}
		l.now.env[name] = value
		return
	}
	l.now.words = append(l.now.words, w)
}

// end ends a command.
func (l *lexer) end() {
	l.space()
	if len(l.now.words) > 0 || l.now.env != nil {
		l.all = append(l.all, l.now)
	}
	l.now, l.away = command{}, false
}
