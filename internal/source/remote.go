package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

const maxConfig = 1 << 20 // bytes of .git/config

// Remote returns the address of a remote, such as origin, as the repository's
// configuration has it, without the credentials that it may hold; "" where there
// is none. It is text to compare with and nothing is ever asked there. Nothing
// that the configuration includes is read.
func (r *Repository) Remote(name string) (string, error) {
	data, err := disk.Read(r.common, "config", maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the git checkout: %w", err)
	}
	inside, address := false, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			kind, rest, _ := strings.Cut(line[1:], " ")
			quoted, tail, closed := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), `"`), `"]`)
			inside = strings.EqualFold(kind, "remote") && closed && quoted == name
			line = strings.TrimSpace(tail)
		}
		key, value, ok := strings.Cut(line, "=")
		if inside && ok && address == "" && strings.EqualFold(strings.TrimSpace(key), "url") {
			address = configValue(value)
		}
	}
	return withoutUser(address), nil
}

// configValue reads a value (git-config(1), "Syntax"): quotes and backslashes
// go, what follows # or ; outside quotes is a comment.
func configValue(text string) string {
	var b strings.Builder
	quoted := false
	text = strings.TrimSpace(text)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case (c == '#' || c == ';') && !quoted:
			return strings.TrimSpace(b.String())
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// withoutUser takes user and password out of an address with a scheme. In the
// form user@host:path there is no password, and the user is part of the place.
func withoutUser(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, path, slash := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host + path
}
