package advisory

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeOSV answers as api.osv.dev does, one advisory a page, except where it is
// told to misbehave.
type fakeOSV struct {
	records map[string]string                                     // id → document
	about   map[string][]string                                   // "name@version" → ids
	batch   func(results []map[string]any) (out []map[string]any) // changes an answer
	details func(w http.ResponseWriter, id string) (done bool)
	posts   atomic.Int32
	queries atomic.Int32
}

func newFakeOSV() *fakeOSV {
	doc := func(id, name, fixed string) string {
		return fmt.Sprintf(`{"id":%q,"modified":"2024-01-01T00:00:00Z","published":"2020-01-01T00:00:00Z","database_specific":{"severity":"HIGH"},
			"affected":[{"package":{"ecosystem":"npm","name":%q},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":%q}]}]}]}`,
			id, name, fixed)
	}
	return &fakeOSV{
		records: map[string]string{
			CanaryID:     doc(CanaryID, "minimist", "0.2.1"),
			"GHSA-other": doc("GHSA-other", "minimist", "1.2.6"),
			"GHSA-l1":    doc("GHSA-l1", "lodash", "4.17.21"),
			"GHSA-l2":    doc("GHSA-l2", "lodash", "4.18.0"),
		},
		about: map[string][]string{"minimist@0.0.8": {"GHSA-other", CanaryID}, "lodash@4.17.15": {"GHSA-l1", "GHSA-l2"}},
	}
}

