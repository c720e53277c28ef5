package verify

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
)

// sentSummary is the predicate of a summary that says how the package would be
// published.
func sentSummary(at time.Time, tag string) string {
	return fmt.Sprintf(`{"verifier":{"id":%q},"timeVerified":%q,"verificationResult":"PASSED","policy":{"digest":{"sha256":%q}},`+
		`%q:{"verdict":{"digest":{"sha256":%q}},"commit":"0123","publish":{"registry":"https://r.example/","tag":%q,"access":"restricted"}}}`,
		attest.Verifier, at.UTC().Format(time.RFC3339), itsDigest, attest.Extension, sha256Hex([]byte("{}")), tag)
}

// waiting is the stage that fits the summary.
func waiting() *Stage {
	sum := sha1.Sum(tarball.Bytes)
	return &Stage{Name: "demo", Version: "1.0.0", PURL: purl,
		Registry: "https://r.example/", Tag: "next", Access: "private", Shasum: hex.EncodeToString(sum[:]),
		Tarball: tarball.Bytes}
}

// TestEachStageCheckIsNeeded switches each check of a staged version off.
func TestEachStageCheckIsNeeded(t *testing.T) {
	f, now := newForge(t, "acme"), time.Now()
	stored := Stored{Bundles: [][]byte{f.bundle(t, piece{who: full,
		statement: statementOf(tarball, attest.Summary, sentSummary(now, "next"))})}}
	_, j := waiting().VerifyStored(stored, "", &full, Summary{Now: now}, &Root{f})
	ask := func(s *Stage, list []stageStep) []Check {
		checks, _ := s.against(nil, []Judgement{j}, answer{}, "", list)
		return checks
	}
	if checks := ask(waiting(), stageSteps); Worst(checks) != Verified || len(checks) != len(stageSteps) {
		t.Fatalf("%+v", checks)
	}
	changes := map[string]func(*Stage){
		"package": func(s *Stage) { s.PURL = "pkg:npm/demo2@1.0.0" },
		"bytes": func(s *Stage) {
			s.Tarball = append(slices.Clone(s.Tarball), 0)
			sum := sha1.Sum(s.Tarball)
			s.Shasum = hex.EncodeToString(sum[:])
		},
		"shasum":    func(s *Stage) { s.Shasum = strings.Repeat("0", 40) },
		"integrity": func(s *Stage) { s.Integrity = "sha512-AAAA" },
		"registry":  func(s *Stage) { s.Registry = "https://r.example/npm/" },
		"tag":       func(s *Stage) { s.Tag = "latest" },
		"access":    func(s *Stage) { s.Access = "public" },
	}
	for _, step := range stageSteps {
		s := waiting()
		change, ok := changes[step.name]
		if !ok {
			t.Errorf("nothing is refused by %s alone", step.name)
			continue
		}
		change(s)
		if got := failing(ask(s, stageSteps)); !slices.Equal(got, []string{step.name}) {
			t.Errorf("%s: %v refuse it", step.name, got)
		}
		rest := slices.DeleteFunc(slices.Clone(stageSteps), func(other stageStep) bool { return other.name == step.name })
		if checks := ask(s, rest); Worst(checks) != Verified {
			t.Errorf("without %s: %+v", step.name, checks)
		}
	}
}

