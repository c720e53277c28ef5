package sarif

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

func many(n int) Input {
	in := example()
	in.Verdict.Judged = nil
	for i := range n {
		in.Verdict.Judged = append(in.Verdict.Judged, policy.Judged{Finding: finding.Finding{Rule: "vulnerable-dependency",
			Severity: finding.High, Name: fmt.Sprint("p", i),
			File: "package-lock.json", Line: i + 1, Message: fmt.Sprintf("p%d is vulnerable.", i), Paths: [][]string{{"root@1.0.0", "a@1.0.0"}}}})
	}
	return in
}

// Case 99: 26,000 findings are cut to what GitHub takes, and it is said.
// byLibrary reads a file with go-sarif and writes it again: a field it does not
// know, or in another place or form, does not come back.
func byLibrary(t testing.TB, doc []byte) []byte {
	report, err := gosarif.FromBytes(doc)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		t.Fatal(err)
	}
	return display.JSON(b.Bytes())
}

func TestEncodeAsLibrary(t *testing.T) {
	vouched, outside := example(), example()
	waiver := *vouched.Verdict.Judged[8].Waiver
	waiver.Document = "a b.vex.json"
	vouched.Verdict.Judged[8].Waiver = &waiver
	vouched.Verdict.Judged[0].Finding.IDs = strings.Split(strings.Repeat("GHSA-\u202e\n,", 30), ",")
	vouched.Verdict.Judged[0].Finding.InTarball = true
	outside.Root, outside.PolicyFile = "..", ""
	for name, in := range map[string]Input{"example": example(), "vouched": vouched, "outside": outside, "empty": {},
		"many": many(300), "grouped": grouped(25)} {
		_, got := run(t, in)
		if !bytes.Equal(got, byLibrary(t, got)) {
			t.Errorf("%s: got\n%s\nthe library has\n%s", name, got, byLibrary(t, got))
		}
		for _, empty := range []string{`"why": ""`, `"package": ""`, `"scope": ""`, `"ids": []`} { // they come back as well
			if bytes.Contains(got, []byte(empty)) {
				t.Errorf("%s holds %s", name, empty)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct{ findings, results, compressed, least, most int }{
		{26_000, MaxResults, maxCompressed, MaxResults - 1, MaxResults - 1},
		{25_001, MaxResults, maxCompressed, MaxResults - 1, MaxResults - 1},
		{1000, MaxResults, 20_000, 100, 999},
		{1000, 10, maxCompressed, 9, 9},
		{1000, 10, 1, 0, 0},
	} {
		in := many(c.findings)
		var b bytes.Buffer
		left, err := write(&b, in, c.results, c.compressed)
		if err != nil {
			t.Fatal(err)
		}
		var l log
		if err := json.Unmarshal(b.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		kept := len(l.Runs[0].Results) - 1
		last := l.Runs[0].Results[kept]
		if kept < c.least || kept > c.most || kept+left != len(in.Verdict.Judged) {
			t.Errorf("%+v: %d kept, %d left out", c, kept, left)
		}
		if !strings.HasPrefix(last.Message.Text, fmt.Sprintf("%d more findings, in %d groups, ", left, left)) ||
			last.RuleID != "findings-left-out/high" || last.Level != "error" || len(last.Locations) != 1 ||
			last.PartialFingerprints["primaryLocationLineHash"] == "" || kept+1 > MaxResults {
			t.Errorf("%+v: the last result is %+v", c, last)
		}
		if c.compressed > 1 {
			var z counter
			w := gzip.NewWriter(&z)
			_, _ = io.Copy(w, &b)
			_ = w.Close()
			if int(z) > c.compressed {
				t.Errorf("%+v: %d bytes compressed", c, int(z))
			}
		}
	}
}

// What is left out is what matters least, and what is first matters most: of
// 25,000 results GitHub shows 5,000. At the limit nothing is left out.
func TestWorstFirst(t *testing.T) {
	in := many(0)
	severities := []finding.Severity{finding.Low, finding.Critical, finding.Moderate, finding.High, finding.Info}
	var fs []finding.Finding
	for i := range 60 {
		fs = append(fs, finding.Finding{Rule: "vulnerable-dependency", Severity: severities[i%5], Level: finding.BySeverity, Scope: npm.Prod,
			Shipped: true, Name: fmt.Sprint("p", i), Version: "1.0.0", IDs: []string{fmt.Sprint("GHSA-", i)}, File: "package-lock.json",
			Message: fmt.Sprint(severities[i%5]), Fix: fmt.Sprint("Fix ", i)})
	}
	in.Verdict = policy.Decide(policy.Default().For("a", policy.Flags{}), fs, policy.Context{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	for results, want := range map[int]string{60: "info", 41: "low", 26: "moderate", 14: "high", 2: "critical"} {
		var b, again bytes.Buffer
		left, err := write(&b, in, results, maxCompressed)
		if _, againErr := write(&again, in, results, maxCompressed); err != nil || againErr != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("two runs differ", err, againErr)
		}
		var l log
		if err := json.Unmarshal(b.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		rs := l.Runs[0].Results
		if len(rs) != results || results == 60 != (left == 0) {
			t.Errorf("%d results for a limit of %d, %d left out", len(rs), results, left)
		}
		if left > 0 {
			rs = rs[:len(rs)-1]
		}
		if got := rs[len(rs)-1].Message.Text; !strings.HasPrefix(got, want) {
			t.Errorf("the last of %d is %q, expected %s", results, got, want)
		}
		if !strings.HasPrefix(rs[0].Message.Text, "critical") {
			t.Errorf("the first is %q", rs[0].Message.Text)
		}
	}
}

func TestPacked(t *testing.T) {
	in := many(1000)
	whole, left, err := Packed(in, maxCompressed)
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	packed, left, err := Packed(in, len(whole)/2)
	if err != nil || left == 0 || len(packed) > len(whole)/2 || len(packed) < len(whole)/4 {
		t.Errorf("%d bytes of %d, %d left out, %v", len(packed), len(whole), left, err)
	}
	again, _, _ := Packed(in, len(whole)/2)
	if !bytes.Equal(packed, again) {
		t.Error("two runs differ")
	}
}

func TestWriteError(t *testing.T) {
	if _, err := Write(failing{}, example()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }
