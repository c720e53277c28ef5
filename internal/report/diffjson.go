package report

import (
	"github.com/publishgate/publishgate/internal/release"
)

// The complete changes since the last release, in verdict.json.
type (
	jsonDiff struct {
		From         jsonSide         `json:"from"`
		To           jsonSide         `json:"to"`
		Files        jsonFileChanges  `json:"files"`
		Dependencies jsonDependencies `json:"dependencies"`
		Scripts      []jsonScript     `json:"scripts"`
		Bin          jsonNames        `json:"bin"`
		Exports      jsonNames        `json:"exports"`
		Unsealed     bool             `json:"exports_gone"`
		Hosts        jsonNames        `json:"hosts"`
		Env          jsonNames        `json:"env"`
		Native       jsonNames        `json:"native"`
	}
	jsonSide struct {
		Version    string `json:"version"`
		File       string `json:"file"`
		Packed     int64  `json:"packed"`
		Unpacked   int64  `json:"unpacked"`
		Files      int    `json:"files"`
		License    string `json:"license"`
		Provenance string `json:"provenance"`
	}
	jsonFileChanges struct {
		Added   []string `json:"added"`
		Removed []string `json:"removed"`
		Changed []string `json:"changed"`
		Grown   []string `json:"grown"`
	}
	jsonDependencies struct {
		Added   []jsonDependency `json:"added"`
		Removed []jsonDependency `json:"removed"`
	}
	jsonDependency struct {
		Name  string `json:"name"`
		Asked string `json:"asked"`
		Kind  string `json:"kind"`
		First string `json:"first_published"`
	}
	jsonScript struct {
		Name  string   `json:"name"`
		Was   string   `json:"was"`
		Now   string   `json:"now"`
		Files []string `json:"changed_files"`
	}
	jsonNames struct {
		Added   []string `json:"added"`
		Removed []string `json:"removed"`
	}
)

func diffJSON(d *release.Diff) *jsonDiff {
	if d == nil {
		return nil
	}
	out := &jsonDiff{
		From: sideJSON(d.From), To: sideJSON(d.To),
		Files:        jsonFileChanges{filePaths(d.Added), filePaths(d.Removed), filePaths(d.Changed), filePaths(d.Grown)},
		Dependencies: jsonDependencies{dependenciesJSON(d.Dependencies.Added), dependenciesJSON(d.Dependencies.Removed)},
		Scripts:      []jsonScript{},
		Bin:          namesJSON(d.Bins.Added, d.Bins.Removed),
		Exports:      namesJSON(d.Exports.Added, d.Exports.Removed),
		Unsealed:     d.Unsealed,
		Hosts:        namesJSON(mentionNames(d.Hosts), d.Hosts.Removed),
		Env:          namesJSON(mentionNames(d.Env), d.Env.Removed),
		Native:       namesJSON(mentionNames(d.Native), d.Native.Removed),
	}
	for _, s := range d.Scripts {
		out.Scripts = append(out.Scripts, jsonScript{s.Name, s.Was, s.Now, append([]string{}, s.Files...)})
	}
	return out
}

func sideJSON(s release.Side) jsonSide {
	return jsonSide{s.Version, s.File, s.Packed, s.Unpacked, s.Files, s.License, s.Provenance.String()}
}

func namesJSON(added, removed []string) jsonNames {
	return jsonNames{append([]string{}, added...), append([]string{}, removed...)}
}

func dependenciesJSON(list []release.Dependency) []jsonDependency {
	out := make([]jsonDependency, 0, len(list))
	for _, dep := range list {
		out = append(out, jsonDependency{dep.Name, dep.Asked, dep.Kind, stamp(dep.First)})
	}
	return out
}
