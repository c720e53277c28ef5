package normal

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// A hosted is a repository at one of the hosts that npm knows (hosted-git-info,
// lib/from-url.js and hosts.js).
type hosted struct {
	*host
	user       string // "null" if there is none, as in npm's addresses
	project    string
	auth       string // of the URL, still encoded
	committish string
	form       string // how it was written
}

// The forms in which a repository is written back. Any other is formSSH.
const (
	formShortcut = "shortcut"
	formHTTPS    = "https"
	formGit      = "git"
	formSSH      = "sshurl"
)

// A host is what differs between them.
type host struct {
	name, domain string
	schemes      string // by which URLs of it are recognised
	tree         string // of addresses for people
	parts        func(path, hash string) (user, project, committish string, ok bool)
}

var hosts = []*host{
	{"github", "github.com", "git http git+ssh git+https ssh https", "tree", githubParts},
	{"bitbucket", "bitbucket.org", "git+ssh git+https ssh https", "src", partsUnless("get")},
	{"gitlab", "gitlab.com", "git+ssh git+https ssh https", "tree", gitlabParts},
	{"gist", "gist.github.com", "git git+ssh git+https ssh https", "", gistParts},
	{"sourcehut", "git.sr.ht", "git+ssh https", "tree", partsUnless("archive")},
}

// protocols of npm's addresses; true: a user in them may be a secret, and stays.
var protocols = map[string]bool{"git+ssh": false, "ssh": false, "git+https": true, "git": true, "http": true, "https": true,
	"git+http": true, "github": false, "bitbucket": false, "gitlab": false, "gist": false, "sourcehut": false}

func split(path string, limit int) []string {
	parts := strings.Split(path, "/")
	return append(parts, make([]string, limit)...)[:limit]
}

func withoutGit(project string) string { return strings.TrimSuffix(project, ".git") }

func githubParts(path, hash string) (user, project, committish string, ok bool) {
	parts := split(path, 5)
	user, project, committish = parts[1], withoutGit(parts[2]), hash
	switch parts[3] {
	case "":
	case "tree":
		if committish = parts[4]; strings.Count(path, "/") < 4 {
			committish = "undefined" // decodeURIComponent makes a word of it
		}
	default:
		return "", "", "", false
	}
	return user, project, committish, user != "" && project != ""
}

func partsUnless(word string) func(path, hash string) (user, project, committish string, ok bool) {
	return func(path, hash string) (user, project, committish string, ok bool) {
		parts := split(path, 4)
		user, project = parts[1], withoutGit(parts[2])
		return user, project, hash, parts[3] != word && user != "" && project != ""
	}
}

func gitlabParts(path, hash string) (user, project, committish string, ok bool) {
	path = strings.TrimPrefix(path, "/")
	if strings.Contains(path, "/-/") || strings.Contains(path, "/archive.tar.gz") {
		return "", "", "", false
	}
	i := strings.LastIndexByte(path, '/')
	user, project = path[:max(i, 0)], withoutGit(path[i+1:])
	return user, project, hash, user != "" && project != ""
}

func gistParts(path, hash string) (user, project, committish string, ok bool) {
	parts := split(path, 4)
	user, project = parts[1], parts[2]
	if project == "" {
		user, project = "", user
	}
	return user, withoutGit(project), hash, parts[3] != "raw" && project != ""
}

// isShorthand reports whether a text is "user/project", which means GitHub.
func isShorthand(s string) bool {
	before, _, hashed := strings.Cut(s, "#")
	slash := strings.IndexByte(s, '/')
	if slash <= 0 || strings.HasPrefix(s, ".") || strings.HasSuffix(before, "/") || strings.ContainsAny(before, "@:") ||
		strings.ContainsFunc(before, isSpace) {
		return false
	}
	second := strings.IndexByte(s[slash+1:], '/')
	return second < 0 || hashed && slash+1+second > len(before)
}