func (f *fakeOSV) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/v1/vulns/"); ok && r.Method == "GET" {
		if f.details == nil || !f.details(w, id) {
			_, _ = io.WriteString(w, f.records[id])
		}
		return
	}
	if r.Method != "POST" || r.URL.Path != "/api/v1/querybatch" {
		w.WriteHeader(404)
		return
	}
	f.posts.Add(1)
	var query struct{ Queries []osvQuery }
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil || len(query.Queries) > 1000 {
		w.WriteHeader(400)
		return
	}
	f.queries.Add(int32(len(query.Queries)))
	results := []map[string]any{}
	for _, q := range query.Queries {
		result := map[string]any{}
		ids := f.about[q.Package.Name+"@"+q.Version]
		if q.Page != "" {
			ids = ids[min(1, len(ids)):]
		}
		if len(ids) > 0 {
			result["vulns"] = []map[string]string{{"id": ids[0], "modified": "2024-01-01T00:00:00Z"}}
			if len(ids) > 1 {
				result["next_page_token"] = "page-2"
			}
		}
		results = append(results, result)
	}
	if f.batch != nil {
		results = f.batch(results)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

func TestOSV(t *testing.T) {
	f := newFakeOSV()
	asked := []Asked{{"lodash", []string{"4.17.15", "4.18.0"}}}
	for i := range 1500 {
		asked = append(asked, Asked{fmt.Sprintf("p%d", i), []string{"1.0.0"}})
	}
	source := &OSV{Base: serve(t, f.ServeHTTP) + "/api/", Web: testWeb(t, nil)}
	records, status, err := source.Answer(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	// Two batches, and the second pages of lodash and of the canary in each.
	if want := []string{"GHSA-l1", "GHSA-l2", "GHSA-other", CanaryID}; !slices.Equal(ids, want) || f.posts.Load() != 4 ||
		f.queries.Load() != 1502+2+2+1 {
		t.Errorf("got %v after %d posts with %d queries", ids, f.posts.Load(), f.queries.Load())
	}
	if status.Advisories != 4 || status.Partial || !status.AsOf.Equal(source.Web.Now()) {
		t.Errorf("%+v", status)
	}
	if _, _, err := source.Answer(t.Context(), nil); err != nil {
		t.Errorf("nothing asked: %v", err)
	}
}

// token makes a result name its next page so.
func token(key string, value any) func(f *fakeOSV) {
	return func(f *fakeOSV) {
		f.batch = func(r []map[string]any) []map[string]any { r[1][key] = value; return r }
	}
}

func TestOSVMisbehaves(t *testing.T) {
	for _, row := range []struct {
		name  string
		set   func(f *fakeOSV)
		words string
	}{
		{"a result too few", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { return r[:len(r)-1] }
		}, "results for"},
		{"a result too many", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { return append(r, map[string]any{}) }
		}, "results for"},
		{"no result", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { return nil }
		}, "results is null"},
		{"another order", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { slices.Reverse(r); return r }
		}, CanaryID},
		{"another order behind the canary", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { slices.Reverse(r[1:]); return r }
		}, "is not about it"},
		{"without the canary", func(f *fakeOSV) { delete(f.about, "minimist@0.0.8") }, CanaryID},
		{"the canary's second page is missing", func(f *fakeOSV) {
			f.about["minimist@0.0.8"] = []string{"GHSA-other"}
		}, CanaryID},
		{"pages without end", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { r[0]["next_page_token"] = "again"; return r }
		}, "without end"},
		{"a token that is a number", token("next_page_token", 5), "not an answer"},
		{"a token that is true", token("next_page_token", true), "not an answer"},
		{"a token that is false", token("next_page_token", false), "not an answer"},
		{"a token that is null", token("next_page_token", nil), "not an answer"},
		{"a token that is a list", token("next_page_token", []string{"x"}), "not an answer"},
		{"a token that is an object", token("next_page_token", map[string]int{}), "not an answer"},
		{"a token under another name", token("nextPageToken", "x"), "not an answer"},
		{"a token that begins otherwise", token("pageToken", "x"), "not an answer"},
		{"an error in place of a result", token("error", "internal"), "beside the results"},
		{"a status in place of a result", token("code", 13), "beside the results"},
		{"a result cut short", token("truncated", true), "beside the results"},
		{"a page under a name of its own", token("nextPage", "x"), "not an answer"},
		{"vulns with a capital", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { r[1] = map[string]any{"Vulns": r[1]["vulns"]}; return r }
		}, `"Vulns" in place of vulns`},
		{"details with a capital", func(f *fakeOSV) {
			f.records["GHSA-l1"] = strings.Replace(f.records["GHSA-l1"], `"affected"`, `"Affected"`, 1)
		}, `"Affected" in place of affected`},
		{"vulns of another kind", func(f *fakeOSV) {
			f.batch = func(r []map[string]any) []map[string]any { r[1]["vulns"] = "none"; return r }
		}, "as vulns"},
		{"an id that is a path", func(f *fakeOSV) {
			f.about["lodash@4.17.15"] = []string{"../../admin"}
		}, "with the id"},
		{"an id without a name", func(f *fakeOSV) {
			f.about["lodash@4.17.15"] = []string{""}
		}, "with the id"},
		{"details are missing", func(f *fakeOSV) {
			f.details = func(w http.ResponseWriter, id string) bool { w.WriteHeader(404); return true }
		}, "404"},
		{"details of another advisory", func(f *fakeOSV) { f.records["GHSA-l1"] = f.records["GHSA-l2"] }, "asked for"},
		{"details are no record", func(f *fakeOSV) { f.records["GHSA-l1"] = `{}` }, "not an OSV record"},
		{"details are HTML", func(f *fakeOSV) { f.records["GHSA-l1"] = `<html>` }, "GHSA-l1"},
		{"the canary is withdrawn", func(f *fakeOSV) {
			f.records[CanaryID] = strings.Replace(f.records[CanaryID], `{"id"`, `{"withdrawn":"2026-01-01T00:00:00Z","id"`, 1)
		}, CanaryID},
	} {
		f := newFakeOSV()
		row.set(f)
		source := &OSV{Base: serve(t, f.ServeHTTP) + "/api", Web: testWeb(t, nil)}
		records, _, err := source.Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}, {"a", []string{"1.0.0"}}})
		if err == nil || records != nil || !strings.Contains(err.Error(), row.words) {
			t.Errorf("%s: got %d records, %v; want %q", row.name, len(records), err, row.words)
		}
	}
}

// An advisory withdrawn since the index was made is no contradiction.
func TestOSVWithdrawnMeanwhile(t *testing.T) {
	f := newFakeOSV()
	f.records["GHSA-l1"] = `{"id":"GHSA-l1","withdrawn":"2026-01-01T00:00:00Z"}`
	source := &OSV{Base: serve(t, f.ServeHTTP) + "/api", Web: testWeb(t, nil)}
	records, _, err := source.Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
	if err != nil || len(records) != 3 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func FuzzParseBatch(f *testing.F) {
	f.Add([]byte(`{"results":[{"vulns":[{"id":"GHSA-a"}],"next_page_token":"x"},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		results, err := parseBatch(data)
		for _, r := range results {
			for _, id := range r.ids {
				if err != nil || id == "" || strings.Contains(id, "/") {
					t.Errorf("%q, %v", id, err)
				}
			}
		}
	})
}
