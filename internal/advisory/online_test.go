package advisory

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// testWeb never really waits, and says how often and long it was asked to.
func testWeb(t *testing.T, waits *[]time.Duration) Web {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return Web{
		Client: client,
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Jitter: func(width time.Duration) time.Duration { return width / 2 },
		Wait: func(ctx context.Context, d time.Duration) error {
			if waits != nil {
				*waits = append(*waits, d)
			}
			return ctx.Err()
		},
	}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// canaryBulk is the canary's part of an answer of the bulk endpoint.
const canaryBulk = `"minimist":[{"id":1,"url":"https://github.com/advisories/GHSA-vh95-rmgr-6w4m","title":"t",` +
	`"severity":"moderate","vulnerable_versions":"<0.2.1","cwe":["CWE-1321"],"cvss":{"score":5.6,"vectorString":null}}]`

const lodashBulk = `"lodash":[{"id":2,"url":"https://github.com/advisories/GHSA-29mw-wpgm-hmr9","title":"ReDoS",` +
	`"severity":"moderate","vulnerable_versions":"<4.17.21","cwe":[],"cvss":{"score":5.3,` +
	`"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}}]`

// bad are the ways of a server to fail that no source may take for an answer,
// and how often each is tried.
var bad = []struct {
	name  string
	tries int32
	serve http.HandlerFunc
}{
	{"503", 4, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }},
	{"500", 4, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
	{"429", 4, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }},
	{"408", 4, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(408) }},
	{"425", 4, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(425) }},
	{"404", 1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
	{"401", 1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }},
	{"204", 1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }},
	{"reset", 4, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }},
	{"reset in the body", 4, func(w http.ResponseWriter, _ *http.Request) {
		asJSON(w, `{"lodash":[`+strings.Repeat(" ", 1<<16))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
	{"cut short", 4, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		asJSON(w, `{"lodash":[`)
	}},
	{"cut short, politely", 1, text(`{"lodash":[{"id":1`)},
	{"empty body", 1, text(``)},
	{"{}", 1, text(`{}`)},
	{"null", 1, text(`null`)},
	{"[]", 1, text(`[]`)},
	{"true", 1, text(`true`)},
	{"an error object", 1, text(`{"error":"not implemented"}`)},
	{"HTML", 1, text(`<!DOCTYPE html><html><body>proxy login</body></html>`)},
	{"another type", 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `{`+canaryBulk+`}`)
	}},
	{"no type", 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, `{`+canaryBulk+`}`)
	}},
	{"trailing bytes", 1, text(`{} {}`)},
	{"elsewhere", 1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace("http://"+r.Host, "127.0.0.1", "localhost", 1)+"/", http.StatusTemporaryRedirect)
	}},
	{"a loop", 1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}},
}

func asJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { asJSON(w, body) }
}

func TestOnlineSourcesFail(t *testing.T) {
	asked := []Asked{{"lodash", []string{"4.17.15"}}}
	for _, row := range bad {
		for _, kind := range []string{"npm", "osv"} {
			var tries atomic.Int32
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				tries.Add(1)
				if tries.Load() > 40 {
					t.Errorf("%s: %s: asked without end", kind, row.name)
					return
				}
				row.serve(w, r)
			})
			var source Source = &NPM{Registry: url + "/", Web: testWeb(t, nil)}
			if kind == "osv" {
				source = &OSV{Base: url, Web: testWeb(t, nil)}
			}
			records, _, err := source.Answer(t.Context(), asked)
			if err == nil || records != nil {
				t.Errorf("%s: %s: got %v, want an error", kind, row.name, records)
			}
			if n := tries.Load(); n != row.tries && row.name != "a loop" {
				t.Errorf("%s: %s: tried %d times, want %d (%v)", kind, row.name, n, row.tries, err)
			}
		}
	}
}

func TestOnlineSourcesHang(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	url := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	for _, source := range []Source{&NPM{Registry: url, Web: testWeb(t, nil)}, &OSV{Base: url, Web: testWeb(t, nil)}} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, _, err := source.Answer(ctx, []Asked{{"lodash", []string{"4.17.15"}}})
		cancel()
		if err == nil {
			t.Errorf("%s: no error", source.Name())
		}
	}
}

