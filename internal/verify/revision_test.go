package verify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
)

const sourceStatement = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"gitCommit":"COMMIT"},` +
	`"annotations":{"source_refs":["refs/heads/main","refs/tags/v1"]}}],"predicateType":"https://slsa.dev/verification_summary/v1",` +
	`"predicate":{"verifier":{"id":"https://v.example"},"resourceUri":"git+https://github.com/acme/widget","verificationResult":"PASSED",` +
	`"verifiedLevels":["SLSA_SOURCE_LEVEL_3","ORG_SOURCE_TESTED"]}}`

// TestRevision changes a source VSA in each way that must not count, and switches
// the question that finds it off.
func TestRevision(t *testing.T) {
	f := newForge(t, "acme")
	roots := []*Root{{f}}
	commit := strings.Repeat("0123456789", 4)
	good := strings.Replace(sourceStatement, "COMMIT", commit, 1)
	wanted := Revision{Commit: commit, Repository: "https://github.com/acme/widget", Level: 3, Ref: "refs/heads/main",
		Verifier: "https://v.example"}
	signed := func(text string) *Bundle {
		b, err := ParseBundle(f.bundle(t, piece{who: full, statement: []byte(text)}))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for i, c := range []struct{ from, to, fails string }{
		{"", "", ""},
		{"LEVEL_3", "LEVEL_4", ""},
		{"gitCommit", "sha1", ""},
		{`"gitCommit":"` + commit, `"sha1":"` + commit + `","gitCommit":"` + strings.ToUpper(commit), ""},
		{"source_refs", "source_branches", ""},
		{"git+https://github.com/acme/widget", "https://github.com/acme/widget.git", ""},
		{"git+https://github.com/acme/widget", "git+https://github.com/acme/widget/", ""},
		{`["SLSA_SOURCE_LEVEL_3",`, `["SLSA_SOURCE_LEVEL_1","SLSA_SOURCE_LEVEL_3",`, ""},
		{commit, strings.Repeat("f", 40), "source-commit"},
		{commit, commit[:12], "source-commit"},
		{"gitCommit", "sha256", "source-commit"},
		{`"gitCommit":`, `"sha1":"` + strings.Repeat("f", 40) + `","gitCommit":`, "source-commit"},
		{`[{"digest"`, `[{"digest":{"gitCommit":"` + commit + `"}},{"digest"`, "source-commit"},
		{"acme/widget", "acme/widget2", "source-repository"},
		{"git+https://github.com/acme/widget", "git+https://github.com.evil.example/acme/widget", "source-repository"},
		{"git+https://github.com/acme/widget", "", "source-repository"},
		{"git+https", "git+http", "source-repository"},
		{`"refs/heads/main",`, "", "source-ref"},
		{`["refs/heads/main","refs/tags/v1"]`, `"refs/heads/main"`, "source-ref"},
		{"https://v.example", "https://w.example", "source-verifier"},
		{"https://v.example", "", "source-verifier"},
		{"PASSED", "FAILED", "source-result"},
		{"PASSED", "passed", "source-result"},
		{"LEVEL_3", "LEVEL_2", "source-level"},
		{"LEVEL_3", "LEVEL_30", "source-level"},
		{"SOURCE_LEVEL_3", "BUILD_LEVEL_3", "source-level"},
		{`["SLSA_SOURCE_LEVEL_3","ORG_SOURCE_TESTED"]`, `"SLSA_SOURCE_LEVEL_3"`, "source-level"},
		{`["SLSA_SOURCE_LEVEL_3","ORG_SOURCE_TESTED"]`, `{"SLSA_SOURCE_LEVEL_3":true}`, "source-level"},
		{attest.Summary, "https://slsa.dev/provenance/v1", "bundle"},
	} {
		b := signed(strings.Replace(good, c.from, c.to, 1))
		failed := ""
		for _, k := range wanted.Verify("vsa", []*Bundle{b}, full, roots...) {
			if k.State != Verified && failed == "" {
				failed = k.Name
			}
		}
		if failed != c.fails {
			t.Errorf("%d: %q for %q: %q fails, expected %q", i, c.to, c.from, failed, c.fails)
		}
		if strings.HasPrefix(c.fails, "source-") {
			all := revisionSteps
			revisionSteps = slices.DeleteFunc(slices.Clone(all), func(s revisionStep) bool { return s.name == c.fails })
			if err := Err(wanted.Verify("vsa", []*Bundle{b}, full, roots...)); err != nil {
				t.Errorf("%d: %q for %q fails without %s too: %v", i, c.to, c.from, c.fails, err)
			}
			revisionSteps = all
		}
	}
	if err := Err((Revision{Level: 3}).Verify("vsa", []*Bundle{signed(good)}, full, roots...)); err == nil {
		t.Error("a summary verifies of no commit at all")
	}
	if err := Err((Revision{Commit: commit, Repository: wanted.Repository}).Verify("vsa", []*Bundle{signed(good)}, full,
		roots...)); err == nil {
		t.Error("a summary verifies at no level")
	}

	another := full
	another.SAN += "2"
	other := func(text string) string { return strings.Replace(text, "refs/heads/main", "refs/heads/other", 1) }
	late, err := ParseBundle(f.bundle(t, piece{who: full, statement: []byte(good), from: time.Now().Add(-2 * time.Hour),
		to: time.Now().Add(-time.Hour)}))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bundles []*Bundle
		who     Identity
		roots   []*Root
		fails   string
	}{
		"another identity":   {[]*Bundle{signed(good)}, another, roots, "identity"},
		"another root":       {[]*Bundle{signed(good)}, full, []*Root{{newForge(t, "acme")}}, "root"},
		"no root":            {[]*Bundle{signed(good)}, full, nil, "root"},
		"an expired one":     {[]*Bundle{late}, full, roots, "certificate"},
		"one of two failed":  {[]*Bundle{signed(good), signed(strings.Replace(good, "PASSED", "FAILED", 1))}, full, roots, "source-result"},
		"one of two is low":  {[]*Bundle{signed(strings.Replace(good, "LEVEL_3", "LEVEL_1", 1)), signed(good)}, full, roots, "source-level"},
		"one of two is else": {[]*Bundle{signed(good), signed(strings.Replace(good, commit, commit[1:]+"0", 1))}, full, roots, "source-commit"},
		"both elsewhere":     {[]*Bundle{signed(other(good)), signed(other(good))}, full, roots, "source-ref"},
		"very many":          {slices.Repeat([]*Bundle{signed(good)}, maxSummaries+1), full, roots, "bundle"},
		"none":               {nil, full, roots, "bundle"},
		"nobody is expected": {[]*Bundle{signed(good)}, Identity{}, roots, "signer"},
	} {
		err := Err(wanted.Verify("vsa", c.bundles, c.who, c.roots...))
		if err == nil || !strings.HasPrefix(err.Error(), c.fails+":") {
			t.Errorf("%s: %v, expected %q to fail", name, err, c.fails)
		}
	}
	if got := fmt.Sprint(Worst(wanted.Verify("vsa", []*Bundle{signed(good), signed(strings.Replace(good, attest.Summary,
		"https://slsa.dev/provenance/v1", 1))}, full, roots...))); got != string(Verified) {
		t.Errorf("beside a provenance: %s", got)
	}
	if err := Err(wanted.Verify("vsa", []*Bundle{signed(other(good)), signed(good)}, full, roots...)); err != nil {
		t.Errorf("of a tag and of its branch: %v", err)
	}
}
