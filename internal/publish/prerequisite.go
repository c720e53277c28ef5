package publish

import (
	"fmt"
	"strings"
)

// Source holds the plan against the repository that its provenance will name. A
// registry refuses provenance where repository.url in package.json, as npm
// normalises it, is another one, in letter case too. Nil: it would not. The
// answer of npm's registry to such a document is a 422, after the provenance went
// into the public log.
func (p *Plan) Source(repository string) *RefusedError {
	url := p.manifest.Repository
	if plainRepository(url) == plainRepository(repository) {
		return nil
	}
	found := "package.json has no repository.url"
	if url != "" {
		found = "repository.url in package.json is " + quoted(url)
	}
	return refuse(Blocked, "repository", fmt.Sprintf("%s, and provenance would say that the package is made from %s, in this "+
		"very spelling: write `\"repository\": {\"type\": \"git\", \"url\": \"git+%s.git\"}`, or publish with -provenance=false",
		found, quoted(repository), strings.Trim(quoted(repository), `"`)))
}

// plainRepository returns the address of a repository without what registries
// look past: how it is fetched, and .git at its end.
func plainRepository(address string) string {
	address = strings.TrimPrefix(address, "git+")
	if rest, ok := strings.CutPrefix(address, "ssh://git@"); ok {
		address = "https://" + rest
	}
	if rest, ok := strings.CutPrefix(address, "git://"); ok {
		address = "https://" + rest
	}
	address, _, _ = strings.Cut(address, "#")
	return strings.TrimSuffix(strings.TrimSuffix(address, "/"), ".git")
}