func TestOnlineAnswerTooLarge(t *testing.T) {
	chunk := strings.Repeat(" ", 1<<20)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range maxAnswer>>20 + 1 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	})
	_, _, err := (&NPM{Registry: url, Web: testWeb(t, nil)}).Answer(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "above") {
		t.Errorf("got %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		header string
		want   time.Duration
	}{
		{"2", 2 * time.Second},
		{"0", 0},
		{"99999999999", 30 * time.Second}, // overflows a Duration when multiplied
		{"9999999999", 30 * time.Second},  // and becomes negative
		{"99999999999999999999999999", 30 * time.Second},
		{"-1", 250 * time.Millisecond},
		{"soon", 250 * time.Millisecond},
		{"", 250 * time.Millisecond},
		{"Fri, 02 Jan 2026 03:04:08 GMT", 3 * time.Second},
		{"Fri, 02 Jan 2099 03:04:08 GMT", 30 * time.Second},
		{"Fri, 02 Jan 2015 03:04:08 GMT", 250 * time.Millisecond},
	} {
		tries := 0
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if tries++; tries == 1 {
				w.Header().Set("Retry-After", row.header)
				w.WriteHeader(503)
				return
			}
			asJSON(w, "{"+canaryBulk+"}")
		})
		var waits []time.Duration
		_, _, err := (&NPM{Registry: url, Web: testWeb(t, &waits)}).Answer(t.Context(), nil)
		if err != nil || len(waits) != 1 || waits[0] != row.want {
			t.Errorf("%q: waited %v, want %v; %v", row.header, waits, row.want, err)
		}
	}
}

func TestNPM(t *testing.T) {
	var asked []Asked
	for i := range 2500 {
		asked = append(asked, Asked{fmt.Sprintf("package-%04d", i), []string{"1.0.0"}})
	}
	asked = append(asked, Asked{"lodash", []string{"4.17.15", "4.17.21"}}, Asked{"minimist", []string{"1.2.8"}})
	var requests atomic.Int32
	names := make(chan map[string][]string, 10)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Method != "POST" || r.URL.Path != "/root/-/npm/v1/security/advisories/bulk" || r.Header.Get("Content-Encoding") != "gzip" ||
			r.Header.Get("Authorization") != "Bearer t" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		var query map[string][]string
		if err := json.NewDecoder(z).Decode(&query); err != nil {
			t.Error(err)
		}
		names <- query
		answer := canaryBulk
		if query["lodash"] != nil {
			answer += "," + lodashBulk
		}
		asJSON(w, "{"+answer+"}")
	})
	source := &NPM{Registry: url + "/root/", Web: testWeb(t, nil),
		Authorize: func(r *http.Request) { r.Header.Set("Authorization", "Bearer t") }}
	records, status, err := source.Answer(t.Context(), asked)
	if err != nil || requests.Load() != 3 || status.Advisories != 2 || !status.AsOf.Equal(source.Web.Now()) || status.Partial {
		t.Fatalf("%d requests, %+v, %v", requests.Load(), status, err)
	}
	close(names)
	total := 0
	for query := range names {
		list, ok := query["minimist"]
		if !ok || list[0] != canaryVersion {
			t.Errorf("a request without the canary: %v", list)
		}
		if len(list) == 1 {
			total--
		}
		total += len(query)
	}
	if total != len(asked) {
		t.Errorf("asked for %d packages, want %d", total, len(asked))
	}
	matches, _, err := Look(t.Context(), []Source{told{name: "npm", records: records}}, graph("lodash@4.17.15",
		"lodash@4.17.21", "lodash@4.17.21-rc.1", "minimist@1.2.8"), true)
	if err != nil || len(matches) != 2 || matches[0].Record.ID != "GHSA-29mw-wpgm-hmr9" || matches[0].Fixed != "" {
		t.Errorf("%v, %v", brief(matches), err)
	}
}

