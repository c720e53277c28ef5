package main

import (
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A judged is what of a verdict matters here.
type judged struct {
	Problem  string `json:"problem"`
	Findings []struct {
		Rule, Package string
		IDs           []string `json:"ids"`
		Paths         [][]string
	} `json:"findings"`
	Plan  []planStep `json:"plan"`
	Patch string     `json:"patch"`
}

// promises are the pairs of a copy and an advisory that the plan says it ends, and
// those of which it says that they are left.
func (v *judged) promises() (ended, told map[string]bool) {
	ended, told = map[string]bool{}, map[string]bool{}
	for _, s := range v.Plan {
		to := told
		if s.acts() {
			to = ended
		}
		for _, r := range s.Removes {
			for _, id := range r.IDs {
				to[r.Package+" "+id] = true
			}
		}
		for _, r := range s.Part {
			for _, id := range r.IDs {
				told[r.Package+" "+id] = true
			}
		}
	}
	return ended, told
}

// serves reports whether a consumer gets a copy that the plan said it ends: one who
// asks by a range that admits it is still found, and none of those that the plan
// said are left is in that range.
func (v *judged) serves(key string, told map[string]bool) bool {
	id, advisory, _ := strings.Cut(key, " ")
	at := strings.LastIndexByte(id, '@')
	admits := func(asked, version string) bool {
		rng, err := npm.ParseRange(asked)
		number, bad := npm.ParseVersion(version)
		return err == nil && bad == nil && rng.Contains(number, false)
	}
	for _, f := range v.Findings {
		if f.Rule != "vulnerable-dependency" || f.IDs[0] != advisory {
			continue
		}
		for _, path := range f.Paths {
			asked, of := strings.CutPrefix(path[len(path)-1], id[:at]+"@")
			known := false
			for key := range told {
				copy, about, _ := strings.Cut(key, " ")
				version, same := strings.CutPrefix(copy, id[:at]+"@")
				known = known || same && about == advisory && admits(asked, version)
			}
			if of && !known && admits(asked, id[at+1:]) {
				return true
			}
		}
	}
	return false
}

// advisories are the pairs of a copy and the advisory about it.
func (v *judged) advisories() map[string]bool {
	all := map[string]bool{}
	for _, f := range v.Findings {
		if f.Rule == "vulnerable-dependency" || f.Rule == "malware" {
			name, _ := url.PathUnescape(strings.TrimPrefix(f.Package, "pkg:npm/"))
			all[name+" "+f.IDs[0]] = true
		}
	}
	return all
}
