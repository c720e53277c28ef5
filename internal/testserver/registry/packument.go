package registry

import (
	"encoding/json"
	"fmt"
)

// Have puts a package there as its document says: name, dist-tags, versions
// and time, in the place of what was there. A version needs no more than what it
// declares: name, version and dist are added, but for what dist says of its size. Its tarballs are empty.
func (s *Server) Have(packument []byte) error {
	var doc struct {
		Name     string
		Tags     map[string]string `json:"dist-tags"`
		Versions map[string]map[string]any
		Time     map[string]string

		Maintainers []map[string]string
	}
	if err := json.Unmarshal(packument, &doc); err != nil {
		return err
	}
	if doc.Name == "" || len(doc.Versions) == 0 {
		return fmt.Errorf("no package: %.60s", packument)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.packages, doc.Name)
	for version, manifest := range doc.Versions {
		dist := distOf(doc.Name, version, nil, s.URL)
		if told, _ := manifest["dist"].(map[string]any); told["fileCount"] != nil {
			dist["fileCount"], dist["unpackedSize"] = told["fileCount"], told["unpackedSize"]
		}
		manifest["name"], manifest["version"], manifest["dist"] = doc.Name, version, dist
		text, err := json.Marshal(manifest)
		if err != nil {
			return err
		}
		s.store(doc.Name, version, "old", "", nil, text)
	}
	p := s.packages[doc.Name]
	delete(p.Tags, "old")
	for tag, version := range doc.Tags {
		p.Tags[tag] = version
	}
	p.Time, p.Maintainers = doc.Time, doc.Maintainers
	return nil
}
