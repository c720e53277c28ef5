package registry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// TestHistory reads what stands in a packument in any order.
func TestHistory(t *testing.T) {
	const body = `{"time":{"created":"2020-01-01T00:00:00Z","modified":"2020-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00.500Z",
			"1.1.0":"soon","2.0.0":7,"0.9.0":"2019-01-01T01:00:00+01:00","1.0.1":"2019-06-01T00:00:00Z","9.0.0":"2099-01-01T00:00:00Z"},
		"versions":{
			"9.0.0":{"name":"a","version":"9.0.0","license":{"type":"MIT"}},
			"1.0.0":{"deprecated":"","license":"ISC","dist":{"integrity":"sha512-a","shasum":"b","tarball":"https://r.example/a.tgz",
				"attestations":{"provenance":{}},"signatures":[{"keyid":"k","sig":"s"}]},"version":"1.0.0","name":"a",
				"_npmUser":{"name":"GitHub Actions","trustedPublisher":{"id":"github"}}},
			"10.0.0":{"name":"a","version":"10.0.0","licenses":[{"type":"MIT"},{"type":"Apache-2.0"}]},
			"2.0.0":{"name":"a","version":"2.0.0","deprecated":"do not","_npmUser":{"name":"eve"},"dist":[]},
			"1.1.0":{"name":"a","version":"1.1.0","deprecated":true,"_npmUser":{"name":"ann","approver":{"name":"bob"}}},
			"old":{"name":"a","version":"old"},
			"1.0.1":{"name":"a","version":"1.0.1"}},
		"maintainers":[{"name":"ann","email":"a@example.com"},"bob <b@example.com>"],
		"dist-tags":{"latest":"1.0.0","next":"9.9.9"},"readme":"\"}","name":"a"}`
	h, found, err := replying(t, 200, body).History(t.Context(), "a")
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	var order []string
	by := map[string]registry.Publication{}
	for _, v := range h.Releases {
		order, by[v.Version] = append(order, v.Version), v
	}
	// No time: ascending by number, and "old" is none. Then by time.
	if got := strings.Join(order, " "); got != "old 1.1.0 2.0.0 10.0.0 1.0.1 1.0.0 9.0.0" {
		t.Errorf("order %s", got)
	}
	first := by["1.0.0"]
	first.Number = by["old"].Number
	want := fmt.Sprint(registry.Publication{Version: "1.0.0", Integrity: "sha512-a", Shasum: "b", Tarball: "https://r.example/a.tgz",
		Signatures: []registry.Signature{{KeyID: "k", Sig: "s"}}, Attested: true, Trust: registry.TrustedPublisher, By: "GitHub Actions",
		TrustedPublisher: "github", Published: time.Date(2020, 1, 1, 0, 0, 0, 5e8, time.UTC), License: "ISC"})
	if got := fmt.Sprint(first); got != want {
		t.Errorf("%s\nexpected %s", got, want)
	}
	if v := by["1.1.0"]; v.Trust != registry.Approved || v.Approver != "bob" || v.By != "ann" || v.Deprecated != "deprecated" {
		t.Errorf("%+v", v)
	}
	if by["2.0.0"].Deprecated != "do not" || by["9.0.0"].License != "MIT" || by["10.0.0"].License != "MIT OR Apache-2.0" ||
		by["9.0.0"].Published.Year() != 2099 {
		t.Errorf("%+v", by)
	}
	var times []string
	for version, at := range h.Times {
		times = append(times, fmt.Sprintf("%s %d", version, at.Year()))
	}
	slices.Sort(times)
	if got := strings.Join(times, ", "); got != "0.9.0 2019, 1.0.0 2020, 1.0.1 2019, 1.1.0 1, 2.0.0 1, 9.0.0 2099" {
		t.Errorf("times %s", got)
	}
	if got := fmt.Sprintf("%s %v %v %v", h.Name, h.Tags, h.Maintainers, h.Withdrawn); got != "a map[latest:1.0.0 next:9.9.9] [ann bob] false" {
		t.Errorf("%s", got)
	}
}

