package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// What may happen to a package that is there. Each method is one event, as the
// registry shows it afterwards, without a request.

// Release publishes a version and moves a dist-tag to it; empty: none.
func (s *Server) Release(name string, v Version, tag string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release(name, v, tag)
}

// Tag moves a dist-tag to a version, or removes it where that is empty.
func (s *Server) Tag(name, tag, version string) error {
	return s.change(name, version, func(p *pkg) error {
		p.tag(tag, version)
		return nil
	})
}

// Remove takes a version away with the dist-tags on it. Its time stays, as npm
// keeps it.
func (s *Server) Remove(name, version string) error {
	return s.change(name, version, func(p *pkg) error {
		p.remove(version)
		return nil
	})
}

// Withdraw takes the whole package away, as npm unpublish does.
func (s *Server) Withdraw(name string) error {
	return s.change(name, "", func(p *pkg) error {
		s.withdraw(p)
		return nil
	})
}

// Deprecate sets the message of a version; empty: it is not deprecated any more.
func (s *Server) Deprecate(name, version, message string) error {
	return s.change(name, version, func(p *pkg) error {
		p.Versions[version] = withDeprecation(p.Versions[version], message)
		return nil
	})
}

// Own sets who may publish.
func (s *Server) Own(name string, owners ...string) error {
	return s.change(name, "", func(p *pkg) error {
		p.own(owners)
		return nil
	})
}

// Amend changes the manifest of a version as the registry serves it: its license,
// its dist.integrity, its _npmUser. The tarball stays.
func (s *Server) Amend(name, version string, change func(manifest map[string]any)) error {
	return s.change(name, version, func(p *pkg) error {
		manifest := map[string]any{}
		if err := json.Unmarshal(p.served(version), &manifest); err != nil {
			return err
		}
		change(manifest)
		text, err := json.Marshal(manifest)
		p.Versions[version] = text
		delete(p.added, version)
		return err
	})
}

// Replace puts other bytes in the place of a version's tarball. told: the digests
// that the registry gives change with them.
func (s *Server) Replace(name, version string, tarball []byte, told bool) error {
	if told {
		err := s.Amend(name, version, func(m map[string]any) {
			dist, _ := m["dist"].(map[string]any)
			if dist == nil {
				dist = map[string]any{}
				m["dist"] = dist
			}
			maps.Copy(dist, distOf(name, version, tarball, s.URL))
		})
		if err != nil {
			return err
		}
	}
	return s.change(name, version, func(p *pkg) error {
		p.tarballs[version] = tarball
		return nil
	})
}

// Date sets what stands as the time of a version, which need not be one; empty:
// nothing.
func (s *Server) Date(name, version, text string) error {
	return s.change(name, "", func(p *pkg) error {
		if p.Time == nil {
			p.Time = map[string]string{}
		}
		if p.Time[version] = text; text == "" {
			delete(p.Time, version)
		}
		return nil
	})
}

// Count sets the downloads of a package, by day, and of its versions in the last
// week. Days after the last of them are not counted yet.
func (s *Server) Count(name string, days, lastWeek map[string]int64) error {
	return s.change(name, "", func(p *pkg) error {
		p.days, p.lastWeek = maps.Clone(days), maps.Clone(lastWeek)
		return nil
	})
}

// Wait stages a version, without a request, and returns the id.
func (s *Server) Wait(name string, w Waiting) (id string, err error) {
	err = s.change(name, "", func(*pkg) error {
		id = s.wait(name, w)
		return nil
	})
	return id, err
}

// change changes a package that is there, and of which a version is; empty: none
// is asked for.
func (s *Server) change(name, version string, how func(*pkg) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.packages[name]
	if p == nil || version != "" && p.Versions[version] == nil {
		return fmt.Errorf("there is no %s@%s", name, version)
	}
	return how(p)
}

// wait stages a version.
func (s *Server) wait(name string, w Waiting) (id string) {
	s.stages++
	by := Grant{Kind: "oidc", Package: name}
	if w.By != "" {
		by = Grant{Kind: "user", Name: w.By}
	}
	if w.Tarball == nil {
		w.Tarball, _ = packed(map[string]any{"name": name, "version": w.Version}) // texts
	}
	if w.Tag == "" {
		w.Tag = "latest"
	}
	st := &Staged{ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", s.stages, s.stages), Name: name, Version: w.Version, Tag: w.Tag,
		Access: "public", Tarball: w.Tarball, by: by, at: w.Time}
	manifest, _ := json.Marshal(map[string]any{"name": name, "version": w.Version, "dist": distOf(name, w.Version, w.Tarball, s.URL)})
	st.doc.Versions = map[string]json.RawMessage{w.Version: manifest}
	s.staged[st.ID] = st
	return st.ID
}

func (p *pkg) tag(tag, version string) {
	if p.Tags[tag] = version; version == "" {
		delete(p.Tags, tag)
	}
}

func (p *pkg) remove(version string) {
	delete(p.Versions, version)
	delete(p.tarballs, version)
	delete(p.attested, version)
	delete(p.added, version)
	maps.DeleteFunc(p.Tags, func(_, on string) bool { return on == version })
}

// withdraw leaves what npm keeps: the times, and which versions there were.
func (s *Server) withdraw(p *pkg) {
	versions := []string{}
	for version := range p.Versions {
		versions = append(versions, version)
	}
	for _, version := range versions {
		p.remove(version)
	}
	p.unpublished = map[string]any{"time": s.now().UTC().Format(time.RFC3339), "versions": versions}
}

func (p *pkg) own(names []string) {
	if names == nil {
		return
	}
	p.Maintainers = []map[string]string{}
	for _, name := range names {
		p.Maintainers = append(p.Maintainers, map[string]string{"name": name, "email": name + "@example.com"})
	}
}
