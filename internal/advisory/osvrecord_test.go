package advisory

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/strict"
)

func TestParseOSV(t *testing.T) {
	records, err := parse(t, `{"id":"GHSA-a","modified":"2024-01-02T00:00:00Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-1","GHSA-a"],
		"summary":"a title","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:L"}],
		"database_specific":{"severity":"HIGH","cwe_ids":["CWE-79"]},
		"affected":[
		 {"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]},
		 {"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"2.1.0"}]}],
		  "versions":["3.0.0","3.0.0"]},
		 {"package":{"ecosystem":"PyPI","name":"x"},"versions":["9.0.0"]},
		 {"package":{"ecosystem":"npm","name":"@s/y"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],
		  "database_specific":{"last_known_affected_version_range":"<= 1.5.0"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	x := Record{ID: "GHSA-a", Aliases: []string{"CVE-1"}, Package: "x", Severity: finding.High,
		Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:L",
		Title:  "a title", Published: "2024-01-01T00:00:00Z", Modified: "2024-01-02T00:00:00Z",
		Ranges: []Range{{Introduced: "0", Fixed: "1.0.0"}, {Introduced: "2.0.0", Fixed: "2.1.0"}}, Versions: []string{"3.0.0"}}
	y := x
	y.Package, y.Instead, y.Ranges, y.Versions = "@s/y", "x", []Range{{Introduced: "0", LastAffected: "1.5.0"}}, nil
	if want := []Record{x, y}; !reflect.DeepEqual(records, want) {
		t.Errorf("got  %+v\nwant %+v", records, want)
	}
}

func TestParseOSVRating(t *testing.T) {
	const v3, v4, v2 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", "AV:N/AC:L/Au:N/C:P/I:N/A:N"
	pkg := `"affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]`
	for _, row := range []struct {
		name, text string
		severity   finding.Severity
		vector     string
		kind       Kind
	}{
		{"word before vector", `{"id":"A","database_specific":{"severity":"LOW"},"severity":[{"score":"` + v3 + `"}],` +
			pkg + `}`, finding.Low, v3, Vulnerability},
		{"moderate", `{"id":"A","database_specific":{"severity":"MODERATE"},` + pkg + `}`, finding.Moderate, "", Vulnerability},
		{"vector 3", `{"id":"A","severity":[{"score":"` + v4 + `"},{"score":"` + v3 + `"}],` + pkg + `}`, finding.Critical, v3, Vulnerability},
		{"vector 4 only", `{"id":"A","severity":[{"score":"` + v4 + `"}],` + pkg + `}`, finding.Moderate, v4, Vulnerability},
		{"vector 2 only", `{"id":"A","severity":[{"score":"` + v2 + `"}],` + pkg + `}`, finding.Moderate, v2, Vulnerability},
		{"bad vector", `{"id":"A","severity":[{"score":"CVSS:3.1/AV:?"}],` + pkg + `}`, finding.Unknown, "CVSS:3.1/AV:?", Vulnerability},
		{"bad vector, then a good one", `{"id":"A","severity":[{"score":"CVSS:3.1/AV:?"},{"score":"` + v4 + `"}],` + pkg +
			`}`, finding.Moderate, v4, Vulnerability},
		{"nothing", `{"id":"A",` + pkg + `}`, finding.Unknown, "", Vulnerability},
		{"unknown word", `{"id":"A","database_specific":{"severity":"SERIOUS"},` + pkg + `}`, finding.Unknown, "", Vulnerability},
		{"per package",
			`{"id":"A","severity":[{"score":"` + v4 + `"}],"affected":[{"package":{"ecosystem":"npm","name":"x"},` +
				`"severity":[{"score":"` + v3 + `"}]}]}`, finding.Critical, v3, Vulnerability},
		{"malware by id", `{"id":"MAL-2025-1",` + pkg + `}`, finding.Critical, "", Malware},
		{"malware by alias", `{"id":"GHSA-a","aliases":["MAL-2025-1"],"database_specific":{"severity":"HIGH"},` + pkg + `}`,
			finding.High, "", Malware},
		{"malware by weakness", `{"id":"GHSA-a","database_specific":{"cwe_ids":["CWE-506"]},` + pkg + `}`, finding.Critical, "", Malware},
		{"malware by its package's weakness",
			`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"database_specific":{"cwes":[{"cweId":"CWE-506"}]}}]}`,
			finding.Critical, "", Malware},
		{"malware by GitHub's early title", `{"id":"A","summary":"Malicious Package in x",` + pkg + `}`, finding.Critical, "", Malware},
		{"no malware", `{"id":"A","summary":"Malicious input crashes x","database_specific":{"severity":"HIGH"},` + pkg + `}`,
			finding.High, "", Vulnerability},
	} {
		records, err := parse(t, row.text)
		if err != nil || len(records) != 1 {
			t.Errorf("%s: %v, %v", row.name, records, err)
			continue
		}
		if r := records[0]; r.Severity != row.severity || r.Vector != row.vector || r.Kind != row.kind {
			t.Errorf("%s: got %v %q %v", row.name, r.Severity, r.Vector, r.Kind)
		}
	}
}

func TestParseOSVWithoutFacts(t *testing.T) {
	for _, affects := range []string{
		`{"package":{"ecosystem":"npm","name":"x"}}`,
		`{"package":{"ecosystem":"npm","name":"x"},"ranges":[],"versions":[]}`,
		`{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"GIT","events":[{"introduced":"0"},{"fixed":"deadbeef"}]}]}`,
		`{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[]}]}`,
	} {
		records, err := parse(t, `{"id":"A","affected":[`+affects+`]}`)
		if err != nil || len(records) != 1 || !affected(t, &records[0], "7.0.0") {
			t.Errorf("%s: %v, %v: want every version affected", affects, records, err)
		}
	}
	records, err := parse(t, `{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"],`+
		`"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]}`)
	if err != nil || !affected(t, &records[0], "1.0.0") || affected(t, &records[0], "2.0.0") {
		t.Errorf("commits beside versions: %+v, %v", records, err)
	}
	records, err = parse(t, `{"id":"A","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"}}]}`)
	if err != nil || len(records) != 1 || !records[0].Withdrawn {
		t.Errorf("withdrawn: %v, %v", records, err)
	}
}

func TestParseOSVRefuses(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"affected":[]}`, `{"id":""}`, `{"id":1,"affected":[]}`, `{"id":"A","affected":{}}`, `{"id":"A","affected":"x"}`,
		`{"id":"A","affected":[1]}`, `{"id":"A","affected":[{"package":{"ecosystem":"npm"}}]}`,
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":[1]}]}`,
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER"}]}]}`,
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[1]}]}]}`,
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"fixed":1}]}]}]}`,
		`{"id":"` + strings.Repeat("a", 200) + `"}`,
	} {
		if records, err := parse(t, text); err == nil {
			t.Errorf("%s: got %v, want an error", text, records)
		}
	}
}

