package registry

import (
	"net/http"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A life is that of a version which is not simply published. Nobody sees it but
// by its status.
type life struct {
	state string
	left  int    // reads that still see state; below 0: all
	then  string // the state after them
	tag   string // the dist-tag that moves when it is published
}

// Validate makes every version that is accepted from here on be validated during
// the next reads of its package, and then be in a state: "published" or
// "blocked". Below 0 the validation does not end, and with 0 there is none.
func (s *Server) Validate(reads int, then string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = life{state: "validating", left: reads, then: then}
}

// SetState puts a version into a state, such as "deleted" or "blocked".
func (s *Server) SetState(name, version, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.packages[name]
	if l := p.lives[version]; l != nil && l.tag != "" && state == "published" {
		p.Tags[l.tag] = version
	}
	delete(p.lives, version)
	if state != "published" {
		p.lives[version] = &life{state: state, left: -1}
	}
}

// begin starts the life of a version that was just stored under a dist-tag,
// which was on another version before.
func (s *Server) begin(p *pkg, version, tag, before string) {
	if s.next.left == 0 && s.next.then != "blocked" {
		return
	}
	l := s.next
	l.tag = tag
	p.lives[version] = &l
	delete(p.Tags, tag)
	if before != "" {
		p.Tags[tag] = before
	}
}

// live lets one read pass in the life of each version.
func (p *pkg) live() {
	for version, l := range p.lives {
		switch {
		case l.left > 0:
			l.left--
		case l.left == 0 && l.then == "published":
			p.Tags[l.tag] = version
			delete(p.lives, version)
		case l.left == 0:
			l.state, l.left = l.then, -1
		}
	}
}

// seen reports whether a version can be installed.
func (p *pkg) seen(version string) bool { return p.lives[version] == nil }

// seenTags returns the dist-tags that are on a version that is seen.
func (p *pkg) seenTags() map[string]string {
	tags := map[string]string{}
	for tag, version := range p.Tags {
		if p.seen(version) {
			tags[tag] = version
		}
	}
	return tags
}

// status answers where a version stands (npm's OpenAPI, getPackageVersionStatus).
func (s *Server) status(w http.ResponseWriter, r *http.Request, name, version string) {
	if _, ok := s.may(w, r, see, name); !ok {
		return
	}
	state, p := "", s.packages[name]
	for _, staged := range s.staged {
		if staged.Name == name && staged.Version == version {
			state = "staged"
		}
	}
	if p != nil && p.Versions[version] != nil {
		p.live()
		state = "published"
		if l := p.lives[version]; l != nil {
			state = l.state
		}
	}
	if state == "" {
		spoil.Fail(w, http.StatusNotFound, "package version not found")
		return
	}
	reply(w, http.StatusOK, map[string]any{"packageName": name, "version": version, "status": state})
}

// visibility answers whether everybody may read a package.
func (s *Server) visibility(w http.ResponseWriter, r *http.Request, name string) {
	p := s.packages[name]
	if p == nil || !s.mayRead(r, p) {
		spoil.Fail(w, http.StatusNotFound, "package not found")
		return
	}
	reply(w, http.StatusOK, map[string]any{"public": p.Access != "restricted"})
}
