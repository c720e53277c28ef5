package verify

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// npmKeys are the keys of npm's registry, of the real TUF repository.
func npmKeys(t testing.TB) *Keys {
	t.Helper()
	keys, err := ParseTUFKeys(read(t, dataDir(t), "root-signing", "targets", "registry.npmjs.org", "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func publicGood(t testing.TB) *Root {
	t.Helper()
	root, err := ParseRoot(read(t, dataDir(t), "root-signing", "targets", "trusted_root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// failing lists the names of the checks that are not verified, each once.
func failing(checks []Check) (names []string) {
	for _, c := range checks {
		if c.State != Verified && c.State != Skipped && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// attested reads a file of attestations in the form of npm's registry.
func attested(t testing.TB, path ...string) (list []Listed) {
	t.Helper()
	var file struct {
		Attestations []struct {
			PredicateType string
			Bundle        json.RawMessage
		}
	}
	if err := json.Unmarshal(read(t, path...), &file); err != nil {
		t.Fatal(err)
	}
	for _, a := range file.Attestations {
		list = append(list, Listed{a.PredicateType, a.Bundle})
	}
	return list
}

func packageOf(t testing.TB, name, version string, tarball []byte, list []Listed) Package {
	t.Helper()
	digest := sha512.Sum512(tarball)
	return Package{
		Version: Version{Name: name, Version: version, Integrity: "sha512-" + base64.StdEncoding.EncodeToString(digest[:])},
		PURL:    "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + version, Tarball: tarball,
		Keys: npmKeys(t), Attested: true, Attestations: list,
	}
}

// withoutSignatures leaves out the registry's signature over the version, which
// the archive does not have for these.
func withoutSignatures(list []packageStep) []packageStep {
	return slices.DeleteFunc(slices.Clone(list), func(s packageStep) bool { return s.name == "registry-signature" })
}

// TestSLSAVerifier verifies the real tarballs and attestations of slsa-verifier's
// tests with the answers that it expects. Its rows about the builder are about
// a flag of its own.
func TestSLSAVerifier(t *testing.T) {
	dir := filepath.Join(dataDir(t), "slsa-verifier-npm")
	var rows []struct{ Name, Artifact, Source, PkgVersion, PkgName, Err string }
	if err := json.Unmarshal(read(t, dir, "expected.json"), &rows); err != nil {
		t.Fatal(err)
	}
	versions := map[string][2]string{
		"supreme":                  {"@trishankatdatadog/supreme-goggles", "1.0.5"},
		"provenance-npm-test-cli":  {"@laurentsimon/provenance-npm-test", "1.0.3"},
		"provenance-npm-test-ossf": {"@laurentsimon/provenance-npm-test", "1.0.5"},
	}
	root, tried := publicGood(t), 0
	for _, row := range rows {
		want := map[string][]string{
			"":                             nil,
			"ErrorMismatchSource,":         {"repository"},
			"ErrorMismatchPackageVersion,": {"subject"},
			"ErrorMismatchPackageName,":    {"subject"},
			"ErrorInvalidSignature,":       {"log"},
		}
		fails, ours := want[row.Err]
		if !ours {
			continue
		}
		tried++
		var is [2]string
		for prefix, version := range versions {
			if strings.HasPrefix(row.Artifact, prefix) {
				is = version
			}
		}
		if row.PkgName != "" {
			is[0] = row.PkgName
		}
		if row.PkgVersion != "" {
			is[1] = row.PkgVersion
		}
		t.Run(row.Artifact+"/"+row.Name, func(t *testing.T) {
			p := packageOf(t, is[0], is[1], read(t, dir, row.Artifact), attested(t, dir, row.Artifact+".json"))
			who := Identity{Issuer: GitHubActions, Repository: "https://" + row.Source, NoPullRequest: true}
			checks := p.audit(&who, Summary{}, []*Root{root}, withoutSignatures(packageSteps))
			got := slices.DeleteFunc(failing(checks), func(name string) bool { return name == "provenance" || name == "publish" })
			if !slices.Equal(got, fails) {
				t.Errorf("%v fail, expected %v: %+v", got, fails, checks)
			}
		})
	}
	if tried < 15 {
		t.Errorf("%d rows tried, expected at least 15", tried)
	}
}

// TestRealPackages verifies the attestations of sigstore's own releases with
// their tarballs, and nothing that was changed.
func TestRealPackages(t *testing.T) {
	dir := dataDir(t)
	root := publicGood(t)
	who := func(tag string) *Identity {
		return &Identity{Issuer: GitHubActions, Repository: "https://github.com/sigstore/sigstore-js",
			SAN: "https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/" + tag, Ref: "refs/tags/" + tag}
	}
	verify := func(p Package, who *Identity) []Check {
		return p.audit(who, Summary{}, []*Root{root}, withoutSignatures(packageSteps))
	}
	old := func(file string) Package {
		return packageOf(t, "sigstore", "0.4.0", read(t, dir, "tarballs", "sigstore-0.4.0.tgz"), attested(t, dir, "pacote", file))
	}
	for name, test := range map[string]struct {
		p     Package
		who   *Identity
		fails []string
	}{
		"valid": {old("valid-attestations.json"), who("v0.4.0"), nil},
		"npm's own": {packageOf(t, "sigstore", "1.0.0", read(t, dir, "tarballs", "sigstore-1.0.0.tgz"),
			attested(t, dir, "npm-cli", "valid-sigstore-attestations.json")), who("v1.0.0"), nil},
		"another tag":       {old("valid-attestations.json"), who("v0.4.1"), []string{"identity", "ref", "provenance"}},
		"nobody named":      {old("valid-attestations.json"), nil, []string{"signer"}},
		"invalid signature": {old("invalid-attestations.json"), who("v0.4.0"), []string{"bundle"}},
		"no keyid":          {old("no-keyid-attestations.json"), who("v0.4.0"), []string{"log", "provenance"}},
	} {
		t.Run(name, func(t *testing.T) {
			checks := verify(test.p, test.who)
			if got := failing(checks); !slices.Equal(got, test.fails) {
				t.Errorf("%v fail, expected %v: %+v", got, test.fails, checks)
			}
		})
	}
	changed := old("valid-attestations.json")
	changed.Tarball = slices.Clone(changed.Tarball)
	changed.Tarball[100] ^= 1
	if got := failing(verify(changed, who("v0.4.0"))); !slices.Contains(got, "integrity") || !slices.Contains(got, "subject") {
		t.Errorf("one bit changed: %v fail", got)
	}
	hidden := old("valid-attestations.json")
	hidden.Attestations = nil
	if got := Worst(verify(hidden, nil)); got != Unknown {
		t.Errorf("attestations that the registry says it has and does not serve: %s", got)
	}
}

// TestPublishKey: npm's attestation of a publish is signed by a key that was in
// use then, by the log's time.
func TestPublishKey(t *testing.T) {
	p := packageOf(t, "sigstore", "0.4.0", read(t, dataDir(t), "tarballs", "sigstore-0.4.0.tgz"),
		attested(t, dataDir(t), "pacote", "valid-attestations.json"))
	for name, test := range map[string]struct {
		end  time.Time
		want State
	}{
		"still in use": {time.Time{}, Verified},
		"ended later":  {time.Date(2023, 1, 12, 0, 0, 0, 0, time.UTC), Verified},
		"ended before": {time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), Failed},
	} {
		keys := &Keys{slices.Clone(npmKeys(t).all)}
		for i := range keys.all {
			keys.all[i].end = test.end
		}
		p.Keys = keys
		var state State
		for _, c := range p.audit(&Identity{Issuer: GitHubActions, Repository: "https://github.com/sigstore/sigstore-js"},
			Summary{}, []*Root{publicGood(t)}, withoutSignatures(packageSteps)) {
			if c.Name == "key" {
				state = c.State
			}
		}
		if state != test.want {
			t.Errorf("%s: %s, expected %s", name, state, test.want)
		}
	}
}

// No list of attestations makes the readers panic.
func FuzzAttestations(f *testing.F) {
	if dir := dirOrNone(); dir != "" {
		for _, name := range []string{"valid", "invalid", "no-keyid", "mismatched-subject-name"} {
			data, err := os.ReadFile(filepath.Join(dir, "sigstore", "pacote", name+"-attestations.json"))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(`{"attestations":[{"predicateType":"x","bundle":{}}]}`))
	f.Add([]byte("{}\n{}\n"))
	key := newKey(f)
	keys := &Keys{[]registryKey{{id: "SHA256:x", public: key.Public()}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		bundles, err := ParseBundles(data)
		if err != nil {
			return
		}
		for _, b := range bundles {
			_, _ = b.ClaimedStatement()
			if Worst(b.Verify("b", Want{Keys: keys, Subject: &Subject{Name: "pkg:npm/x@1", SHA512: "00"}})) == Verified {
				t.Error("something is about a package that is nowhere")
			}
		}
	})
}

// No statement makes the reader panic, and one that is read has subjects.
func FuzzStatement(f *testing.F) {
	f.Add(statementOf(tarball, "https://example.com/p", `{"a":[1]}`))
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"a","digest":{}}],"predicateType":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseStatement(data)
		if err != nil {
			return
		}
		if len(s.Subjects) == 0 || len(s.Subjects) > maxSubjects || s.PredicateType == "" {
			t.Errorf("%+v", s)
		}
		_ = tarball.among(s)
		if a := (Subject{Name: "pkg:npm/demo@1.0.0", SHA512: strings.Repeat("0", 128)}).of(s); a.state == Verified {
			if len(s.Subjects) != 1 || s.Subjects[0].Digests["sha512"] != strings.Repeat("0", 128) {
				t.Errorf("%+v", s)
			}
		}
		_ = Summary{Now: time.Unix(0, 0)}.judge("v", s.Predicate, summarySteps)
	})
}

// TestSigstoreJS gives, for every real attestation of the archive, the answer
// that @sigstore/verify gave.
func TestSigstoreJS(t *testing.T) {
	var files []struct {
		File         string
		Attestations []struct {
			OK                       bool
			Material, SAN, Issuer    string
			PredicateType, MediaType string
		}
	}
	if err := json.Unmarshal(read(t, dataDir(t), "sigstore-js-verdicts.json"), &files); err != nil {
		t.Fatal(err)
	}
	keys, root, said := npmKeys(t), publicGood(t), map[bool]int{}
	for _, file := range files {
		list := attested(t, dataDir(t), file.File)
		if len(list) == 0 {
			list = []Listed{{"", read(t, dataDir(t), file.File)}}
		}
		if len(list) != len(file.Attestations) {
			t.Errorf("%s: %d attestations, %d verdicts", file.File, len(list), len(file.Attestations))
			continue
		}
		for i, theirs := range file.Attestations {
			said[theirs.OK]++
			want := Want{Keys: keys}
			if theirs.Material == "certificate" {
				want = Want{Identity: &Identity{SAN: theirs.SAN, Issuer: theirs.Issuer}}
			}
			b, err := ParseBundle(list[i].Bundle)
			ours := err == nil
			var checks []Check
			if ours {
				checks = b.Verify("b", want, root)
				ours = Worst(checks) == Verified
			}
			if ours != theirs.OK {
				t.Errorf("%s, attestation %d: %v, theirs %v: %v %+v", file.File, i+1, ours, theirs.OK, err, checks)
			}
		}
	}
	if said[true] < 5 || said[false] == 0 {
		t.Errorf("%v verdicts", said)
	}
}
