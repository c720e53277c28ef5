// Package beside makes for the tools that publishgate is measured beside what they read.
package beside

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strings"
)

// A Record is what a peer's database is made of: the part of an OSV record that
// says which versions are affected.
type Record struct {
	ID, Summary, Withdrawn string
	Affected               []struct {
		Package  struct{ Ecosystem, Name string }
		Versions []string
		Ranges   []struct {
			Type   string
			Events []map[string]string
		}
		Specific struct {
			Last string `json:"last_known_affected_version_range"`
		} `json:"database_specific"`
	}
	Specific struct{ Severity string } `json:"database_specific"`
	Text     []byte                    // of the whole record
}

// ReadRecords reads OSV records, one a line, but for those that were withdrawn.
func ReadRecords(file string) ([]Record, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var all []Record
	lines := bufio.NewScanner(packed)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r := Record{Text: slices.Clone(lines.Bytes())}
		if err := json.Unmarshal(r.Text, &r); err != nil {
			return nil, err
		}
		if r.Withdrawn == "" {
			all = append(all, r)
		}
	}
	return all, lines.Err()
}

// Ranges returns the affected versions of one package as npm writes ranges, one
// for each interval.
func (r Record) Ranges(name string) []string {
	var all []string
	for _, a := range r.Affected {
		if a.Package.Name != name || a.Package.Ecosystem != "npm" {
			continue
		}
		for _, v := range a.Versions {
			all = append(all, "="+v)
		}
		for _, ranged := range a.Ranges {
			if ranged.Type == "GIT" {
				continue
			}
			from, open := "", false
			for _, e := range ranged.Events {
				switch {
				case e["introduced"] != "":
					from, open = ">="+e["introduced"], true
					if e["introduced"] == "0" {
						from = ">=0.0.0-0"
					}
				case e["fixed"] != "":
					all, open = append(all, from+" <"+e["fixed"]), false
				case e["last_affected"] != "":
					all, open = append(all, from+" <="+e["last_affected"]), false
				}
			}
			if last := strings.ReplaceAll(a.Specific.Last, " ", ""); open && last != "" {
				all = append(all, from+" "+last)
			} else if open {
				all = append(all, from)
			}
		}
	}
	return all
}

// Names returns the packages of a record.
func (r Record) Names() []string {
	var all []string
	for _, a := range r.Affected {
		if a.Package.Ecosystem == "npm" && !slices.Contains(all, a.Package.Name) {
			all = append(all, a.Package.Name)
		}
	}
	return all
}