// TestStageStored: only a summary of these very bytes that verifies is a verdict.
func TestStageStored(t *testing.T) {
	f, other, now := newForge(t, "acme"), newForge(t, "acme"), time.Now()
	said := func(of *forge, p piece, a Artifact, predicate string) []byte {
		p.statement = statementOf(a, attest.Summary, predicate)
		return of.bundle(t, p)
	}
	stranger := full
	stranger.Repository, stranger.Workflow = "https://github.com/acme/fork", ""
	good := said(f, piece{who: full}, tarball, sentSummary(now, "next"))
	public := func(tags map[string]string) func(*Stage) {
		return func(s *Stage) {
			s.Public, s.Tag, s.Tags, s.Later = true, "", tags, func(v string) bool { return v > "1.0.0" }
		}
	}
	for name, c := range map[string]struct {
		stored Stored
		stage  func(*Stage)
		tag    string
		want   State
		check  string // that is not verified
	}{
		"whole":     {Stored{Bundles: [][]byte{good}}, nil, "", Verified, ""},
		"none":      {Stored{}, nil, "", Failed, "signed-verdict"},
		"not asked": {Stored{Unread: errors.New("503")}, nil, "", Unknown, "signed-verdict"},
		"of other bytes": {Stored{Bundles: [][]byte{said(f, piece{who: full}, sums, sentSummary(now, "next"))}}, nil, "",
			Failed, "subject"},
		"of a stranger": {Stored{Bundles: [][]byte{said(f, piece{who: stranger}, tarball, sentSummary(now, "next"))}}, nil, "",
			Failed, "repository"},
		"of another root": {Stored{Bundles: [][]byte{said(other, piece{who: full}, tarball, sentSummary(now, "next"))}}, nil, "",
			Failed, "root"},
		"that failed": {Stored{Bundles: [][]byte{said(f, piece{who: full}, tarball,
			strings.Replace(sentSummary(now, "next"), "PASSED", "FAILED", 1))}}, nil, "", Failed, "vsa-result"},
		"another statement": {Stored{Bundles: [][]byte{f.bundle(t, piece{who: full, statement: statementOf(tarball, attest.CycloneDX, "{}")})}},
			nil, "", Failed, "signed-verdict"},
		"judged twice": {Stored{Bundles: [][]byte{said(f, piece{who: full}, tarball, sentSummary(now, "latest")), good}}, nil, "",
			Verified, ""},
		"judged twice, neither so": {Stored{Bundles: [][]byte{said(f, piece{who: full}, tarball, sentSummary(now, "latest")), good}},
			func(s *Stage) { s.Tag = "beta" }, "", Failed, "tag"},
		"the tag as expected":       {Stored{Bundles: [][]byte{good}}, nil, "next", Verified, ""},
		"another tag than expected": {Stored{Bundles: [][]byte{good}}, nil, "latest", Failed, "tag"},
		"no tag told":               {Stored{Bundles: [][]byte{good}}, func(s *Stage) { s.Tag = "" }, "", Unknown, "tag"},
		"no tag judged": {Stored{Bundles: [][]byte{said(f, piece{who: full}, tarball, goodSummary(nil, nil, now))}}, nil, "",
			Unknown, "tag"},
		"no tag judged, one expected": {Stored{Bundles: [][]byte{said(f, piece{who: full}, tarball, goodSummary(nil, nil, now))}}, nil,
			"next", Verified, ""},
		"public":                     {Stored{Bundles: [][]byte{good}}, public(map[string]string{"next": "1.0.0"}), "", Verified, ""},
		"public, the tag is not set": {Stored{Bundles: [][]byte{good}}, public(map[string]string{"latest": "1.0.0"}), "", Failed, "tag"},
		"public, the tag is below":   {Stored{Bundles: [][]byte{good}}, public(map[string]string{"next": "0.9.0"}), "", Failed, "tag"},
		"public, the tag went on": {Stored{Bundles: [][]byte{good}},
			public(map[string]string{"next": "1.1.0"}), "", Verified, ""},
		"what is not told": {Stored{Bundles: [][]byte{good}}, func(s *Stage) { s.Shasum, s.Access = "", "" }, "", Verified, ""},
	} {
		s := waiting()
		if c.stage != nil {
			c.stage(s)
		}
		checks, j := s.VerifyStored(c.stored, c.tag, &full, Summary{Now: now}, &Root{f})
		bad := ""
		for _, check := range checks {
			if check.State == c.want && c.want != Verified && !check.OK {
				bad = check.Name
				if bad == c.check {
					break
				}
			}
		}
		if Worst(checks) != c.want || bad != c.check {
			t.Errorf("%s: %s by %q, expected %s by %q: %+v", name, Worst(checks), bad, c.want, c.check, checks)
		}
		if c.want == Verified && (j.Time == "" || j.Policy != itsDigest) {
			t.Errorf("%s: the judgement is %+v", name, j)
		}
	}
}

// TestStageEvidence: the folder is verified as a whole, and then the bytes.
func TestStageEvidence(t *testing.T) {
	f, now := newForge(t, "acme"), time.Now()
	verdict := fmt.Appendf(nil, `{"result":"pass","package":{"name":"demo","version":"1.0.0","purl":%q},`+
		`"tarball":{"file":"demo.tgz","sha256":%q}}`, purl, sha256Hex(tarball.Bytes))
	listed := []byte(sha256Hex(tarball.Bytes) + "  demo.tgz\n")
	summary := strings.Replace(sentSummary(now, "next"), sha256Hex([]byte("{}")), sha256Hex(verdict), 1)
	folder := func(change func(fstest.MapFS)) *Evidence {
		files := fstest.MapFS{}
		for name, data := range map[string][]byte{
			"demo.tgz": tarball.Bytes, "SHA256SUMS": listed, "verdict.json": verdict,
			"demo.tgz.sigstore.json": f.bundle(t, piece{who: full, file: tarball.Bytes}),
			"vsa.sigstore.json":      f.bundle(t, piece{who: full, statement: statementOf(tarball, attest.Summary, summary)}),
		} {
			files[name] = &fstest.MapFile{Data: data}
		}
		change(files)
		e, err := ReadEvidence(files)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		stage  func(*Stage)
		bad    []string
	}{
		"whole":       {func(fstest.MapFS) {}, func(*Stage) {}, nil},
		"other bytes": {func(fstest.MapFS) {}, func(s *Stage) { s.Tarball, s.Shasum = []byte("others"), "" }, []string{"bytes"}},
		"no summary":  {func(m fstest.MapFS) { delete(m, "vsa.sigstore.json") }, func(*Stage) {}, []string{"signed-verdict"}},
		"a folder changed": {func(m fstest.MapFS) { m["verdict.json"].Data = append(verdict, ' ') }, func(*Stage) {},
			[]string{"vsa-verdict", "signed-verdict"}},
		"empty": {func(m fstest.MapFS) { clear(m) }, func(*Stage) {},
			[]string{"sums", "signed", "signed-verdict"}},
	} {
		s := waiting()
		c.stage(s)
		e := folder(c.change)
		checks, j := s.VerifyEvidence(e, "", Want{Identity: &full}, Summary{Now: now}, &Root{f})
		if got := failing(checks); !slices.Equal(got, c.bad) || len(c.bad) == 0 && Worst(checks) != Verified {
			t.Errorf("%s: %v, expected %v: %+v", name, got, c.bad, checks)
		}
		if c.bad == nil && (j.Commit != "0123" || j.Tag != "next") {
			t.Errorf("%s: %+v", name, j)
		}
	}
	if name, version, ball := folder(func(fstest.MapFS) {}).Package(); name != "demo" || version != "1.0.0" ||
		string(ball) != string(tarball.Bytes) {
		t.Errorf("%s@%s, %s", name, version, ball)
	}
}
