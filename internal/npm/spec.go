package npm

import "strings"

// SpecKind is what a dependency's value in package.json asks for, in the terms
// of npm-package-arg.
type SpecKind int

// The kinds of specifier. SpecOther is a protocol of another manager, such as
// workspace: or catalog:.
const (
	SpecRegistry SpecKind = iota // a version, a range or a dist-tag
	SpecAlias                    // npm:name@range
	SpecGit
	SpecURL       // a tarball at an http(s) address
	SpecFile      // a tarball in the file system
	SpecDirectory // a directory in the file system
	SpecOther
)

// A Spec is a parsed dependency value.
type Spec struct {
	Kind  SpecKind
	Name  string // SpecAlias: the real name
	Range string // SpecRegistry, SpecAlias: the range, "*" for an empty one; SpecGit: that of #semver:, or ""
}

// ParseSpec reads a dependency's value as npm does. It never fails: a value
// that npm refuses gets the nearest kind, and nothing satisfies it.
func ParseSpec(value string) Spec {
	value = strings.TrimSpace(value)
	if plainRange(value) { // nearly all of them
		return Spec{Kind: SpecRegistry, Range: orStar(value)}
	}
	lower := strings.ToLower(value)
	switch {
	case strings.HasPrefix(lower, "file:"), isPath(value):
		return fileSpec(lower)
	case strings.HasPrefix(lower, "npm:"):
		return aliasSpec(value[4:])
	case isGit(lower):
		return Spec{Kind: SpecGit, Range: gitRange(value)}
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return Spec{Kind: SpecURL}
	case hasProtocol(lower):
		return Spec{Kind: SpecOther}
	case strings.ContainsRune(value, '/'), isTarball(lower):
		return fileSpec(lower)
	}
	return Spec{Kind: SpecRegistry, Range: orStar(value)}
}

// plainRange reports whether text can only be a range or a tag.
func plainRange(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '^', c == '~', c == '>', c == '<', c == '=', c == '|', c == ' ', c == '*':
		case c == '.' || c == '-' || c == 'x':
			if i == 0 && c == '.' {
				return false
			}
		default:
			return false
		}
	}
	return !strings.HasPrefix(s, "~/")
}

func orStar(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

// isPath follows npm: a leading dot, slash, ~/ or drive letter is a path.
func isPath(s string) bool {
	if s == "" {
		return false
	}
	drive := len(s) > 1 && s[1] == ':' && (s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z')
	return s[0] == '.' || s[0] == '/' || strings.HasPrefix(s, "~/") || drive
}

func isTarball(lower string) bool {
	return strings.HasSuffix(lower, ".tgz") || strings.HasSuffix(lower, ".tar.gz") || strings.HasSuffix(lower, ".tar")
}

func fileSpec(lower string) Spec {
	if isTarball(lower) {
		return Spec{Kind: SpecFile}
	}
	return Spec{Kind: SpecDirectory}
}

// aliasSpec reads what follows npm: – name, or name@range.
func aliasSpec(target string) Spec {
	name, rng := target, ""
	if len(target) > 1 {
		if at := strings.IndexByte(target[1:], '@'); at >= 0 {
			name, rng = target[:at+1], target[at+2:]
		}
	}
	return Spec{Kind: SpecAlias, Name: name, Range: orStar(strings.TrimSpace(rng))}
}

// isGit follows npm and hosted-git-info: git protocols, scp-like addresses,
// shortcuts with or without a host, and pages of a repository at a known host.
func isGit(lower string) bool {
	for _, prefix := range []string{"git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:", "sourcehut:"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	address, _, _ := strings.Cut(lower, "#")
	if rest, ok := strings.CutPrefix(strings.Replace(address, "http://", "https://", 1), "https://"); ok {
		if at := strings.IndexByte(rest, '@'); at >= 0 && at < strings.IndexByte(rest+"/", '/') {
			rest = rest[at+1:]
		}
		rest = strings.TrimPrefix(rest, "www.")
		host, path, _ := strings.Cut(rest, "/")
		segments := strings.Count(strings.Trim(path, "/"), "/")
		switch host {
		case "github.com":
			return segments == 1 || strings.Contains(path, "/tree/") && segments == 3
		case "bitbucket.org", "git.sr.ht":
			return segments == 1
		case "gitlab.com":
			return segments >= 1 && !strings.Contains(path, "/-/") && !strings.Contains(path, "archive.tar.gz")
		case "gist.github.com":
			return path != "" && !strings.Contains(path, "/raw")
		}
		return false
	}
	// user@host:path
	if user, rest, ok := strings.Cut(address, "@"); ok && user != "" && !strings.ContainsAny(user, "/:") {
		host, path, ok := strings.Cut(rest, ":")
		return ok && path != "" && strings.IndexByte(host, '.') > 0
	}
	return isShortcut(address)
}

// isShortcut reports whether text has the form owner/repository.
func isShortcut(s string) bool {
	owner, repo, ok := strings.Cut(s, "/")
	return ok && owner != "" && repo != "" && !strings.ContainsAny(s, " \t@:") && !strings.Contains(repo, "/")
}

func hasProtocol(lower string) bool {
	i := strings.IndexByte(lower, ':')
	if i <= 0 {
		return false
	}
	for _, c := range lower[:i] {
		if !(c >= 'a' && c <= 'z' || c == '+') {
			return false
		}
	}
	return true
}

// gitRange returns the range after #semver:, or "".
func gitRange(value string) string {
	_, fragment, _ := strings.Cut(value, "#")
	for part := range strings.SplitSeq(fragment, "::") {
		if rng, ok := strings.CutPrefix(part, "semver:"); ok {
			return rng
		}
	}
	return ""
}
