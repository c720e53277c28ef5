package normal

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// tree is the package as npm unpacks it: its files, and the folders they are in.
type tree struct {
	paths map[string]bool // below the root; true: a folder
}

func newTree(files []string) tree {
	t := tree{map[string]bool{}}
	for _, f := range files {
		t.paths[f] = false
		for d := path.Dir(f); d != "." && d != "/"; d = path.Dir(d) {
			t.paths[d] = true
		}
	}
	return t
}

// has reports whether a path leads to a file or folder of the package.
func (t tree) has(p string) bool {
	_, ok := t.paths[path.Clean(p)]
	return ok
}

// below returns what is below a folder, without anything hidden, relative to
// it: level by level, in each from the last name to the first, as npm's glob
// does (path-scurry puts each new entry before the others).
func (t tree) below(dir string) []string {
	prefix := strings.Trim(dir, "/") + "/"
	if prefix == "/" {
		prefix = ""
	}
	var all []string
	for p := range t.paths {
		rel, ok := strings.CutPrefix(p, prefix)
		if ok && rel != "" && !strings.HasPrefix(rel, ".") && !strings.Contains(rel, "/.") {
			all = append(all, rel)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), slices.Compare(strings.Split(b, "/"), strings.Split(a, "/")))
	})
	return all
}

// Readme returns the file of the package's root that npm sends as its README;
// "": there is none. Of several in Markdown it is the last in the order of
// bytes, README.zh.md before README.md; any other must be called README without
// an extension.
func Readme(files []string) string {
	other := ""
	for _, f := range slices.Backward(slices.Sorted(slices.Values(files))) {
		lower := strings.ToLower(f)
		if strings.Contains(f, "/") || lower != "readme" && !strings.HasPrefix(lower, "readme.") {
			continue
		}
		if i := strings.LastIndexByte(lower, '.'); i >= 0 && markdown(lower[i+1:]) {
			return f
		}
		if strings.HasSuffix(f, "README") {
			other = f
		}
	}
	return other
}

// markdown reports whether an extension is one of /m?a?r?k?d?o?w?n?/.
func markdown(ext string) bool {
	for _, c := range "markdown" {
		ext = strings.TrimPrefix(ext, string(c))
	}
	return ext == ""
}
