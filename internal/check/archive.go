package check

import (
	"net/url"
	"strings"
)

// hosts are the known hosts of git repositories, by the word that stands for each in
// package.json: "github:owner/repo".
var hosts = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

// archived returns the repository whose archive an address is, as
// "github.com/owner/repo"; "" if it is none. yarn 1 and pnpm fetch the archive of what
// package.json asks for as a repository at one of these hosts.
func archived(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return ""
	}
	path := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	join := func(host, owner, repo string) string {
		if owner == "" || repo == "" {
			return ""
		}
		return strings.ToLower(host + "/" + owner + "/" + repo)
	}
	n := len(path)
	switch {
	case u.Host == "codeload.github.com" && n >= 4 && path[2] == "tar.gz":
		return join("github.com", path[0], path[1])
	case u.Host == "bitbucket.org" && n == 4 && path[2] == "get":
		return join(u.Host, path[0], path[1])
	case u.Host == "gitlab.com" && n == 6 && path[0] == "api" && path[2] == "projects" && path[4] == "repository":
		id, err := url.PathUnescape(path[3])
		owner, repo, _ := cutLast(id, "/")
		if err != nil {
			return ""
		}
		return join(u.Host, owner, repo)
	case u.Host == "gitlab.com" && n >= 4 && path[n-2] == "repository" && path[n-1] == "archive.tar.gz":
		return join(u.Host, strings.Join(path[:n-3], "/"), path[n-3])
	case u.Host == "gitlab.com" && n >= 6 && path[n-4] == "-" && path[n-3] == "archive":
		return join(u.Host, strings.Join(path[:n-5], "/"), path[n-5])
	}
	return ""
}

// repositoryAsked returns the repository at a known host that package.json asks for, in the
// form of archived; "" if it is at none. "owner/repo" is at GitHub.
func repositoryAsked(asked string) string {
	asked, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(asked)), "#")
	asked = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(asked, "git+"), "/"), ".git")
	if word, rest, ok := strings.Cut(asked, ":"); ok && hosts[word] != "" {
		return hosts[word] + "/" + rest
	}
	scheme, rest, ok := strings.Cut(asked, "://")
	if !ok {
		if host, path, scp := strings.Cut(strings.TrimPrefix(asked, "git@"), ":"); scp {
			rest = host + "/" + path
		} else if strings.Count(asked, "/") == 1 {
			return hosts["github"] + "/" + asked
		}
	} else if scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git" {
		return ""
	}
	authority, path, _ := strings.Cut(rest, "/")
	if _, host, user := cutLast(authority, "@"); user {
		authority = host
	}
	authority = strings.TrimPrefix(authority, "www.")
	if host, first, scp := strings.Cut(authority, ":"); scp { // ssh://git@host:owner/repo
		authority, path = host, first+"/"+path
	}
	for _, host := range hosts {
		if authority == host {
			return host + "/" + path
		}
	}
	return ""
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
