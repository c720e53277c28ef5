package registry_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// replying returns a client of a registry that gives one answer to everything.
func replying(t *testing.T, status int, body string) *registry.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	c, _ := client(t, s.URL, canary)
	return c
}

func only(version string) func(string) bool {
	return func(v string) bool { return v == version }
}

// TestFacts reads what stands in a packument in any order.
func TestFacts(t *testing.T) {
	const body = `{"time":{"created":"2020-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00.500Z","1.1.0":"soon","2.0.0":7},
		"versions":{
			"1.0.0":{"deprecated":"","dist":{"integrity":"sha512-a","shasum":"b","attestations":{"provenance":{}},
				"signatures":[{"keyid":"k","sig":"s"}]},"version":"1.0.0","name":"a","_npmUser":{"trustedPublisher":{"id":"github"}}},
			"1.1.0":{"name":"a","version":"1.1.0","deprecated":true,"_npmUser":{"approver":{"name":"x"}}},
			"2.0.0":{"name":"a","version":"2.0.0","deprecated":"do not","_npmUser":{"trustedPublisher":{"id":"github"}}},
			"3.0.0":{"name":"other","version":"3.0.0","dist":{"attestations":{"provenance":{}}}},
			"v4":{}},
		"readme":"\"}","name":"a"}`
	c := replying(t, 200, body)
	f, found, err := c.Facts(t.Context(), "a", func(v string) bool { return v != "3.0.0" && v != "v4" })
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	at := time.Date(2020, 1, 1, 0, 0, 0, 5e8, time.UTC)
	want := fmt.Sprint(map[string]registry.Fact{
		"1.0.0": {Integrity: "sha512-a", Shasum: "b", Signatures: []registry.Signature{{KeyID: "k", Sig: "s"}}, Attested: true,
			Trust: registry.TrustedPublisher, Published: at, People: registry.People{Trusted: true}},
		"1.1.0": {Trust: registry.Approved, Deprecated: "deprecated",
			People: registry.People{By: [2]string{"", "x"}}},
		"2.0.0": {Trust: registry.NoTrust, Deprecated: "do not"}, // npm itself asks a trusted publisher for provenance
	})
	if got := fmt.Sprint(f.Of); got != want {
		t.Errorf("%s\nexpected %s", got, want)
	}
	var grades []string
	for _, g := range f.Grades {
		grades = append(grades, g.Number.String()+" "+g.Trust.String()+" "+g.Published.Format("2006"))
	}
	if got := strings.Join(grades, ", "); got != "1.0.0 a trusted publisher 2020, 1.1.0 a person's approval 0001, "+
		"2.0.0 no evidence 0001, 3.0.0 provenance 0001" {
		t.Errorf("grades %s", got)
	}
	if _, _, err := c.Facts(t.Context(), "a", only("3.0.0")); err == nil || !strings.Contains(err.Error(), `"other"@"3.0.0"`) {
		t.Errorf("a version of another name: %v", err)
	}
}

// TestFactsRefused: nothing that is no packument of the package is one without
// the version.
func TestFactsRefused(t *testing.T) {
	for body, want := range map[string]string{
		"":                                    "cannot be read",
		"<html>":                              "cannot be read",
		"[]":                                  "cannot be read",
		"{}":                                  `about ""`,
		`{"name":"a"}`:                        "no versions",
		`{"name":"a","versions":[]}`:          "no versions",
		`{"name":"b","versions":{}}`:          `about "b"`,
		`{"name":"a","Versions":{}}`:          "no versions",
		`{"name":"a","versions":{}`:           "ends at byte",
		`{"name":"a","versions":{}} {}`:       "after the document",
		`{"name":"a","name":"a"}`:             "stands twice",
		`{"name":"a","versions":{"1.0.0":7}}`: "expected an object",
		`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0","dist":{"integrity":"x","integrity":"y"}}}}`: "stands twice",
		`{"name":"a","versions":{"1.0.0":{"dist":{}},"1.0.0":{}}}`:                                                  "stands twice",
	} {
		f, found, err := replying(t, 200, body).Facts(t.Context(), "a", func(string) bool { return false })
		if f != nil || found || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, %v, expected %q", body, f, found, err, want)
		}
	}
	for status, absent := range map[int]bool{404: true, 410: true, 401: false, 403: false, 418: false, 503: false, 429: false} {
		_, found, err := replying(t, status, "no").Facts(t.Context(), "a", only("1.0.0"))
		if found || (err == nil) != absent {
			t.Errorf("%d: %v, %v", status, found, err)
		}
	}
	if _, _, err := replying(t, 200, "{}").Facts(t.Context(), "../a", only("1")); err == nil {
		t.Error("a name that is a path is asked for")
	}
}

// TestFactsAgain: an answer that breaks off is asked for again.
func TestFactsAgain(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "1000")
		}
		_, _ = io.WriteString(w, `{"name":"a","versions":{}}`)
	}))
	defer s.Close()
	c, _ := client(t, s.URL, canary)
	if _, found, err := c.Facts(t.Context(), "a", only("1")); n != 2 || !found || err != nil {
		t.Errorf("%d requests, %v, %v", n, found, err)
	}
}

