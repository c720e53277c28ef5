package cli

import (
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
)

// A remedy fills in the commands of a rule's help, so that they can be pasted as they
// stand.
type remedy struct {
	of, registry string // the package, and the address of where it is
	f            *finding.Finding
}

// A plainWord means to a shell what it looks like. What is foreign and none stays out
// of commands.
var plainWord = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// fill returns the help with the commands, which stand between backticks, filled in.
func (r remedy) fill(help string) string {
	parts := strings.Split(help, "`")
	if len(parts)%2 == 0 {
		return help // an end is missing: no help of ours
	}
	for i := 1; i < len(parts); i += 2 {
		parts[i] = r.command(parts[i])
	}
	return strings.Join(parts, "`")
}

func (r remedy) command(text string) string {
	words := strings.Split(text, " ")
	if words[0] != "npm" && words[0] != "publishgate" || len(words) < 3 {
		return text // a key of the policy
	}
	if tag, from, to, ok := monitor.TagMove(r.f); ok && plainWord.MatchString(tag) && words[1] == "dist-tag" {
		if _, err := npm.ParseVersion(from); err == nil {
			words = []string{"npm", "dist-tag", "add", r.of + "@" + from, tag}
		} else if from == "" && to != "" {
			words = []string{"npm", "dist-tag", "rm", r.of, tag}
		}
	}
	_, err := npm.ParseVersion(r.f.Version)
	for i, word := range words {
		switch {
		case word == "NAME":
			words[i] = r.of
		case word == "NAME@VERSION" && err == nil && words[1] != "dist-tag":
			words[i] = r.of + "@" + r.f.Version
		case word == "NAME@RANGE":
			words[i] = r.of + "@RANGE"
		case word == "USER":
			if name := monitor.Stranger(r.f); plainWord.MatchString(name) {
				words[i] = name
			}
		case word == "ID" && plainWord.MatchString(r.f.Subject):
			words[i] = r.f.Subject
		}
	}
	if r.registry != npm.PublicRegistry && plainAddress.MatchString(r.registry) {
		words = append(words, map[bool][]string{true: {"--registry=" + r.registry}, false: {"-registry", r.registry}}[words[0] == "npm"]...)
	}
	return strings.Join(words, " ")
}

// plainAddress is an address that needs no quotes.
var plainAddress = pattern.New(`^https?://[A-Za-z0-9.:/_-]+$`)
