package tarball

import (
	"bytes"
	"strings"
)

// findHost looks at one "://" of a program. A URL at the beginning of a string
// literal is one that the program may use. A URL in the middle of a text or in a
// comment is documentation.
func (l *inspector) findHost(at int) {
	begin := at
	for begin > 0 && at-begin < 6 && l.window[begin-1] >= 'a' && l.window[begin-1] <= 'z' {
		begin--
	}
	switch string(l.window[begin:at]) {
	case "http", "https", "ws", "wss":
	default:
		return
	}
	if begin == 0 || !isQuote(l.window[begin-1]) {
		return
	}
	host, ok := hostOf(l.window[at+3 : min(len(l.window), at+3+300)])
	if !ok || l.hostsSeen[host] || len(l.hostsSeen) == maxMentions || l.inComment(at) {
		return
	}
	l.hostsSeen[host] = true
	l.tarball.Hosts = append(l.tarball.Hosts, l.mention(host, at))
}

// hostOf reads the host of a URL, in lower case. The host must be complete: what a
// template fills in is not known here.
func hostOf(rest []byte) (host string, ok bool) {
	end := bytes.IndexAny(rest, "/?#\\\"'` \t\r\n,;)<>|")
	if end < 0 {
		return "", false
	}
	text := string(rest[:end])
	text = text[strings.LastIndexByte(text, '@')+1:]
	text, _, _ = strings.Cut(text, ":")
	text = strings.ToLower(text)
	if len(text) > 253 || !strings.Contains(text, ".") || strings.HasPrefix(text, ".") || strings.HasSuffix(text, ".") {
		return "", false
	}
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return "", false
		}
	}
	// URLs of this host are names: XML namespaces.
	return text, text != "www.w3.org"
}

// inComment reports whether a place in the window is in a comment, judged by its
// line. In a line that begins before the window's context, the answer is no.
func (l *inspector) inComment(at int) bool {
	from := bytes.LastIndexByte(l.window[:at], '\n') + 1
	if from == 0 && l.midFile || at-from > contextBefore {
		return false
	}
	line := bytes.TrimLeft(l.window[from:at], " \t")
	if bytes.HasPrefix(line, []byte("* ")) || bytes.HasPrefix(line, []byte("*\t")) {
		return true
	}
	var quote byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case isQuote(c):
			quote = c
		case c == '/' && i+1 < len(line) && line[i+1] == '/':
			return true
		case c == '/' && i+1 < len(line) && line[i+1] == '*':
			end := bytes.Index(line[i+2:], []byte("*/"))
			if end < 0 {
				return true
			}
			i += end + 3
		}
	}
	return false
}
