package normal

import (
	"path"
	"strings"
)

// The functions of Node's path, as on Linux.

// cleaned is path.normalize: as Go's, but a slash at the end stays.
func cleaned(p string) string {
	c := path.Clean(p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
}

// joined is path.join.
func joined(parts ...string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	if len(given) == 0 {
		return "."
	}
	return cleaned(strings.Join(given, "/"))
}

// base is path.basename.
func base(p string) string {
	p = strings.TrimRight(p, "/")
	return p[strings.LastIndexByte(p, '/')+1:]
}

// dir is path.dirname.
func dir(p string) string {
	rest := strings.TrimRight(p, "/")
	if rest == "" && p != "" {
		return "/"
	}
	i := strings.LastIndexByte(rest, '/')
	switch {
	case i < 0:
		return "."
	case i == 0:
		return "/"
	}
	if rest[:i] == "/" { // "//x": Node keeps both
		return "//"
	}
	return rest[:i]
}

// stem is the base name without its extension.
func stem(p string) string {
	b := base(p)
	i := strings.LastIndexByte(b, '.')
	if i <= 0 || b == ".." {
		return b
	}
	return b[:i]
}

// slashed is unixifyPath of npm's package-json.
var slashed = strings.NewReplacer(`\`, "/", ":", "/")

// inside is secureAndUnixifyPath of npm's package-json: the path without a way
// out of the package; empty: it is the package itself.
func inside(ref string) string {
	p := slashed.Replace(joined(".", joined("/", slashed.Replace(ref))))
	if strings.HasPrefix(p, "./") {
		return ""
	}
	return p
}
