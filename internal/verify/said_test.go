package verify

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

const purl = "pkg:npm/demo@1.0.0"

// applied is a policy file, and itsDigest its SHA-256.
var (
	applied   = []byte(`{"version":1}`)
	itsDigest = sha256Hex(applied)
)

// goodSummary is the predicate of a summary of the files.
func goodSummary(verdict, sbom []byte, at time.Time) string {
	return fmt.Sprintf(`{"verifier":{"id":%q},"timeVerified":%q,"verificationResult":"PASSED","policy":{"digest":{"sha256":%q}},`+
		`%q:{"verdict":{"digest":{"sha256":%q}},"sbom":{"digest":{"sha256":%q}}}}`, attest.Verifier, at.UTC().Format(time.RFC3339),
		itsDigest, attest.Extension, sha256Hex(verdict), sha256Hex(sbom))
}

// TestEachSummaryCheckIsNeeded switches each check of a summary off.
func TestEachSummaryCheckIsNeeded(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	verdict, sbom := []byte("{}"), []byte("[]")
	sum := Summary{Policy: itsDigest, MaxAge: time.Hour, Now: now, Verdict: verdict, SBOM: sbom, Applied: applied}
	good := goodSummary(verdict, sbom, now.Add(-time.Minute))
	changes := map[string]string{
		"vsa-verifier": strings.Replace(good, attest.Verifier, "https://evil.example", 1),
		"vsa-result":   strings.Replace(good, "PASSED", "FAILED", 1),
		"vsa-age":      goodSummary(verdict, sbom, now.Add(-2*time.Hour)),
		"vsa-verdict":  strings.Replace(good, sha256Hex(verdict), sha256Hex([]byte("{ }")), 1),
		"vsa-written-policy": strings.Replace(good, `"verdict":`,
			`"writtenPolicy":{"document":{"uri":"SECURITY.md"},"demands":1,"counts":{"enforced":1}},"verdict":`, 1),
		"vsa-sbom": strings.Replace(good, sha256Hex(sbom), sha256Hex([]byte("[ ]")), 1),
	}
	asks := map[string]func(*Summary){
		"vsa-policy":      func(s *Summary) { s.Policy = strings.Repeat("cd", 32) },
		"vsa-policy-file": func(s *Summary) { s.Applied = []byte("{}") },
	}
	for name := range asks {
		changes[name] = good
	}
	judge := func(sum Summary, predicate string, list []summaryStep) []Check {
		s, err := parseStatement(statementOf(tarball, attest.Summary, predicate))
		if err != nil {
			t.Fatal(err)
		}
		return sum.judge("vsa", s.Predicate, list)
	}
	if checks := judge(sum, good, summarySteps); Worst(checks) != Verified {
		t.Fatalf("%+v", checks)
	}
	if checks := judge(sum, goodSummary(verdict, sbom, now.Add(time.Hour)), summarySteps); !slices.Equal(failing(checks),
		[]string{"vsa-age"}) {
		t.Errorf("from the future: %+v", checks)
	}
	for _, step := range summarySteps {
		bad, ok := changes[step.name]
		if !ok {
			t.Errorf("nothing is refused by %s alone", step.name)
		}
		delete(changes, step.name)
		asked := sum
		if ask := asks[step.name]; ask != nil {
			ask(&asked)
		}
		if got := failing(judge(asked, bad, summarySteps)); !slices.Equal(got, []string{step.name}) {
			t.Errorf("%s: %v refuse it", step.name, got)
		}
		rest := slices.DeleteFunc(slices.Clone(summarySteps), func(other summaryStep) bool { return other.name == step.name })
		if checks := judge(asked, bad, rest); Worst(checks) != Verified {
			t.Errorf("without %s: %+v", step.name, checks)
		}
	}
	if len(changes) > 0 {
		t.Errorf("no checks: %v", slices.Collect(maps.Keys(changes)))
	}
}

