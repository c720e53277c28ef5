package script

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// alerts FILE OTHER demands that code scanning takes the results of two SARIF
// files for the same alerts: the same rules at the same fingerprints. With !,
// for other ones.
func alerts(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: alerts FILE OTHER")
	}
	before, after := alertsIn(ts, args[0]), alertsIn(ts, args[1])
	if maps.Equal(before, after) == neg {
		show := func(m map[string]string) string { return strings.Join(slices.Sorted(maps.Values(m)), "; ") }
		ts.Fatalf("%s has the alerts %s, %s has %s", args[0], show(before), args[1], show(after))
	}
}

// alertsIn returns the rule and first words of each result, by its fingerprint.
func alertsIn(ts *testscript.TestScript, file string) map[string]string {
	var doc struct {
		Runs []struct {
			Results []struct {
				RuleID              string
				PartialFingerprints struct{ PrimaryLocationLineHash string }
			}
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &doc))
	found := map[string]string{}
	for _, run := range doc.Runs {
		for _, r := range run.Results {
			found[r.PartialFingerprints.PrimaryLocationLineHash] = r.RuleID
		}
	}
	if len(found) == 0 {
		ts.Fatalf("%s has no results", file)
	}
	return found
}
