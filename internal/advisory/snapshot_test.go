package advisory

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSnapshot(t *testing.T) {
	info, err := SnapshotInfo()
	if err != nil {
		t.Fatal(err)
	}
	if !info.Partial || info.Records < 3000 || info.AsOf.Year() < 2026 || len(info.Sources) == 0 || len(snapshotData) > 2<<20 {
		t.Errorf("%+v in %d bytes", info, len(snapshotData))
	}
	matches, statuses, err := Look(t.Context(), []Source{Snapshot()}, graph("lodash@4.17.15", "minimist@0.0.8",
		"event-stream@3.3.6", "left-pad@1.3.0"), false)
	if err != nil || !statuses[0].Partial || statuses[0].Advisories != info.Records || !statuses[0].AsOf.Equal(info.AsOf) {
		t.Fatalf("%+v, %v", statuses, err)
	}
	got := map[string]bool{}
	for _, m := range matches {
		got[m.Package.Name+" "+m.Record.ID] = true
		if m.Record.Title != "" {
			t.Errorf("%s has a title: the snapshot holds no prose", m.Record.ID)
		}
	}
	for _, want := range []string{"lodash GHSA-35jh-r3h4-6jhm", "lodash GHSA-f23m-r3pf-42rh",
		"lodash GHSA-xxjr-mmjv-4gpg", "minimist " + CanaryID, "event-stream GHSA-mh6f-8j2x-4483"} {
		if !got[want] {
			t.Errorf("missing: %s", want)
		}
	}
	for have := range got {
		if strings.HasPrefix(have, "left-pad") || strings.HasSuffix(have, "GHSA-7fhm-mqm4-2wp7") ||
			strings.HasSuffix(have, "GHSA-8hc4-vh64-cxmj") && strings.HasPrefix(have, "lodash") {
			t.Errorf("reported, though unknown or withdrawn: %s", have)
		}
	}
}

// The snapshot's own facts are the archive's: the oracle's answers again, from
// the database. It knows more (newer advisories), and less only where GitHub
// itself has since narrowed an advisory: these two of lodash began at 0 until
// their revision of 2025-09-29, and begin at 4.0.0 and 4.7.0 since.
func TestSnapshotKnowsTheOracle(t *testing.T) {
	trees, err := filepath.Glob(filepath.Join(dataDir(t), "audit-oracle", "*", "package-lock.json"))
	if err != nil || len(trees) < 12 {
		t.Fatalf("only %d trees: %v", len(trees), err)
	}
	narrowed := map[string]bool{"GHSA-29mw-wpgm-hmr9": true, "GHSA-x5rq-j2xg-h7qm": true}
	records := oracleRecords(t)
	for _, lock := range trees {
		g := lockGraph(t, lock, false)
		want, _, err := Look(t.Context(), []Source{told{name: "bulk", records: records}}, g, true)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := Look(t.Context(), []Source{Snapshot()}, g, true)
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, m := range got {
			known[m.Package.Location+" "+m.Record.ID] = true
		}
		for _, m := range want {
			if old := narrowed[m.Record.ID] && m.Package.Version < "4"; !old && !known[m.Package.Location+" "+m.Record.ID] {
				t.Errorf("%s: the snapshot misses %s at %s", filepath.Base(filepath.Dir(lock)), m.Record.ID, m.Package.Location)
			}
		}
	}
}
