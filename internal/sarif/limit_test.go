package sarif

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
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
		{26_000, maxResults, maxCompressed, maxResults, maxResults},
		{1000, maxResults, 20_000, 100, 999},
		{1000, 10, maxCompressed, 10, 10},
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
		kept := len(l.Runs[0].Results)
		if kept < c.least || kept > c.most || kept+left != len(in.Verdict.Judged) {
			t.Errorf("%+v: %d kept, %d left out", c, kept, left)
		}
		said := l.Runs[0].Invocations[0].ToolExecutionNotifications
		if len(said) != 1 || !strings.HasPrefix(said[0].Message.Text, fmt.Sprintf("%d of %d ", left, c.findings)) {
			t.Errorf("%+v: it says %v", c, said)
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

func TestWriteError(t *testing.T) {
	if _, err := Write(failing{}, example()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }
