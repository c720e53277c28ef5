package check

import "strings"

// moduleIn finds the first package folder of a path: the name that follows
// node_modules, and the path up to there. Both are empty where there is none.
// In the root's node_modules the whole package counts, nested ones included:
// a bundled package may bundle.
func moduleIn(path string) (name, folder string) {
	at := strings.Index("/"+path, "/node_modules/")
	if at < 0 {
		return "", ""
	}
	start := at + len("node_modules/")
	rest := path[start:]
	parts := strings.SplitN(rest, "/", 3)
	name = parts[0]
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		name += "/" + parts[1]
	}
	return name, path[:start] + name
}
