package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// An auditRegistry is the public registry, but for the advisories: those are the
// snapshot's.
type auditRegistry struct{ address string }

func newAuditRegistry(t *testing.T) *auditRegistry {
	public, err := url.Parse(npm.PublicRegistry)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(public)
		r.Out.Host = public.Host
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /-/npm/v1/security/advisories/bulk", func(w http.ResponseWriter, r *http.Request) {
		answer, err := bulk(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
	mux.Handle("/", proxy)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &auditRegistry{server.URL + "/"}
}

// bulk answers {"name": ["version", …]} as npm's registry does.
func bulk(r *http.Request) (map[string][]map[string]any, error) {
	var query map[string][]string
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		body = z
	}
	if err := json.NewDecoder(body).Decode(&query); err != nil {
		return nil, err
	}
	var asked []advisory.Asked
	for name, versions := range query {
		asked = append(asked, advisory.Asked{Name: name, Versions: versions})
	}
	records, _, err := advisory.Snapshot().Answer(r.Context(), asked)
	if err != nil {
		return nil, err
	}
	answer := map[string][]map[string]any{}
	for i, rec := range records {
		var ranges []string
		for _, run := range rec.Ranges {
			ranges = append(ranges, npmRangeOf(run))
		}
		for _, v := range rec.Versions {
			ranges = append(ranges, "="+v)
		}
		answer[rec.Package] = append(answer[rec.Package], map[string]any{
			"id": i + 1, "url": "https://github.com/advisories/" + rec.ID, "title": rec.ID, "severity": rec.Severity.String(),
			"vulnerable_versions": strings.Join(ranges, " || "), "cwe": []string{}, "cvss": map[string]any{"score": 0, "vectorString": nil},
		})
	}
	return answer, nil
}

func npmRangeOf(r advisory.Range) string {
	text := ">=" + r.Introduced
	switch {
	case r.Fixed != "":
		return text + " <" + r.Fixed
	case r.LastAffected != "":
		return text + " <=" + r.LastAffected
	case r.Limit != "":
		return text + " <" + r.Limit
	}
	return text
}

// auditFix tries npm's own way on a fresh copy, first within the ranges there are,
// then without regard to them.
func (p planner) auditFix(t *testing.T, dir string, had map[string]bool) string {
	var all []string
	for _, more := range [][]string{nil, {"--force"}} {
		all = append(all, p.auditOnce(t, dir, had, more))
	}
	return strings.Join(all, "; with --force ")
}

func (p planner) auditOnce(t *testing.T, dir string, had map[string]bool, more []string) string {
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	npm := filepath.Join(p.managers, "npm11", "node_modules", ".bin", "npm")
	// It exits 1 where something is left, so what it did is looked at.
	said, _ := p.command(work, npm, append([]string{"audit", "fix", "--package-lock-only", "--ignore-scripts",
		"--registry", p.registry.address}, more...)...)
	after, err := p.judge(work)
	if err != nil {
		return "the gate: " + err.Error()
	}
	left := 0
	for key := range after.advisories() {
		if had[key] {
			left++
		}
	}
	text := fmt.Sprintf("%d of %d gone, %d new", len(had)-left, len(had), len(fresh(had, after.advisories())))
	if at := strings.Index(said, "npm error code"); at >= 0 {
		code, _, _ := strings.Cut(said[at+len("npm error code"):], "\n")
		text += " (" + strings.TrimSpace(code) + ")"
	}
	return text
}