// TestHistoryOfWhatIsGone: npm keeps the times of a package that was taken back.
func TestHistoryOfWhatIsGone(t *testing.T) {
	const body = `{"name":"a","time":{"created":"2020-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z",
		"unpublished":{"name":"ann","time":"2021-01-01T00:00:00Z","versions":["1.0.0","1.0.1",7]}}}`
	c := replying(t, 200, body)
	h, found, err := c.History(t.Context(), "a")
	if err != nil || !found || len(h.Releases) != 0 || !h.Withdrawn || h.Unpublished.Year() != 2021 || len(h.Times) != 2 ||
		h.Times["1.0.0"].Year() != 2020 || !h.Times["1.0.1"].IsZero() || h.Maintainers != nil {
		t.Errorf("%+v, %v, %v", h, found, err)
	}
	if f, found, err := c.Facts(t.Context(), "a", only("1.0.0")); err != nil || !found || len(f.Of) != 0 {
		t.Errorf("facts: %+v, %v, %v", f, found, err)
	}
}

// TestHistoryRefused: nothing that is no packument of the package is one without
// versions.
func TestHistoryRefused(t *testing.T) {
	for body, want := range map[string]string{
		"": "cannot be read",
		"<!doctype html><html>maintenance</html>":                                               "cannot be read",
		`{"error":"not found"}`:                                                                 `about ""`,
		`{"name":"a"}`:                                                                          "no versions",
		`{"name":"a","versions":null}`:                                                          "no versions",
		`{"name":"b","versions":{}}`:                                                            `about "b"`,
		`{"name":"a","versions":{"1.0.0":{"name":"`:                                             "ends at byte",
		`{"name":"a","versions":{}} <!-- -->`:                                                   "after the document",
		`{"name":"a","versions":{"1.0.0":7}}`:                                                   "expected an object",
		`{"name":"a","versions":{"1.0.0":{}}}`:                                                  `answered about ""@""`,
		`{"name":"a","versions":{},"dist-tags":[]}`:                                             "dist-tags are",
		`{"name":"a","versions":{},"maintainers":7}`:                                            "maintainers are",
		`{"name":"a","versions":{"1.0.0":{"name":"b","version":"1.0.0"}}}`:                      `answered about "b"@"1.0.0"`,
		`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.1"}}}`:                      `answered about "a"@"1.0.1"`,
		`{"name":"a","versions":{},"dist-tags":{"latest":1}}`:                                   "expected a string",
		`{"name":"a","versions":{},"maintainers":[{"email":"x"}]}`:                              "without a name",
		`{"name":"a","versions":{},"versions":{}}`:                                              "stands twice",
		`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0","dist":{"a":1,"a":2}}}}`: "stands twice",
		`{"name":"a","time":{"x":"` + strings.Repeat("1", 64<<10) + `"},"versions":{}}`:         "above 65536 bytes",
	} {
		h, found, err := replying(t, 200, body).History(t.Context(), "a")
		var answer *registry.AnswerError
		if found || err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &answer) {
			t.Errorf("%.80s: %v, %v, %v, expected %q", body, h, found, err, want)
		}
	}
	for status, absent := range map[int]bool{404: true, 410: true, 401: false, 403: false, 418: false, 500: false, 503: false} {
		if _, found, err := replying(t, status, "no").History(t.Context(), "a"); found || (err == nil) != absent {
			t.Errorf("%d: %v, %v", status, found, err)
		}
	}
	if _, _, err := replying(t, 200, "{}").History(t.Context(), "../a"); err == nil {
		t.Error("a name that is a path is asked for")
	}
}