// TestWrittenPolicyIsCounted holds what a summary says of a written policy against
// itself and against verdict.json.
func TestWrittenPolicyIsCounted(t *testing.T) {
	const verdict = `{"written_policy":{"file":"SECURITY.md","file_sha256":"ab","lines":"l","lines_sha256":"cd","demands":3,` +
		`"counts":{"enforced":2,"reviewed":1,"not-a-demand":4,"gone":1}}}`
	const said = `{"document":{"uri":"SECURITY.md","digest":{"sha256":"ab"}},"lines":{"uri":"l","digest":{"sha256":"cd"}},"demands":3,` +
		`"counts":{"enforced":2,"reviewed":1,"not-a-demand":4,"gone":1}}`
	for _, c := range []struct {
		name, verdict, said string
		want                State
	}{
		{"the same", verdict, said, Verified},
		{"without verdict.json", "", said, Verified},
		{"nothing is said", verdict, "", ""},
		{"verdict.json has none", "{}", said, Failed},
		{"another prose", verdict, strings.Replace(said, `"ab"`, `"ac"`, 1), Failed},
		{"another line file", verdict, strings.Replace(said, `"cd"`, `"cc"`, 1), Failed},
		{"a line more is enforced", verdict, strings.Replace(said, `"reviewed":1`, `"enforced-too":1`, 1), Failed},
		{"a line is not counted", "", strings.Replace(said, `"reviewed":1,`, "", 1), Failed},
		{"fewer than none", "", strings.Replace(strings.Replace(said, `"reviewed":1`, `"reviewed":-1`, 1), `:3`, `:1`, 1), Failed},
		{"no number", "", strings.Replace(said, `"demands":3,`, "", 1), Failed},
		{"no object", "", `"all"`, Failed},
	} {
		extension := "{}"
		if c.said != "" {
			extension = `{"writtenPolicy":` + c.said + `}`
		}
		p, err := strict.Parse(fmt.Appendf(nil, "{%q:%s}", attest.Extension, extension))
		if err != nil {
			t.Fatal(c.name, err)
		}
		var sum Summary
		if c.verdict != "" {
			sum.Verdict = []byte(c.verdict)
		}
		if got := sum.written(p); got.state != c.want {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
}

// TestEachEvidenceCheckIsNeeded switches each check of a folder off.
func TestEachEvidenceCheckIsNeeded(t *testing.T) {
	f, now := newForge(t, "acme"), time.Now()
	verdict := fmt.Appendf(nil, `{"result":"pass","package":{"purl":%q},"tarball":{"file":"demo.tgz","sha256":%q}}`, purl,
		sha256Hex(tarball.Bytes))
	sbom := []byte(`{"bomFormat":"CycloneDX"}`)
	sums := []byte(sha256Hex(tarball.Bytes) + "  demo.tgz\n")
	whole := fstest.MapFS{}
	put := func(name string, data []byte) { whole[name] = &fstest.MapFile{Data: data} }
	put("demo.tgz", tarball.Bytes)
	put("SHA256SUMS", sums)
	put("verdict.json", verdict)
	put("sbom.cdx.json", append(slices.Clone(sbom), '\n'))
	put("demo.tgz.sigstore.json", f.bundle(t, piece{who: full, file: tarball.Bytes}))
	put("SHA256SUMS.sigstore.json", f.bundle(t, piece{who: full, file: sums}))
	put("sbom.sigstore.json", f.bundle(t, piece{who: full, statement: statementOf(tarball, attest.CycloneDX, string(sbom))}))
	put("vsa.sigstore.json", f.bundle(t, piece{who: full, statement: statementOf(tarball, attest.Summary,
		goodSummary(verdict, whole["sbom.cdx.json"].Data, now))}))
	inspect := func(t *testing.T, files fstest.MapFS, sum Summary, list []evidenceStep) []Check {
		e, err := ReadEvidence(files)
		if err != nil {
			t.Fatal(err)
		}
		sum.Now = now
		return e.inspect(Want{Identity: &full}, sum, []*Root{{f}}, list)
	}
	if checks := inspect(t, whole, Summary{MaxAge: time.Hour}, evidenceSteps); Worst(checks) != Verified {
		t.Fatalf("%+v", checks)
	}
	without := func(files fstest.MapFS, names ...string) fstest.MapFS {
		some := maps.Clone(files)
		for _, name := range names {
			delete(some, name)
		}
		return some
	}
	with := func(files fstest.MapFS, name string, data []byte) fstest.MapFS {
		more := maps.Clone(files)
		more[name] = &fstest.MapFile{Data: data}
		return more
	}
	longer := slices.Concat(sums, []byte(strings.Repeat("0", 64)+"  sbom.cdx.json\n"))
	sumless := func() fstest.MapFS { return without(whole, "SHA256SUMS.sigstore.json") }
	cases := map[string]struct {
		files fstest.MapFS
		sum   Summary
	}{
		"sums": {with(with(with(whole, "SHA256SUMS", longer), "SHA256SUMS.sigstore.json", f.bundle(t, piece{who: full, file: longer})),
			"sbom.cdx.json.sigstore.json", f.bundle(t, piece{who: full, file: whole["sbom.cdx.json"].Data})), Summary{}},
		"bundle": {with(whole, "x.sigstore.json", []byte("{}")), Summary{}},
		"signed": {without(whole, "demo.tgz.sigstore.json", "SHA256SUMS.sigstore.json"), Summary{}},
		"verdict": {with(without(whole, "vsa.sigstore.json"), "verdict.json",
			[]byte(strings.Replace(string(verdict), sha256Hex(tarball.Bytes), strings.Repeat("0", 64), 1))), Summary{}},
		"vsa": {without(whole, "vsa.sigstore.json"), Summary{MaxAge: time.Hour}},
	}
	for _, step := range evidenceSteps {
		test, ok := cases[step.name]
		if !ok {
			t.Errorf("nothing is refused by %s alone", step.name)
			continue
		}
		delete(cases, step.name)
		t.Run(step.name, func(t *testing.T) {
			if got := failing(inspect(t, test.files, test.sum, evidenceSteps)); !slices.Equal(got, []string{step.name}) {
				t.Errorf("%v refuse it", got)
			}
			rest := slices.DeleteFunc(slices.Clone(evidenceSteps), func(other evidenceStep) bool { return other.name == step.name })
			got := failing(inspect(t, test.files, test.sum, rest))
			if step.name == "bundle" { // the bundles are what the others rest on
				got = slices.DeleteFunc(got, func(name string) bool { return name == "signed" })
			}
			if len(got) > 0 {
				t.Errorf("without it %v refuse it", got)
			}
		})
	}
	if len(cases) > 0 {
		t.Errorf("no checks: %v", slices.Collect(maps.Keys(cases)))
	}
	// Somebody else's signatures on the right files are none.
	other := newForge(t, "acme")
	stolen := with(whole, "demo.tgz.sigstore.json", other.bundle(t, piece{who: full, file: tarball.Bytes}))
	if got := failing(inspect(t, stolen, Summary{}, evidenceSteps)); !slices.Equal(got, []string{"root"}) {
		t.Errorf("another's signature: %v", got)
	}
	// Checksum files that lead elsewhere are refused and not followed.
	zero := strings.Repeat("0", 64)
	for _, bad := range []string{"x", zero, zero + "  ../x\n", zero + "  /etc/passwd\n", strings.Repeat("z", 64) + "  x\n"} {
		if got := failing(inspect(t, with(sumless(), "SHA256SUMS", []byte(bad)), Summary{}, evidenceSteps)); !slices.Equal(got,
			[]string{"sums"}) {
			t.Errorf("%q: %v refuse it", bad, got)
		}
	}
	// What nobody signed does not lie beside what is signed, and what is said of
	// the tarball is that it passed.
	evil := []byte("evil")
	line := []byte(sha256Hex(evil) + "  evil.tgz\n")
	verdictOnly := without(whole, "vsa.sigstore.json")
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  []string
	}{
		"listed":         {with(with(sumless(), "evil.tgz", evil), "SHA256SUMS", slices.Concat(sums, line)), []string{"signed"}},
		"listed alone":   {with(with(sumless(), "evil.tgz", evil), "SHA256SUMS", line), []string{"sums", "signed"}},
		"not listed":     {with(whole, "evil.tgz", evil), []string{"signed"}},
		"blocked":        {with(verdictOnly, "verdict.json", bytes.Replace(verdict, []byte("pass"), []byte("block"), 1)), []string{"verdict"}},
		"no result":      {with(verdictOnly, "verdict.json", bytes.Replace(verdict, []byte("result"), []byte("x"), 1)), []string{"verdict"}},
		"half a verdict": {with(without(verdictOnly, "sbom.sigstore.json"), "verdict.json", []byte("{")), []string{"verdict"}},
	} {
		if got := failing(inspect(t, test.files, Summary{}, evidenceSteps)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v refuse it, expected %v", name, got, test.want)
		}
	}
}

// TestEachPackageCheckIsNeeded switches each check of a published version off.
func TestEachPackageCheckIsNeeded(t *testing.T) {
	key := newKey(t)
	digest := sha512.Sum512(tarball.Bytes)
	integrity := "sha512-" + base64.StdEncoding.EncodeToString(digest[:])
	good := Package{
		Version: Version{Name: "demo", Version: "1.0.0", Integrity: integrity, Published: time.Now(), Signatures: []Signature{
			{"SHA256:a", base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.0:"+integrity)))}}},
		PURL: purl, Tarball: tarball.Bytes, Keys: &Keys{[]registryKey{{id: "SHA256:a", public: key.Public()}}},
	}
	if checks := good.Verify(nil, Summary{}); Worst(checks) != Verified {
		t.Fatalf("%+v", checks)
	}
	type given struct {
		p   Package
		who *Identity
		sum Summary
	}
	with := func(change func(*given)) given {
		g := given{p: good}
		change(&g)
		return g
	}
	cases := map[string]given{
		"integrity":          with(func(g *given) { g.p.Tarball = sums.Bytes }),
		"judged":             with(func(g *given) { g.p.Judged = integrity[:8] + "B" + integrity[9:] }),
		"registry-signature": with(func(g *given) { g.p.Signatures = []Signature{{"SHA256:a", "QUFB"}} }),
		"attestations":       with(func(g *given) { g.p.Attested, g.p.Attestations = true, []Listed{{"x", []byte("{}")}} }),
		"provenance":         with(func(g *given) { g.who = &full }),
		"stored":             with(func(g *given) { g.p.AskedStore, g.p.Stored = true, [][]byte{[]byte("{}")} }),
		"vsa":                with(func(g *given) { g.sum.MaxAge = time.Hour }),
	}
	for _, step := range packageSteps {
		test, ok := cases[step.name]
		if !ok {
			t.Errorf("nothing is refused by %s alone", step.name)
			continue
		}
		delete(cases, step.name)
		if got := failing(test.p.audit(test.who, test.sum, nil, packageSteps)); len(got) != 1 {
			t.Errorf("%s: %v refuse it", step.name, got)
		}
		rest := slices.DeleteFunc(slices.Clone(packageSteps), func(other packageStep) bool { return other.name == step.name })
		if checks := test.p.audit(test.who, test.sum, nil, rest); Worst(checks) != Verified {
			t.Errorf("without %s: %+v", step.name, checks)
		}
	}
	if len(cases) > 0 {
		t.Errorf("no checks: %v", slices.Collect(maps.Keys(cases)))
	}
	// The registry's own key says nothing of who built it.
	forged := good
	forged.Keys = &Keys{append(slices.Clone(good.Keys.all), registryKey{id: "SHA256:x", public: key.Public()})}
	forged.Attested = true
	forged.Attestations = []Listed{{attest.ProvenanceV1, newForge(t, "acme").bundle(t, piece{hint: "SHA256:x", key: key,
		statement: statementOf(tarball, attest.ProvenanceV1, "{}")})}}
	for _, who := range []*Identity{nil, &full} {
		if got := failing(forged.Verify(who, Summary{})); !slices.Contains(got, "signer") {
			t.Errorf("provenance by the registry's key: %v refuse it", got)
		}
	}
	unsigned := good
	unsigned.Keys, unsigned.NoKeys = nil, "the registry publishes no keys"
	if checks := unsigned.Verify(nil, Summary{}); checks[1].State != Skipped || !slices.Equal(failing(checks), []string{"vouched"}) {
		t.Errorf("a registry without keys, and nothing else that vouches: %+v", checks)
	}
}

// TestStoredSummary: a summary in the repository's store is judged.
func TestStoredSummary(t *testing.T) {
	f, now := newForge(t, "acme"), time.Now()
	bundle := f.bundle(t, piece{who: full, statement: statementOf(tarball, attest.Summary, goodSummary(nil, nil, now))})
	digest := sha512.Sum512(tarball.Bytes)
	p := Package{
		Version: Version{Name: "demo", Version: "1.0.0", Integrity: "sha512-" + base64.StdEncoding.EncodeToString(digest[:])},
		PURL:    purl, Tarball: tarball.Bytes, NoKeys: "none", AskedStore: true, Stored: [][]byte{bundle},
	}
	for policy, want := range map[string]string{itsDigest: "provenance", strings.Repeat("cd", 32): "vsa-policy"} {
		got := failing(p.Verify(&full, Summary{Policy: policy, MaxAge: time.Hour, Now: now}, &Root{f}))
		if !slices.Contains(got, want) || want == "provenance" && len(got) != 1 {
			t.Errorf("policy %s: %v", policy[:4], got)
		}
	}
}

// TestSubjects: an attestation about another package, another version, two
// files, or with another digest than is asked for, is about something else.
func TestSubjects(t *testing.T) {
	is := tarball.digests()
	want := Subject{Name: purl, SHA256: is["sha256"], SHA512: is["sha512"]}
	one := func(name, digests string) string { return fmt.Sprintf(`{"name":%q,"digest":{%s}}`, name, digests) }
	long, short := fmt.Sprintf(`"sha512":%q`, is["sha512"]), fmt.Sprintf(`"sha256":%q`, is["sha256"])
	good := one(purl, short+","+long)
	for name, test := range map[string]struct {
		subjects string
		want     Subject
		ok       bool
	}{
		"both digests":             {good, want, true},
		"sha512 alone, as npm":     {one(purl, long), Subject{Name: purl, SHA512: is["sha512"]}, true},
		"sha512 alone, both asked": {one(purl, long), want, false},
		"sha256 alone":             {one(purl, short), Subject{Name: purl, SHA512: is["sha512"]}, false},
		"another package":          {one("pkg:npm/demo2@1.0.0", short+","+long), want, false},
		"another version":          {one("pkg:npm/demo@1.0.1", short+","+long), want, false},
		"two subjects":             {good + "," + good, want, false},
		"another sha512":           {one(purl, short+`,"sha512":"`+strings.Repeat("0", 128)+`"`), want, false},
		"no digest":                {one(purl, ""), want, false},
	} {
		s, err := parseStatement([]byte(`{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[` + test.subjects + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if a := test.want.of(s); (a.state == Verified) != test.ok {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for name, bad := range map[string]string{
		"no subjects":       `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[]}`,
		"another type":      `{"_type":"https://in-toto.io/Statement/v9","predicateType":"x","subject":[` + good + `]}`,
		"no predicate type": `{"_type":"https://in-toto.io/Statement/v1","subject":[` + good + `]}`,
		"twice":             `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicateType":"y","subject":[` + good + `]}`,
	} {
		if s, err := parseStatement([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
