package check

import (
	"fmt"
	"slices"
	"strings"
)

// npm packs no symbolic links (npm-packlist, ignore-walk): what a link stands
// for in the directory is missing in the tarball, and nobody sees why.

// droppedLink is the link of the directory that a path is, or lies behind;
// empty: there is none that is known.
func (s *Subject) droppedLink(path string) string {
	at := slices.IndexFunc(s.Links, func(link string) bool { return path == link || strings.HasPrefix(path, link+"/") })
	if at < 0 {
		return ""
	}
	return s.Links[at]
}

// documentLink is the link at the directory's root that stands for a document.
func (s *Subject) documentLink(doc string) string {
	at := slices.IndexFunc(s.Links, func(link string) bool { return !strings.Contains(link, "/") && isDocument(link, doc) })
	if at < 0 {
		return ""
	}
	return s.Links[at]
}

// notPacked says that npm left a link out, as a sentence to put behind another.
func notPacked(link string) string {
	return fmt.Sprintf(" %s is a symbolic link in the folder, and npm packs none.", link)
}

// linkFix is what to do about a link that was left out.
func linkFix(link string) string {
	return fmt.Sprintf("Put a copy in place of the link %s before packing, such as with `cp -RL`.", link)
}