// TestHistoryElsewhere: what leads to another origin is an error, never a package
// that is gone, and nobody there is asked.
func TestHistoryElsewhere(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL+"/a", http.StatusFound))
	defer s.Close()
	for _, token := range []string{"", canary} {
		c, _ := client(t, s.URL, token)
		_, found, err := c.History(t.Context(), "a")
		if found || !registry.Elsewhere(err) || !strings.Contains(fmt.Sprint(err), "another origin") || asked > 0 {
			t.Errorf("%v, %v, asked %d times", found, err, asked)
		}
	}
}

// TestHistoryPatience: a wait of a year is not waited for, and the error says so.
func TestHistoryPatience(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("Retry-After", "31536000")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer s.Close()
	c, waited := client(t, s.URL, "")
	_, found, err := c.History(t.Context(), "a")
	if found || err == nil || n != 1 || len(waited.all) != 0 || !strings.Contains(err.Error(), "429") ||
		!strings.Contains(err.Error(), "asks to wait a day or longer") {
		t.Errorf("%v, %v, %d requests, slept %v", found, err, n, waited.all)
	}
}

// TestHistoryBounds goes one past each limit.
func TestHistoryBounds(t *testing.T) {
	race.Leave(t, "TestHistory")
	versions := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"name":"a","versions":{`)
		for i := range n {
			_, _ = fmt.Fprintf(&b, `"%d.0.0":{"name":"a","version":"%d.0.0"},`, i, i)
		}
		return strings.TrimSuffix(b.String(), ",") + "}}"
	}
	h, _, err := replying(t, 200, versions(registry.MaxVersions)).History(t.Context(), "a")
	if err != nil || len(h.Releases) != registry.MaxVersions {
		t.Errorf("at the limit: %v", err)
	}
	if _, _, err = replying(t, 200, versions(registry.MaxVersions+1)).History(t.Context(), "a"); err == nil ||
		!strings.Contains(err.Error(), "more than 100000 versions") {
		t.Errorf("past the limit: %v", err)
	}
	var times strings.Builder
	for i := range 2*registry.MaxVersions + 1 {
		_, _ = fmt.Fprintf(&times, `,"%d.0.0":""`, i)
	}
	if _, _, err = replying(t, 200, `{"name":"a","versions":{},"time":{`+times.String()[1:]+`}}`).History(t.Context(), "a"); err == nil ||
		!strings.Contains(err.Error(), "times of more than 200000 versions") {
		t.Errorf("too many times: %v", err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"name":"a","versions":{},"readme":"`)
		block := strings.Repeat("x", 1<<20)
		for range registry.MaxPackumentBytes>>20 + 1 {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, `"}`)
	}))
	defer s.Close()
	c, _ := client(t, s.URL, "")
	if _, _, err := c.History(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("too many bytes: %v", err)
	}
}

