package tarball

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// checkName refuses a path that is not safe and plain on every system. It returns
// the path without the slash that ends the name of a directory.
func checkName(name string, dir bool) (string, error) {
	if len(name) > MaxPath {
		return name[:MaxPath], refuse(RuleLimit, "a path is longer than %d bytes", MaxPath)
	}
	if !utf8.ValidString(name) {
		return name, refuse(RulePath, "the path is not valid UTF-8")
	}
	for _, r := range name {
		if why := badRuneClass(r); why != "" {
			return name, refuse(RulePath, "the path holds %s (U+%04X)", why, r)
		}
	}
	plain := name
	if dir {
		plain = strings.TrimSuffix(name, "/")
	}
	depth := 0
	for part := range strings.SplitSeq(plain, "/") {
		depth++
		switch {
		case part == "" && strings.HasPrefix(name, "/"):
			return plain, refuse(RulePath, "the path is absolute")
		case part == "":
			return plain, refuse(RulePath, "the path has an empty part")
		case part == "." || part == "..":
			return plain, refuse(RulePath, "the path has the part %q", part)
		case isDrive(part):
			return plain, refuse(RulePath, "the path has a part that begins like a drive (%s); "+
				"npm strips that on every system and installs the file under another path", part[:2])
		case len(part) > MaxComponent:
			return plain, refuse(RuleLimit, "a part of the path is longer than %d bytes", MaxComponent)
		case depth > MaxDepth:
			return plain, refuse(RuleLimit, "the path is more than %d folders deep", MaxDepth)
		}
	}
	return plain, nil
}

// isDrive reports whether a part of a path begins like a Windows drive. node-tar
// removes such a beginning, on every system, from the path that remains without its
// first part. So package/c:package.json is installed as package.json (node-tar,
// strip-absolute-path; seen with npm 11).
func isDrive(part string) bool {
	return len(part) > 1 && part[1] == ':' && (part[0]|0x20) >= 'a' && (part[0]|0x20) <= 'z'
}

// badRuneClass names the class of a character that must not be part of a file name.
// It returns "" for all others.
func badRuneClass(r rune) string {
	switch {
	case r == '\\':
		return "a backslash, which is a separator on Windows"
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return "a control character"
	case r < 0x80:
		return ""
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x061c, r == 0x200e, r == 0x200f:
		return "a character that changes the direction of text"
	case unicode.Is(unicode.Cf, r), r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return "an invisible character"
	case r == 0x2028 || r == 0x2029:
		return "a line separator"
	}
	return ""
}

// A nameSet finds paths that some file system takes for the same file: equal after
// Unicode composition and case folding, or a file where another entry needs a
// directory.
type nameSet struct {
	entries map[string]namedEntry // by folded path
	parents map[string]bool       // folded paths of the directories that contain an entry
}

// A namedEntry is an entry that has taken a path.
type namedEntry struct {
	path string
	dir  bool
}

func newNameSet() *nameSet {
	return &nameSet{entries: map[string]namedEntry{}, parents: map[string]bool{}}
}

// add adds a path. It returns a refusal if the path collides with an earlier one.
func (s *nameSet) add(path string, dir bool) error {
	key := foldName(path)
	if old, ok := s.entries[key]; ok {
		switch {
		case old.path == path && old.dir == dir:
			return refuse(RuleDuplicate, "the path stands in the archive twice")
		case old.path == path:
			return refuse(RuleDuplicate, "the path is a file and a folder")
		}
		return refuse(RuleDuplicate, "the path differs from that of another entry only in letter case or Unicode form")
	}
	s.entries[key] = namedEntry{path, dir}
	if !dir && s.parents[key] {
		return refuse(RuleDuplicate, "the path is a file and, for another entry, a folder")
	}
	for up := key; ; {
		i := strings.LastIndexByte(up, '/')
		if i < 0 {
			return nil
		}
		up = up[:i]
		if old, ok := s.entries[up]; ok && !old.dir {
			return refuse(RuleDuplicate, "the path lies in another entry that is a file")
		}
		if s.parents[up] {
			return nil // an earlier entry has added the directories above
		}
		s.parents[up] = true
	}
}

// foldName returns the form in which case-insensitive and composing file systems
// compare names.
func foldName(path string) string {
	for i := 0; i < len(path); i++ {
		if path[i] >= utf8.RuneSelf {
			return norm.NFC.String(cases.Fold().String(norm.NFC.String(path)))
		}
	}
	return strings.ToLower(path)
}
