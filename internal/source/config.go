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

// config returns a value of the repository's own configuration, the file
// .git/config and, where that says so, the worktree's config.worktree; "" where
// it has none. The section is found by its name and, the name in quotes beside
// it, if it has one. Nothing that the files include is read, nor what the user and
// the machine have set.
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

// on reads a value that is yes or no.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// parseConfig reads a configuration (git-config(1), "Syntax") as section,
// quoted name and key, with a dot between; of two values the first counts for a
// remote, whose further addresses are for pushing only, and else the last.
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
			value = "true" // a key alone is one that is on
		}
		if _, has := settings[name]; !has || !strings.HasPrefix(name, "remote.") {
			settings[name] = configValue(value)
		}
	}
	return settings
}

// configValue reads a value: quotes and backslashes go, what follows # or ;
// outside quotes is a comment.
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
