package check

import (
	"net/url"
	"strings"
)

// archived returns the repository whose archive an address is, as
// "github.com/owner/repo"; "" if it is none. yarn 1 and pnpm fetch the archive of what
// package.json asks for as a repository at one of these hosts (normal.Repository).
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
		i := strings.LastIndexByte(id, '/')
		if err != nil || i < 0 {
			return ""
		}
		return join(u.Host, id[:i], id[i+1:])
	case u.Host == "gitlab.com" && n >= 4 && path[n-2] == "repository" && path[n-1] == "archive.tar.gz":
		return join(u.Host, strings.Join(path[:n-3], "/"), path[n-3])
	case u.Host == "gitlab.com" && n >= 6 && path[n-4] == "-" && path[n-3] == "archive":
		return join(u.Host, strings.Join(path[:n-5], "/"), path[n-5])
	}
	return ""
}
