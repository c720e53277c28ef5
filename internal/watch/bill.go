package watch

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxParts is how many packages of one bill are read: the largest lockfiles have
// some ten thousand.
const maxParts = 100_000

// A bill is what an install of a version brings, as far as that is known without
// installing it.
type bill struct {
	name, version string
	license       string // as its manifest states it
	known         bool   // by the SBOM of its evidence; else by its manifest

	parts  []part      // of the SBOM, those that an install brings
	ranges []wantRange // of the manifest, where there is no SBOM
	odd    []string    // names in the manifest that ask for no versions of the registry: nobody can tell about them
}

// A part is one package of a bill.
type part struct {
	name, version string
	licenses      []string
}

// A wantRange is one dependency of a manifest.
type wantRange struct {
	name, text string
	admits     npm.Range
}

// sbomParts reads the components of a CycloneDX document that an install brings:
// those whose scope is not excluded, which is what builds and tests the package.
func sbomParts(data []byte) ([]part, error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxEvidence})
	if err != nil {
		return nil, fmt.Errorf("the SBOM: %w", err)
	}
	if doc.Get("bomFormat").Text() != "CycloneDX" {
		return nil, fmt.Errorf("the SBOM is no CycloneDX document")
	}
	var parts []part
	for _, list := range []strict.Value{doc.Get("components"), doc.Get("metadata").Get("component").Get("components")} {
		if parts, err = components(list, parts, 0); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// maxNesting is how deep components of components are read.
const maxNesting = 8

func components(list strict.Value, parts []part, depth int) ([]part, error) {
	for c := range list.Elements() {
		if len(parts) >= maxParts || depth > maxNesting {
			return nil, fmt.Errorf("the SBOM has more than %d components, or they are nested more than %d times", maxParts, maxNesting)
		}
		if c.Get("scope").Text() == "excluded" {
			continue
		}
		var err error
		if parts, err = components(c.Get("components"), parts, depth+1); err != nil {
			return nil, err
		}
		name, version, bad := npm.ParsePURL(c.Get("purl").Text())
		if bad != nil || version == "" || npm.ValidName(name) != nil {
			continue // a file, a runtime
		}
		p := part{name: name, version: version}
		for l := range c.Get("licenses").Elements() {
			for _, v := range []strict.Value{l.Get("expression"), l.Get("license").Get("id"), l.Get("license").Get("name")} {
				if v.Exists() {
					p.licenses = append(p.licenses, v.Text())
				}
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// manifestRanges reads what a manifest of the registry asks for and an install
// brings. What is no range, such as an address, is told in left.
func manifestRanges(data []byte) (ranges []wantRange, left []string, err error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxEvidence})
	if err != nil {
		return nil, nil, fmt.Errorf("the manifest: %w", err)
	}
	optional := map[string]bool{}
	for _, field := range []string{"optionalDependencies", "dependencies"} {
		for name, spec := range doc.Get(field).Members() {
			if optional[name.Text()] { // npm: the entry of optionalDependencies counts
				continue
			}
			optional[name.Text()] = true
			real, text := name.Text(), spec.Text()
			if alias, ok := strings.CutPrefix(text, "npm:"); ok {
				at := strings.LastIndex(alias, "@")
				real, text = alias, "*"
				if at > 0 {
					real, text = alias[:at], alias[at+1:]
				}
			}
			r, err := npm.ParseRange(text)
			if err != nil || npm.ValidName(real) != nil || len(ranges) >= maxParts {
				left = append(left, name.Text())
				continue
			}
			ranges = append(ranges, wantRange{real, text, r})
		}
	}
	return ranges, left, nil
}
