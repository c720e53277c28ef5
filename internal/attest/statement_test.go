package attest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
)

var judged = time.Date(2026, 11, 30, 6, 30, 0, 0, time.FixedZone("CET", 3600))

func verdict() attest.Verdict {
	return attest.Verdict{
		Time: judged, Versions: map[string]string{"publishgate": "v1.2.3", "binary": "sha256:" + strings.Repeat("12", 32)},
		Resource:     "https://registry.npmjs.org/@acme/widget/-/widget-1.2.3.tgz",
		Policy:       "git+https://github.com/acme/widget@0123456789abcdef0123456789abcdef01234567#.publishgate.yml",
		PolicySHA256: strings.Repeat("34", 32), File: strings.Repeat("56", 32), SBOM: strings.Repeat("78", 32),
		Commit:  "0123456789abcdef0123456789abcdef01234567",
		Sent:    &attest.Sent{Registry: "https://registry.npmjs.org/", Tag: "next", Access: "public"},
		Sources: []attest.Source{{Name: "npm", AsOf: judged, Advisories: 3}, {Name: "snapshot", Partial: true, StandIn: true}},
		Exceptions: []attest.Exception{{ID: "GHSA-aaaa-bbbb-cccc", Package: "pkg:npm/left", Owner: "@sec",
			Expires: judged.AddDate(0, 0, 9), Findings: 2}},
		Counts: attest.Counts{Warn: 4, Waived: 2, Dependencies: 17},
		Written: &attest.Written{File: "SECURITY.md", FileSHA256: strings.Repeat("9a", 32), Lines: ".publishgate.lines",
			LinesSHA256: strings.Repeat("bc", 32), Demands: 3, Classes: []attest.Class{{Name: "enforced", Lines: 2}, {Name: "reviewed", Lines: 1}}},
		NotLookedAt: []attest.Gap{{What: "secrets in x.bin", Why: "it is \"binary\" <no text>"}},
	}
}

// TestVSA compares a summary with the one in testdata, which a person compared
// with slsa.dev/spec/v1.2/verification_summary.
func TestVSA(t *testing.T) {
	made, err := attest.VSA(widget, verdict())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, made, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	golden := filepath.Join("testdata", "vsa.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("want %s", difference(want, got.Bytes()))
	}
}

// TestVSAClaimsNoMoreThanWasDone checks the fields that a consumer decides by.
func TestVSAClaimsNoMoreThanWasDone(t *testing.T) {
	made, err := attest.VSA(widget, attest.Verdict{Time: judged, Resource: "r", Policy: "p",
		PolicySHA256: strings.Repeat("34", 32), File: strings.Repeat("56", 32)})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
		Subject       []struct {
			Name   string
			Digest map[string]string
		}
		Predicate map[string]json.RawMessage
	}
	if err := json.Unmarshal(made, &s); err != nil {
		t.Fatal(err)
	}
	if s.Type != "https://in-toto.io/Statement/v1" || s.PredicateType != attest.Summary || len(s.Subject) != 1 ||
		s.Subject[0].Name != widget.Name || s.Subject[0].Digest["sha256"] != widget.SHA256 ||
		s.Subject[0].Digest["sha512"] != widget.SHA512 {
		t.Errorf("%s", made)
	}
	for name, want := range map[string]string{"verificationResult": `"PASSED"`, "verifiedLevels": `[]`, "slsaVersion": `"1.2"`,
		"timeVerified": `"2026-11-30T05:30:00Z"`} {
		if got := string(s.Predicate[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for name := range s.Predicate {
		switch name {
		case "inputAttestations", "dependencyLevels":
			t.Errorf("it claims %s", name)
		case "verifier", "timeVerified", "resourceUri", "policy", "verificationResult", "verifiedLevels", "slsaVersion":
		default:
			if !strings.HasPrefix(name, "https://") {
				t.Errorf("the extension %q is no URI", name)
			}
		}
	}
}

func TestVSARefusesTheIncomplete(t *testing.T) {
	for what, spoil := range map[string]func(*attest.Verdict, *attest.Subject){
		"no time":     func(v *attest.Verdict, _ *attest.Subject) { v.Time = time.Time{} },
		"no resource": func(v *attest.Verdict, _ *attest.Subject) { v.Resource = "" },
		"no policy":   func(v *attest.Verdict, _ *attest.Subject) { v.PolicySHA256 = "" },
		"no verdict":  func(v *attest.Verdict, _ *attest.Subject) { v.File = "" },
		"no name":     func(_ *attest.Verdict, s *attest.Subject) { s.Name = "" },
		"no sha512":   func(_ *attest.Verdict, s *attest.Subject) { s.SHA512 = "" },
		"no sha256":   func(_ *attest.Verdict, s *attest.Subject) { s.SHA256 = "" },
	} {
		v, s := verdict(), widget
		spoil(&v, &s)
		if made, err := attest.VSA(s, v); err == nil || made != nil {
			t.Errorf("%s: %s, %v", what, made, err)
		}
	}
}

// TestSBOM shows that the predicate is the document byte for byte, and tests the
// limit.
func TestSBOM(t *testing.T) {
	document := []byte("{\n  \"bomFormat\": \"CycloneDX\",\n  \"x\": \"\\u2028 <&>\"\n}\n")
	made, err := attest.SBOM(widget, document)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := bytes.Cut(made, []byte(`"predicateType":"https://cyclonedx.org/bom","predicate":`))
	if !found || !bytes.Equal(after, append(bytes.Clone(document), '}')) || !json.Valid(made) {
		t.Errorf("%s", made)
	}
	big := bytes.Repeat([]byte(" "), attest.MaxSBOM)
	copy(big, "{}")
	if made, err = attest.SBOM(widget, big); err != nil || !bytes.Contains(made, big) {
		t.Errorf("%d bytes: %v", len(big), err)
	}
	var large *attest.TooLargeError
	if made, err = attest.SBOM(widget, append(big, ' ')); made != nil || !errors.As(err, &large) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err = attest.SBOM(widget, nil); err == nil || errors.As(err, &large) {
		t.Errorf("an empty document: %v", err)
	}
}

// TestSBOMIsCopiedOnce measures the memory that a large statement takes.
func TestSBOMIsCopiedOnce(t *testing.T) {
	document := bytes.Repeat([]byte(" "), 8<<20)
	copy(document, "{}")
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			_, _ = attest.SBOM(widget, document)
		}
	})
	if got := result.AllocedBytesPerOp(); got > int64(len(document))+64<<10 {
		t.Errorf("%d bytes for a document of %d", got, len(document))
	}
}
