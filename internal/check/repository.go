package check

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

var repositoryRule = finding.Rule{
	ID:    "repository-mismatch",
	Title: "package.json names another repository than the one this is.",
	Why: "People look for the source where `repository` points. One that names somebody else's repository borrows " +
		"its reputation; the registry refuses provenance where the two differ.",
	Help:     "Write the address of this repository, and as `repository.directory` the package's folder in it.",
	Severity: finding.Moderate,
	Tags:     []string{"manifest", "supply-chain"},
}

// repository is advice: a fork that tests its changes is no attack, and it
// publishes under another name.
var repository = Check{
	Rules: []finding.Rule{repositoryRule},
	Run: func(s *Subject) []finding.Finding {
		m := s.Manifest
		here, there := place(s.remote()), place(m.Repository)
		if here == "" || there == "" {
			return nil // no checkout with a remote, or no repository field
		}
		f := s.inManifest(&repositoryRule, m.RepositoryLine, 0)
		f.Level, f.Fix = finding.Advice, repositoryRule.Help
		if here != there {
			f.Message = fmt.Sprintf("package.json says the source is at %s; this repository is %s.", there, here)
			return []finding.Finding{f}
		}
		if want := path.Clean("/" + m.RepositoryDirectory); s.Folder != "" && m.RepositoryDirectory != "" && want != path.Clean("/"+s.Folder) {
			f.Subject = "directory"
			f.Message = fmt.Sprintf("package.json says the package is in %s of the repository; it is in %s.", want[1:], path.Clean(s.Folder))
			return []finding.Finding{f}
		}
		return nil
	},
}

// remote returns the address of this repository: from the runner, else the one
// that the checkout was cloned from.
func (s *Subject) remote() string {
	if s.Remote == "" && s.Commit != nil {
		return s.Commit.Remote
	}
	return s.Remote
}

// place returns host/owner/name of a repository's address, in lower case: the
// same for https, ssh, git and npm's shortcuts, with .git or without. Source:
// docs.npmjs.com, package.json, "repository". It is empty for any other
// address.
func place(address string) string {
	a := strings.ToLower(strings.TrimSpace(address))
	a = strings.TrimPrefix(a, "git+")
	a, _, _ = strings.Cut(a, "#")
	for short, host := range map[string]string{"github:": "github.com/", "gitlab:": "gitlab.com/", "bitbucket:": "bitbucket.org/"} {
		if rest, ok := strings.CutPrefix(a, short); ok {
			return trimGit(host + rest)
		}
	}
	scheme, rest, full := strings.Cut(a, "://")
	if !full {
		host, name, scp := strings.Cut(a, ":") // git@host:owner/name
		switch {
		case scp && !strings.Contains(host, "/"):
			return trimGit(host[strings.LastIndexByte(host, '@')+1:] + "/" + strings.TrimLeft(name, "/"))
		case strings.Count(a, "/") == 1 && !strings.HasPrefix(a, ".") && !strings.HasPrefix(a, "/"):
			return trimGit("github.com/" + a) // npm's shortest form
		}
		return ""
	}
	switch scheme {
	case "https", "http", "ssh", "git":
	default:
		return ""
	}
	host, name, _ := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimPrefix(host, "www.")
	if host == "" || name == "" {
		return ""
	}
	if host == "github.com" { // a page below the repository, such as /tree/main/packages/a
		if parts := strings.SplitN(name, "/", 3); len(parts) > 2 {
			name = parts[0] + "/" + parts[1]
		}
	}
	return trimGit(host + "/" + name)
}

func trimGit(p string) string { return strings.TrimSuffix(strings.TrimRight(p, "/"), ".git") }