func TestNPMCanary(t *testing.T) {
	for name, answer := range map[string]string{
		"absent":            `{` + lodashBulk + `}`,
		"another version's": strings.Replace(`{`+canaryBulk+`}`, "<0.2.1", ">=1.0.0 <1.2.3", 1),
		"another advisory":  strings.Replace(`{`+canaryBulk+`}`, CanaryID, "GHSA-xvch-5gv4-984h", 1),
		"another package's": strings.Replace(`{`+canaryBulk+`}`, "minimist", "minimism", 1),
		"empty list":        `{"minimist":[]}`,
	} {
		_, _, err := (&NPM{Registry: serve(t, text(answer)), Web: testWeb(t, nil)}).Answer(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), CanaryID) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseBulk(t *testing.T) {
	for _, bad := range []string{
		`{"a":{}}`, `{"a":null}`, `{"a":"x"}`, `{"a":[1]}`, `{"a":[null]}`, `{"a":[{}]}`, `{"a":[{"id":null}]}`,
		`{"a":[{"id":1,"vulnerable_versions":1}]}`,
		`{"a":[],"a":[]}`, `{"a":[{"id":1,"cwe":506}]}`, `{"a":[{"id":1,"cwe":{"0":"CWE-506"}}]}`, `{"a":[{"id":1,"cwe":[506]}]}`,
	} {
		if r, err := parseBulk([]byte(bad)); err == nil {
			t.Errorf("%s: got %v, want an error", bad, r)
		}
	}
	records, err := parseBulk(
		[]byte(`{"a":[{"id":7},{"id":8,"url":"https://github.com/advisories/GHSA-x","severity":"low","vulnerable_versions":"<1"},
		{"id":9,"url":"https://github.com/advisories/GHSA-x","severity":"low","vulnerable_versions":">=2.0.0 <2.1.0"},
		{"id":10,"url":"","severity":"critical","cwe":["CWE-506"],"vulnerable_versions":"*"}]}`))
	if err != nil || len(records) != 3 {
		t.Fatal(records, err)
	}
	if r := records[0]; r.ID != "npm-7" || r.Severity.String() != "unknown" || !affected(t, &r, "99.0.0") {
		t.Errorf("without range and severity: %+v", r)
	}
	if r := records[1]; len(r.Ranges) != 2 || affected(t, &r, "1.5.0") || !affected(t, &r, "2.0.5") || !affected(t, &r, "0.1.0") {
		t.Errorf("two ranges of one advisory: %+v", r)
	}
	if one, err := parseBulk([]byte(`{"a":[{"id":1,"cwe":"CWE-506","vulnerable_versions":"*"},{"id":2,"cwe":null},` +
		`{"id":3,"cwe":[]}]}`)); err != nil || one[0].Kind != Malware || one[1].Kind != Vulnerability {
		t.Errorf("one weakness, none: %+v, %v", one, err)
	}
	if records[2].Kind != Malware || records[2].ID != "npm-10" {
		t.Errorf("malware: %+v", records[2])
	}
}

func FuzzParseBulk(f *testing.F) {
	f.Add([]byte("{" + canaryBulk + "," + lodashBulk + "}"))
	f.Add([]byte(`{"a":[{"id":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := parseBulk(data)
		for _, r := range records {
			if err != nil || r.ID == "" {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}

// An answer about Lodash to a question about lodash says nothing about lodash.
func TestNPMAnotherCase(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w,
			`{"minimist":[{"id":1,"url":"https://github.com/advisories/GHSA-vh95-rmgr-6w4m","severity":"moderate","vulnerable_versions":"<0.2.1"}],
			"Lodash":[{"id":2,"severity":"critical","vulnerable_versions":"<4.17.21"}]}`)
	})
	source := &NPM{Registry: url, Web: testWeb(t, nil)}
	if _, _, err := source.Answer(t.Context(), []Asked{{Name: "lodash", Versions: []string{"4.17.15"}}}); err == nil ||
		!strings.Contains(err.Error(), `answers about "Lodash"`) {
		t.Error(err)
	}
	both := []Asked{{Name: "Lodash", Versions: []string{"1.0.0"}}, {Name: "lodash", Versions: []string{"4.17.15"}}}
	if records, _, err := source.Answer(t.Context(), both); err != nil || len(records) != 2 {
		t.Error(records, err)
	}
}
