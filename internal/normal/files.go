package normal

import (
	"cmp"
	"iter"
	"path"
	"slices"
	"strings"
)

// tree is the package as npm unpacks it: the paths of its files, below the root.
type tree []string

// has reports whether a path leads to a file or folder of the package.
func (t tree) has(p string) bool {
	p = path.Clean(p)
	return slices.ContainsFunc(t, func(f string) bool { return f == p || strings.HasPrefix(f, p) && f[len(p)] == '/' })
}

// top returns the names of files and folders in the root.
func (t tree) top() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range t {
			name, _, _ := strings.Cut(f, "/")
			if !yield(name) {
				return
			}
		}
	}
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
	folders := map[string]bool{}
	for _, f := range t {
		rel, ok := strings.CutPrefix(f, prefix)
		if !ok {
			continue
		}
		if shown(rel) {
			all = append(all, rel)
		}
		for up := path.Dir(rel); up != "." && up != "/" && !folders[up]; up = path.Dir(up) {
			folders[up] = true
			if shown(up) {
				all = append(all, up)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), byName(b, a))
	})
	return all
}

// shown reports whether a path leads to something, and not through what is
// hidden.
func shown(p string) bool { return p != "" && !strings.HasPrefix(p, ".") && !strings.Contains(p, "/.") }

// byName compares two paths name by name.
func byName(a, b string) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		default:
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

// Readme returns the file of the package's root that npm sends as its README;
// "": there is none. Of several in Markdown it is the last in the order of
// bytes, README.zh.md before README.md; any other must be called README without
// an extension.
func Readme(files []string) string {
	var all []string
	for _, f := range files {
		if len(f) >= 6 && strings.EqualFold(f[:6], "readme") && (len(f) == 6 || f[6] == '.') && !strings.Contains(f, "/") {
			all = append(all, f)
		}
	}
	slices.Sort(all)
	other := ""
	for _, f := range slices.Backward(all) {
		lower := strings.ToLower(f)
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