// TestHistoryOfALargePackument keeps a few words of each of 20,000 versions, of a
// packument of 60 MB: 1 kB each.
func TestHistoryOfALargePackument(t *testing.T) {
	race.Leave(t, "TestHistory")
	const versions = 20_000
	readme := strings.Repeat(`\" { a readme `, 200)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"name":"a","versions":{`)
		for i := range versions {
			_, _ = fmt.Fprintf(w, `"1.0.%d":{"name":"a","version":"1.0.%d","readme":"%s","license":"MIT","_npmUser":{"name":"ann"},"dist":{
				"integrity":"sha512-%088d","shasum":"%040d","tarball":"https://registry.example/a/-/a-1.0.%d.tgz",
				"signatures":[{"keyid":"SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA","sig":"%096d"}]}},`, i, i, readme, i, i, i, i)
		}
		_, _ = io.WriteString(w, `"0.0.0":{"name":"a","version":"0.0.0"}},"time":{"1.0.7":"2099-01-01T00:00:00Z"`)
		for i := range versions {
			_, _ = fmt.Fprintf(w, `,"2.0.%d":"2020-01-01T00:00:00Z"`, i)
		}
		_, _ = io.WriteString(w, `}}`)
	}))
	defer s.Close()
	c, _ := client(t, s.URL, canary)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h, _, err := c.History(t.Context(), "a")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(h.Releases) != versions+1 || len(h.Times) != versions+1 {
		t.Fatalf("%v", err)
	}
	last := h.Releases[versions]
	if last.Version != "1.0.7" || last.Published.Year() != 2099 || last.By != "ann" {
		t.Errorf("%+v", last)
	}
	live := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes of each version are kept", live/versions)
	if live > versions<<10 {
		t.Errorf("%d bytes are kept of %d versions", live, versions)
	}
}

// FuzzHistory: whatever is read is in order, each version with its time, and the
// same again.
func FuzzHistory(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0","dist":{"integrity":"x"}}},"time":{"1.0.0":"2020-01-01T00:00:00Z"}}`,
		`{"name":"a","time":{"unpublished":{"time":"2020-01-01T00:00:00Z","versions":["1.0.0"]}},"maintainers":["x"],"dist-tags":{}}`,
		`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0"`, `<html>`, `{"name":"b","versions":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := registry.ReadHistory("a", body)
		if err != nil {
			return
		}
		for i, v := range h.Releases {
			if i > 0 && h.Releases[i-1].Published.After(v.Published) {
				t.Errorf("%s is before %s", h.Releases[i-1].Version, v.Version)
			}
			if !v.Published.Equal(h.Times[v.Version]) {
				t.Errorf("%s: %v, %v", v.Version, v.Published, h.Times[v.Version])
			}
		}
		again, err := registry.ReadHistory("a", body)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(h) {
			t.Errorf("another history, %v", err)
		}
	})
}

// TestHistoryAsReleases reads real packuments as the reader of whole documents does.
func TestHistoryAsReleases(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	files, err := filepath.Glob(dir + "/sigstore/packuments/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no packuments: %v", err)
	}
	versions := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Name     string
			Versions map[string]any
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Versions == nil { // the times alone
			continue
		}
		c := replying(t, 200, string(body))
		p, _, whole := c.Package(t.Context(), doc.Name, true)
		h, found, err := c.History(t.Context(), doc.Name)
		if whole != nil || err != nil || !found || len(h.Releases) < len(p.Releases) || fmt.Sprint(h.Tags) != fmt.Sprint(p.Tags) {
			t.Errorf("%s: %v, %v", doc.Name, whole, err)
			continue
		}
		by := map[string]registry.Publication{}
		for _, v := range h.Releases {
			by[v.Version] = v
		}
		for _, r := range p.Releases {
			v := by[r.Version]
			if v.Integrity != r.Integrity || v.Shasum != r.Shasum || v.Tarball != r.Tarball || v.License != r.License ||
				len(v.Signatures) != r.Signatures || v.Attested != r.Attestations || !v.Published.Equal(r.Published) ||
				(v.Deprecated != "") != r.Deprecated || v.Approver != r.Approver || v.TrustedPublisher != r.TrustedPublisher {
				t.Errorf("%s@%s: %+v, expected %+v", doc.Name, r.Version, v, r)
			}
			versions++
		}
	}
	if versions == 0 {
		t.Error("no version was compared")
	}
}

// TestHistoryFaults: a registry that fails has not lost the package.
func TestHistoryFaults(t *testing.T) {
	s := widget(t)
	c, _ := client(t, s.URL, "")
	for fault, want := range map[string]string{"get-html": "cannot be read", "get-500": "500", "get-truncated": "tried 4 times",
		"get-half": "ends at byte", "get-drop": "tried 4 times", "get-empty": `about ""`, "get-401": "401", "get-403": "403"} {
		s.Fail(fault, 0, 0)
		if h, found, err := c.History(t.Context(), "@acme/widget"); found || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, %v", fault, h, found, err)
		}
		s.Mend()
	}
	if h, found, err := c.History(t.Context(), "@acme/widget"); err != nil || !found || len(h.Releases) != 45 || h.Tags["latest"] != "3.3.2" {
		t.Errorf("mended: %v, %v", found, err)
	}
}
