package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// A set holds names of what was found.
type set map[string]bool

func (s set) add(skip set, name, key string) {
	if !skip[name] {
		s[key] = true
	}
}

// without counts what is in s and not in other.
func (s set) without(other set) (n int) {
	for key := range s {
		if !other[key] {
			n++
		}
	}
	return n
}

func read(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func gzipReader(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }

// packaged returns name and name@version of a package URL of npm.
func packaged(purl string) (name, id string) {
	rest, found := strings.CutPrefix(purl, "pkg:npm/")
	if !found {
		return "", ""
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	at := strings.LastIndex(rest, "@")
	if at <= 0 {
		return "", ""
	}
	name, err := url.PathUnescape(rest[:at])
	version, err2 := url.PathUnescape(rest[at+1:])
	if err != nil || err2 != nil {
		return "", ""
	}
	return name, name + "@" + version
}

// cycloneDX reads the packages of an SBOM and the edges between them.
func cycloneDX(file string, skip set) (packages, edges set, err error) {
	type component struct {
		Ref        string `json:"bom-ref"`
		PURL       string
		Components []component
	}
	var bom struct {
		Components   []component
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	if err := read(file, &bom); err != nil {
		return nil, nil, err
	}
	packages, edges = set{}, set{}
	of := map[string]string{}
	var walk func([]component)
	walk = func(all []component) {
		for _, c := range all {
			if name, id := packaged(c.PURL); id != "" && !skip[name] {
				packages[id], of[c.Ref] = true, id
			}
			walk(c.Components)
		}
	}
	walk(bom.Components)
	for _, d := range bom.Dependencies {
		for _, to := range d.DependsOn {
			if of[d.Ref] != "" && of[to] != "" {
				edges[of[d.Ref]+" → "+of[to]] = true
			}
		}
	}
	return packages, edges, nil
}

// verdicts adds what our verdicts under a folder say by one rule.
func verdicts(dir string, skip, into set, rule string) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "verdict.json" {
			return err
		}
		var v struct {
			Findings []struct {
				Rule, Package, State, File string
				Line                       int
				IDs                        []string
			}
		}
		if err := read(file, &v); err != nil {
			return err
		}
		for _, f := range v.Findings {
			if f.Rule != rule {
				continue
			}
			name, id := packaged(f.Package)
			for _, advisory := range f.IDs {
				if strings.HasPrefix(advisory, "GHSA-") {
					into.add(skip, name, id+" "+advisory)
					break
				}
			}
		}
		return nil
	})
}

// installed maps the places of npm's lockfile to versions: node_modules/a of
// lockfiles 2 and 3, and the nested ones of lockfile 1.
func installed(lock string) (map[string]string, error) {
	type dependency struct {
		Version      string
		Dependencies map[string]json.RawMessage
	}
	var l struct {
		Packages     map[string]struct{ Version string }
		Dependencies map[string]json.RawMessage
	}
	if err := read(lock, &l); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for place, p := range l.Packages {
		all[place] = p.Version
	}
	var walk func(string, map[string]json.RawMessage) error
	walk = func(at string, deps map[string]json.RawMessage) error {
		for name, raw := range deps {
			var d dependency
			if err := json.Unmarshal(raw, &d); err != nil {
				return err
			}
			place := at + "node_modules/" + name
			all[place] = d.Version
			if err := walk(place+"/", d.Dependencies); err != nil {
				return err
			}
		}
		return nil
	}
	if len(l.Packages) > 0 {
		return all, nil
	}
	return all, walk("", l.Dependencies)
}
