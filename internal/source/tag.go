package source

import (
	"slices"
	"strings"
)

// tagWords are what may stand before the version, or before the package's name,
// in the tags of a repository, and name no package.
var tagWords = []string{"release", "releases", "rel", "version", "versions", "ver", "tag", "npm", "publish"}

const tagSeparators = "@-_/"

// IsTagOf reports whether a tag is one of the version of a package whose
// directory is dir in the checkout: the version, with an optional v, and before
// it nothing but a common word, the package's own name or its directory.
// widget@1.2.3 is no tag of other 1.2.3.
func IsTagOf(tag, name, version, dir string) bool {
	prefix, ok := strings.CutSuffix(tag, version)
	if !ok || version == "" {
		return false
	}
	if rest, found := strings.CutSuffix(prefix, "v"); found && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], tagSeparators)) {
		prefix = rest
	}
	if prefix == "" {
		return true
	}
	if !strings.ContainsAny(prefix[len(prefix)-1:], tagSeparators) {
		return false
	}
	word := prefix[:len(prefix)-1]
	if ownTagName(word, name, dir) || slices.Contains(tagWords, word) {
		return true
	}
	for _, w := range tagWords {
		rest, ok := strings.CutPrefix(word, w)
		if ok && strings.ContainsAny(rest[:1], tagSeparators) && ownTagName(rest[1:], name, dir) {
			return true
		}
	}
	return false
}

// ownTagName reports whether a word stands for the package: @acme/widget,
// acme/widget, acme-widget, widget, or the directory packages/widget.
func ownTagName(word, name, dir string) bool {
	bare := strings.TrimPrefix(name, "@")
	_, short, _ := strings.Cut(bare, "/")
	return word != "" && slices.Contains([]string{name, bare, strings.ReplaceAll(bare, "/", "-"), short, dir}, word)
}

// TagOf returns a tag of a package's version that points to a commit: first, if
// it does, else one of the usual spellings; "" if none does.
func (r *Repository) TagOf(v *Revision, first, name, version string) (string, error) {
	if version == "" {
		return "", nil
	}
	for _, tag := range append([]string{first}, TagNames(name, version)...) {
		if sha, err := r.Tag(tag); err != nil || sha == v.SHA {
			return tag, err
		}
	}
	return "", nil
}

// TagNames returns the usual spellings of the tag of a package's version.
func TagNames(name, version string) []string {
	_, short, _ := strings.Cut(name, "/")
	return []string{"v" + version, version, name + "@" + version, name + "-v" + version, short + "@" + version, short + "-v" + version}
}