// TestFactsAsReleases reads real packuments as the reader of whole documents
// does.
func TestFactsAsReleases(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	body, err := os.ReadFile(dir + "/sigstore/packuments/is-stream.json")
	if err != nil {
		t.Fatal(err)
	}
	c := replying(t, 200, string(body))
	f, _, err := c.Facts(t.Context(), "is-stream", func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := c.Releases(t.Context(), "is-stream")
	if err != nil || len(list) == 0 || len(f.Of) != len(list) {
		t.Fatalf("%d facts, %d releases, %v", len(f.Of), len(list), err)
	}
	for _, r := range list {
		if got := f.Of[r.Version]; got.Integrity != r.Integrity || got.Shasum != r.Shasum || len(got.Signatures) != r.Signatures ||
			!got.Published.Equal(r.Published) || (got.Deprecated != "") != r.Deprecated || got.Attested != r.Attestations {
			t.Errorf("%+v, expected %+v", got, r)
		}
	}
}

// TestFactsOfALargePackument keeps little of 60 MB: what is live afterwards, and
// all that was allocated, is less than a document of that size.
func TestFactsOfALargePackument(t *testing.T) {
	const versions = 20_000
	readme := strings.Repeat(`\" { a readme `, 200)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"name":"a","versions":{`)
		for i := range versions {
			_, _ = fmt.Fprintf(w, `"1.0.%d":{"name":"a","version":"1.0.%d","readme":"%s","dist":{"integrity":"sha512-%d"}},`, i, i, readme, i)
		}
		_, _ = io.WriteString(w, `"0.0.0":{}},"time":{"1.0.7":"2099-01-01T00:00:00Z"}}`)
	}))
	defer s.Close()
	c, _ := client(t, s.URL, canary)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f, _, err := c.Facts(t.Context(), "a", only("1.0.7"))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(f.Of) != 1 || f.Of["1.0.7"].Integrity != "sha512-7" || f.Of["1.0.7"].Published.Year() != 2099 {
		t.Fatalf("%v, %v", f, err)
	}
	if live := int64(after.HeapAlloc) - int64(before.HeapAlloc); len(f.Grades) != versions+1 || live > 8<<20 {
		t.Errorf("%d grades, %d bytes are kept", len(f.Grades), live)
	}
	if v, err := npm.ParseVersion("1.0.7"); err != nil || f.Grades[7].Number.Compare(v) != 0 {
		t.Errorf("grade %+v", f.Grades[7])
	}
}

// TestFactsBefore: a release line is not trusted less than it was.
func TestFactsBefore(t *testing.T) {
	grade := func(version string, trust registry.Trust, day int) registry.Grade {
		number, err := npm.ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		g := registry.Grade{Number: number, Trust: trust}
		if day > 0 {
			g.Published = time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
		}
		return g
	}
	f := &registry.Facts{Grades: []registry.Grade{
		grade("0.1.0", registry.Approved, 1), grade("0.2.0", registry.ProvenanceTrust, 2),
		grade("1.0.0", registry.ProvenanceTrust, 3), grade("1.1.0-rc.1", registry.Approved, 4),
		grade("1.1.0", registry.TrustedPublisher, 5), grade("1.2.0", registry.TrustedPublisher, 6),
		grade("1.9.0", registry.Approved, 20), grade("2.0.0", registry.Approved, 7), grade("3.0.0", registry.Approved, 0),
	}}
	for _, test := range []struct {
		version string
		trust   registry.Trust
		day     int
		want    string
	}{
		{"1.3.0", registry.NoTrust, 8, "1.2.0 a trusted publisher"},
		{"1.3.0", registry.ProvenanceTrust, 8, "1.2.0 a trusted publisher"},
		{"1.3.0", registry.TrustedPublisher, 8, ""},
		{"1.3.0-rc.1", registry.NoTrust, 8, "1.1.0-rc.1 a person's approval"},
		{"1.0.1", registry.NoTrust, 8, "1.2.0 a trusted publisher"}, // a backport, published later
		{"1.0.1", registry.NoTrust, 4, "1.0.0 provenance"},
		{"1.3.0", registry.NoTrust, 0, "1.2.0 a trusted publisher"},
		{"1.3.0", registry.NoTrust, 21, "1.9.0 a person's approval"},
		{"0.2.1", registry.NoTrust, 8, "0.2.0 provenance"},
		{"0.3.0", registry.NoTrust, 8, ""},
		{"2.0.1", registry.TrustedPublisher, 8, "2.0.0 a person's approval"},
		{"3.0.1", registry.TrustedPublisher, 8, "3.0.0 a person's approval"},
		{"2.5.0", registry.NoTrust, 6, ""}, // published before 2.0.0
	} {
		g := grade(test.version, test.trust, test.day)
		f.Of = map[string]registry.Fact{test.version: {Trust: g.Trust, Published: g.Published}}
		best, ok := f.Before(test.version)
		got := ""
		if ok {
			got = best.Number.String() + " " + best.Trust.String()
		}
		if got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	if _, ok := f.Before("9.9.9"); ok {
		t.Error("a version that is not there was trusted more")
	}
}