// hostOf returns what an address says of a repository at a known host; nil: it
// is at none.
func hostOf(address string) *hosted {
	if address == "" {
		return nil
	}
	if isShorthand(address) {
		address = "github:" + address
	}
	u, ok := parseGit(address)
	if !ok {
		return nil
	}
	for _, h := range hosts {
		if u.scheme == h.name {
			return shortcutOf(h, u)
		}
	}
	for _, h := range hosts {
		if strings.TrimPrefix(u.host, "www.") != h.domain {
			continue
		}
		user, project, committish, ok := h.parts(u.path, u.hash)
		if !ok || !strings.Contains(" "+h.schemes+" ", " "+u.scheme+" ") {
			return nil
		}
		form := map[string]string{"git+https": formHTTPS, "https": formHTTPS, "git": formGit}[u.scheme]
		return decoded(&hosted{h, user, project, u.auth(), committish, form})
	}
	return nil
}

// Repository returns the repository at a host that npm knows which an address, as a
// dependency may have, is of: "github.com/owner/repo"; "" if it is of none.
func Repository(address string) string {
	h := hostOf(strings.TrimSpace(address))
	if h == nil {
		return ""
	}
	return h.domain + "/" + h.at()
}

// shortcutOf reads an address such as github:user/project#committish.
func shortcutOf(h *host, u webURL) *hosted {
	path := strings.TrimPrefix(u.path, "/")
	if _, rest, ok := strings.Cut(path, "@"); ok {
		path = rest
	}
	i := strings.LastIndexByte(path, '/')
	d := decoded(&hosted{h, path[:max(i, 0)], path[i+1:], "", u.hash, formShortcut})
	if d != nil {
		d.project = withoutGit(d.project)
	}
	return d
}

// decoded decodes the parts of an address; nil: one is not encoded correctly.
func decoded(h *hosted) *hosted {
	for _, part := range []*string{&h.user, &h.project, &h.committish} {
		s, err := url.PathUnescape(*part)
		if err != nil || !utf8.ValidString(s) {
			return nil
		}
		*part = s
	}
	if h.user == "" {
		h.user = "null"
	}
	return h
}

// fragment returns a committish after a word, or nothing.
func (h *hosted) fragment(before string) string {
	if h.committish == "" {
		return ""
	}
	return before + h.committish
}

// at returns the project's path at its host.
func (h *hosted) at() string {
	if h.name == "gist" {
		return h.project
	}
	return h.user + "/" + h.project
}

// String returns the address in the form in which it was written.
func (h *hosted) String() string {
	switch h.form {
	case formShortcut:
		return h.name + ":" + h.at() + h.fragment("#")
	case formHTTPS:
		return h.https()
	case formGit:
		return "git://" + h.withAuth() + h.domain + "/" + h.at() + ".git" + h.fragment("#")
	}
	return "git+ssh://git@" + h.domain + "/" + h.at() + ".git" + h.fragment("#")
}

func (h *hosted) withAuth() string {
	if h.auth == "" || h.name == "gist" {
		return ""
	}
	return h.auth + "@"
}

func (h *hosted) https() string {
	if h.name == "sourcehut" {
		return "https://" + h.domain + "/" + h.at() + h.fragment("#")
	}
	return "git+https://" + h.withAuth() + h.domain + "/" + h.at() + ".git" + h.fragment("#")
}

// encodeURIComponent leaves these unencoded besides letters and digits.
const unreserved = "-_.!~*'()"

// docs is the address of the README for people.
func (h *hosted) docs() string {
	branch := ""
	if h.committish != "" {
		branch = "/" + percent(h.committish, func(r rune) bool { return !isWord(r) && !strings.ContainsRune(unreserved, r) })
	}
	if h.name == "gist" {
		return "https://" + h.domain + "/" + h.project + branch
	}
	if branch != "" {
		branch = "/" + h.tree + branch
	}
	return "https://" + h.domain + "/" + h.at() + branch + "#readme"
}

// bugs is the address of the issues; "": there is none.
func (h *hosted) bugs() string {
	switch h.name {
	case "gist":
		return "https://" + h.domain + "/" + h.project
	case "sourcehut":
		return ""
	}
	return "https://" + h.domain + "/" + h.at() + "/issues"
}