func TestVectorSeverity(t *testing.T) {
	for vector, want := range map[string]finding.Severity{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                    finding.Critical, // 9.8
		"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N":                    finding.Moderate, // 6.1
		"CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:H":                    finding.Critical, // 9.0 exactly
		"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:N":                    finding.High,     // 8.7
		"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L":                    finding.Low,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N":                    finding.Info,
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H": finding.Critical,
		"AV:N/AC:L/Au:N/C:C/I:C/A:C":                                      finding.Critical,
		"":                                                                finding.Unknown,
		"CVSS:3.1/AV:N":                                                   finding.Unknown,
		"CVSS:5.0/AV:N/AC:L":                                              finding.Unknown,
		"9.8":                                                             finding.Unknown,
	} {
		if got := VectorSeverity(vector); got != want {
			t.Errorf("%q: got %v, want %v", vector, got, want)
		}
	}
}

// testNow is when the tests run, as the advisories see it.
var testNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A withdrawal counts from its date on, and only where it has one.
func TestWithdrawn(t *testing.T) {
	for value, want := range map[string]bool{
		`"2024-01-01T00:00:00Z"`: true, `"2024-01-01T00:00:00.123+02:00"`: true, `"2026-01-02T03:04:05Z"`: true,
		`"2026-01-02T03:04:06Z"`: false, `"2099-01-01T00:00:00Z"`: false, `"garbage"`: false, `"2024-01-01"`: false, `""`: false, `"true"`: false,
		`true`: false, `1704067200`: false, `{"a":1}`: false, `["2024-01-01T00:00:00Z"]`: false, `null`: false, `false`: false,
	} {
		records, err := parse(t, `{"id":"A","withdrawn":`+value+`,"affected":[{"package":{"ecosystem":"npm","name":"x"}}]}`)
		if err != nil || len(records) != 1 || records[0].Withdrawn != want {
			t.Errorf("%s: %v, %v, want %v", value, records, err, want)
		}
	}
}

// The ecosystem is npm's however it is spelled, and no kind of range is passed over.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]int{
		`"npm"`: 1, `"NPM"`: 1, `"Npm"`: 1, `"npm:11"`: 1, `"PyPI"`: 0, `"npmish"`: 0, `"GIT"`: 0, `null`: 0,
	} {
		records, err := parse(t, `{"id":"A","affected":[{"package":{"ecosystem":`+text+`,"name":"x"}}]}`)
		if err != nil || len(records) != want {
			t.Errorf("%s: %v, %v, want %d", text, records, err, want)
		}
	}
	for kind, ok := range map[string]bool{"SEMVER": true, "ECOSYSTEM": true, "GIT": true, "semver": false, "": false, "NPM": false} {
		_, err := parse(t,
			`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"],"ranges":[{"type":"`+kind+
				`","events":[{"introduced":"0"}]}]}]}`)
		if (err == nil) != ok {
			t.Errorf("a range of the type %q: %v", kind, err)
		}
	}
}

func FuzzParseOSV(f *testing.F) {
	f.Add(`{"id":"GHSA-a","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER",` +
		`"events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]}]}`)
	f.Add(`{"id":"MAL-1","withdrawn":"x","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0"]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := strict.Parse([]byte(text))
		if err != nil {
			return
		}
		records, err := ParseOSV(doc, testNow, nil)
		if err != nil {
			return
		}
		for i := range records {
			r := &records[i]
			if r.ID == "" || r.Package == "" || len(r.Ranges)+len(r.Versions) == 0 && !strings.Contains(text, "events") &&
				!strings.Contains(text, "limit") {
				t.Errorf("%+v", r)
			}
			back, err := decodeRecords(r.Package, string(appendRecord(nil, r)))
			if err != nil || len(back) != 1 || back[0].ID != r.ID || len(back[0].Ranges) != len(r.Ranges) ||
				len(back[0].Versions) != len(r.Versions) {
				t.Errorf("%+v reads back as %+v, %v", r, back, err)
			}
		}
	})
}
