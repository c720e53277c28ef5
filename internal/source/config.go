package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

const maxConfig = 1 << 20 // bytes of .git/config

// config returns a value of the repository's configuration, or "". It reads
// .git/config and, if that enables it, the worktree's config.worktree. A
// section is identified by its name and, if it has one, its quoted subsection.
// Included files and the user's and machine's configuration are not read.
func (r *Repository) config(section, quoted, key string) (string, error) {
	settings, err := settingsOf(r.common, "config")
	if err != nil {
		return "", err
	}
	name := section + "." + quoted + "." + key
	if on(settings["extensions..worktreeconfig"]) {
		own, err := settingsOf(r.own, "config.worktree")
		if err != nil {
			return "", err
		}
		if value, has := own[name]; has {
			return value, nil
		}
	}
	return settings[name], nil
}

func settingsOf(root *os.Root, file string) (map[string]string, error) {
	data, err := disk.Read(root, file, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the git checkout: %w", err)
	}
	return parseConfig(string(data)), nil
}

// on reports whether a boolean value is true.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// parseConfig reads a configuration (git-config(1), "Syntax"). Keys of the
// result are section, subsection and key, joined by dots. Of several values the
// last counts, but the first for a remote, whose further addresses are only for
// pushing.
func parseConfig(text string) map[string]string {
	settings := map[string]string{}
	section, inside := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			var head, tail string
			head, tail, inside = strings.Cut(line[1:], "]")
			kind, name, _ := strings.Cut(head, " ")
			section = strings.ToLower(kind) + "." + strings.Trim(strings.TrimSpace(name), `"`)
			line = strings.TrimSpace(tail)
		}
		key, value, valued := strings.Cut(line, "=")
		if key = strings.ToLower(strings.TrimSpace(key)); !inside || key == "" || key[0] == '#' || key[0] == ';' {
			continue
		}
		name := section + "." + key
		if !valued {
			value = "true" // a key without a value is true
		}
		if _, has := settings[name]; !has || !strings.HasPrefix(name, "remote.") {
			settings[name] = configValue(value)
		}
	}
	return settings
}

// configValue reads a value: it removes quotes and backslashes, and the comment
// that # or ; starts outside quotes.
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
