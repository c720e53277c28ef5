package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gaterules "github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/written"
)

// owners are the policies that this gate was made for, and how many lines of each
// ask for something.
var owners = []struct {
	name    string
	demands int
}{{"bizai", 160}, {"integration-gateway", 107}}

// ownersFiles are the files of such a policy, by the names that users give them.
var ownersFiles = map[string]string{"SECURITY-POLICY.md": "SECURITY-POLICY.md", "publishgate.yml": ".publishgate.yml",
	"publishgate.lines": ".publishgate.lines"}

// ownersFolder writes the files of a policy as a user has them.
func ownersFolder(t *testing.T, owner string) string {
	t.Helper()
	dir := t.TempDir()
	for stored, name := range ownersFiles {
		data, err := os.ReadFile(filepath.Join("internal/starter/policies", owner, stored))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOwnersPolicies holds the prose of both against their policy files: every
// line is a demand and has an answer that stands, and what answers how many is in
// testdata/policylines/counts.txt.
func TestOwnersPolicies(t *testing.T) {
	var counts strings.Builder
	all := 0
	for _, o := range owners {
		dir := ownersFolder(t, o.name)
		found, err := gaterules.Covered(context.Background(), gaterules.Where{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		c := found.Coverage
		if !c.Whole() || len(c.Gone) > 0 {
			t.Errorf("%s: %d lines uncovered, %d unenforced, %d answers too many", o.name, c.Count(written.Uncovered),
				c.Count(written.Unenforced), len(c.Gone))
		}
		if c.Demands() != o.demands || len(c.Rows) != o.demands {
			t.Errorf("%s: %d lines, of which %d ask for something; want %d and all", o.name, len(c.Rows), c.Demands(), o.demands)
		}
		all += c.Demands()
		fmt.Fprintf(&counts, "%s: %d lines\n", o.name, c.Demands())
		alone := 0
		for _, class := range written.Classes {
			if n := c.Count(class); n > 0 {
				fmt.Fprintf(&counts, "  %-14s %3d\n", class, n)
			}
		}
		seen := map[string]int{}
		for i := range c.Rows {
			r := &c.Rows[i]
			if before := seen[r.Text]; before > 0 {
				t.Errorf("%s: lines %d and %d are the same", o.name, before, r.Line)
			}
			seen[r.Text] = r.Line
			if r.Class == written.Enforced && !slices.ContainsFunc(r.Targets, byPeople) {
				alone++
			}
		}
		fmt.Fprintf(&counts, "  of the enforced %d by a machine alone, the others with a review or a control beside it\n", alone)

		// Drafting again changes nothing: numbers and digests are those of the prose.
		lines, err := os.ReadFile(filepath.Join(dir, ".publishgate.lines"))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := gaterules.DraftLines(context.Background(), gaterules.Where{Dir: dir}, ""); err != nil || !bytes.Equal(again, lines) {
			t.Errorf("%s: policy lines drafts another file than the one there is, %v", o.name, err)
		}
	}
	if all != 267 {
		t.Errorf("%d lines, want 267", all)
	}
	golden(t, "testdata/policylines/counts.txt", counts.String())
}

// byPeople reports whether what answers a line is done by people.
func byPeople(target string) bool {
	return strings.HasPrefix(target, "review:") || strings.HasPrefix(target, "control:")
}

// TestOwnersPoliciesBreak takes out of each policy what answers one line, in
// three ways, and expects the coverage to say so.
func TestOwnersPoliciesBreak(t *testing.T) {
	for _, c := range []struct {
		what, owner, file, old, new string
		want                        written.Class
	}{
		{"an answer", "bizai", ".publishgate.lines", " => publish.access\n", " ??\n", written.Uncovered},
		{"a key", "bizai", ".publishgate.yml", "  access: restricted\n", "", written.Unenforced},
		{"a key's value", "bizai", ".publishgate.yml", "require-2fa: true", "require-2fa: false", written.Unenforced},
		{"a review", "integration-gateway", ".publishgate.yml", "  training: {every: 365d, by: security team}\n", "", written.Unenforced},
		{"a line of the prose is changed", "integration-gateway", "SECURITY-POLICY.md", "within 48 hours", "within 96 hours",
			written.Uncovered},
	} {
		dir := ownersFolder(t, c.owner)
		file := filepath.Join(dir, c.file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), c.old) {
			t.Errorf("%s: %s does not hold %q", c.what, c.file, c.old)
			continue
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), c.old, c.new)), 0o644); err != nil {
			t.Fatal(err)
		}
		found, err := gaterules.Covered(context.Background(), gaterules.Where{Dir: dir})
		if err != nil || found.Coverage.Whole() || found.Coverage.Count(c.want) == 0 {
			t.Errorf("without %s: %v, no line is %s", c.what, err, c.want)
		}
	}
}
