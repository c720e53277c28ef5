package verify

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/strict"
)

// TestAttested verifies real attestations of npm's registry over the checksum that
// a lockfile has, and none over another.
func TestAttested(t *testing.T) {
	const locked = "sha512-KCwMX6k20mQyFkNYG2XT3lwK9u1P36wS9YURFd85zCXPrwrSLZCEh7/vMBFNYcJXRiBtGDS+T4/RZZF493zABA=="
	other := "sha512-A" + locked[len("sha512-A"):]
	list := func(file string) (all []Listed) {
		doc, err := strict.Parse(read(t, dataDir(t), "pacote", file))
		if err != nil {
			t.Fatal(err)
		}
		for a := range doc.Get("attestations").Elements() {
			all = append(all, Listed{a.Get("predicateType").Text(), a.Get("bundle").Raw()})
		}
		return all
	}
	valid := list("valid-attestations.json")
	var publish []Listed
	for _, l := range valid {
		if l.PredicateType == PublishType {
			publish = append(publish, l)
		}
	}
	if len(valid) != 2 || len(publish) != 1 {
		t.Fatalf("%d attestations, %d by the registry", len(valid), len(publish))
	}
	wrong := slices.Clone(valid)
	wrong[0].PredicateType = wrong[1].PredicateType
	v, root := Version{Name: "sigstore", Version: "0.4.0"}, publicGood(t)
	for name, test := range map[string]struct {
		purl, locked string
		list         []Listed
		keys         *Keys
		roots        []*Root
		want         State
	}{
		"valid":                {"pkg:npm/sigstore@0.4.0", locked, valid, npmKeys(t), []*Root{root}, Verified},
		"other bytes":          {"pkg:npm/sigstore@0.4.0", other, valid, npmKeys(t), []*Root{root}, Failed},
		"another version":      {"pkg:npm/sigstore@0.4.1", locked, valid, npmKeys(t), []*Root{root}, Failed},
		"another name":         {"pkg:npm/sigstored@0.4.0", locked, valid, npmKeys(t), []*Root{root}, Failed},
		"no SHA-512":           {"pkg:npm/sigstore@0.4.0", "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAE=", valid, npmKeys(t), []*Root{root}, Unknown},
		"two SHA-512":          {"pkg:npm/sigstore@0.4.0", locked + " " + other, valid, npmKeys(t), []*Root{root}, Unknown},
		"no keys":              {"pkg:npm/sigstore@0.4.0", locked, valid, nil, []*Root{root}, Unknown},
		"no root":              {"pkg:npm/sigstore@0.4.0", locked, valid, npmKeys(t), nil, Failed},
		"the registry's alone": {"pkg:npm/sigstore@0.4.0", locked, publish, npmKeys(t), []*Root{root}, Failed},
		"none":                 {"pkg:npm/sigstore@0.4.0", locked, nil, npmKeys(t), []*Root{root}, Failed},
		"unreadable":           {"pkg:npm/sigstore@0.4.0", locked, []Listed{{"x", []byte("{}")}}, npmKeys(t), []*Root{root}, Failed},
		"too many": {"pkg:npm/sigstore@0.4.0", locked, slices.Concat(slices.Repeat(valid[:1], maxAttested-1), valid), npmKeys(t),
			[]*Root{root}, Failed},
		"as many as may be": {"pkg:npm/sigstore@0.4.0", locked, slices.Concat(slices.Repeat(valid[:1], maxAttested-2), valid), npmKeys(t),
			[]*Root{root}, Verified},
		"another type is said": {"pkg:npm/sigstore@0.4.0", locked, wrong, npmKeys(t), []*Root{root}, Failed},
		"pacote: invalid":      {"pkg:npm/sigstore@0.4.0", locked, list("invalid-attestations.json"), npmKeys(t), []*Root{root}, Failed},
		"pacote: another name": {"pkg:npm/sigstore@0.4.0", locked, list("mismatched-subject-name-attestations.json"), npmKeys(t),
			[]*Root{root}, Failed},
		"pacote: without keyid": {"pkg:npm/sigstore@0.4.0", locked, list("no-keyid-attestations.json"), npmKeys(t), []*Root{root}, Failed},
	} {
		checks, by := v.Attested(test.purl, test.locked, test.list, test.keys, test.roots...)
		if got := Worst(checks); got != test.want {
			text, _ := json.MarshalIndent(checks, "", " ")
			t.Errorf("%s: %s, expected %s\n%s", name, got, test.want, text)
		}
		if name == "valid" && by.Repository != "https://github.com/sigstore/sigstore-js" {
			t.Errorf("built by %+v", by)
		}
	}
}
