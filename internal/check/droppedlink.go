package check

import (
	"fmt"
	"slices"
	"strings"
)

// npm packs no symbolic links (npm-packlist, ignore-walk): the file that a link
// in the directory points to is silently missing in the tarball.

// droppedLink returns the symbolic link that a path is, or leads through; empty
// if none is known.
func (s *Subject) droppedLink(path string) string {
	at := slices.IndexFunc(s.Links, func(link string) bool { return path == link || strings.HasPrefix(path, link+"/") })
	if at < 0 {
		return ""
	}
	return s.Links[at]
}

// documentLink returns the link at the directory's root that a document is.
func (s *Subject) documentLink(doc string) string {
	at := slices.IndexFunc(s.Links, func(link string) bool { return !strings.Contains(link, "/") && isDocument(link, doc) })
	if at < 0 {
		return ""
	}
	return s.Links[at]
}

// notPacked returns a sentence that npm left a link out, to append to another.
func notPacked(link string) string {
	return fmt.Sprintf(" %s is a symbolic link in the folder, and npm packs none.", link)
}

// linkFix returns what to do about a link that was left out.
func linkFix(link string) string {
	return fmt.Sprintf("Put a copy in place of the link %s before packing, such as with `cp -RL`.", link)
}
