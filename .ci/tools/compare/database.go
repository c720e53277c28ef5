package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// prepare makes of the same records what each tool reads: our database, trivy's,
// osv-scanner's, and a registry that answers audits. stop ends the registry.
func (c *comparison) prepare(records []beside.Record, file string) (stop func(), err error) {
	if _, _, err := c.measure(beside.Command{Args: []string{c.ours(), "db", "build", "-from", file, "-o", c.at("ours.cdb")}}); err != nil {
		return nil, err
	}
	if err := beside.TrivyDB(c.at("trivy"), records); err != nil {
		return nil, fmt.Errorf("trivy's database: %w", err)
	}
	if err := c.osvDB(records); err != nil {
		return nil, fmt.Errorf("osv-scanner's database: %w", err)
	}
	server := httptest.NewServer(answers(records))
	c.registry = server.URL
	return server.Close, nil
}

func (c *comparison) ours() string { return filepath.Join(c.bin, "publishgate") }
func (c *comparison) at(name ...string) string {
	return filepath.Join(append([]string{c.work}, name...)...)
}

// osvDB writes the records as osv-scanner downloads them.
func (c *comparison) osvDB(records []beside.Record) error {
	dir := c.at("osv", "osv-scalibr", "npm")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "all.zip"))
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	for _, r := range records {
		w, err := z.Create(r.ID + ".json")
		if err == nil {
			_, err = w.Write(r.Text)
		}
		if err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// answers is a registry that knows advisories and no package.
func answers(records []beside.Record) http.Handler {
	of := map[string][]map[string]any{}
	for i, r := range records {
		for _, name := range r.Names() {
			of[name] = append(of[name], map[string]any{"id": i + 1, "url": "https://github.com/advisories/" + r.ID, "title": r.Summary,
				"severity": strings.ToLower(r.Specific.Severity), "vulnerable_versions": strings.Join(r.Ranges(name), " || "), "cwe": []string{},
				"cvss": map[string]any{"score": 0, "vectorString": nil}})
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodPost || req.URL.Path != "/-/npm/v1/security/advisories/bulk" {
			http.NotFound(w, req)
			return
		}
		var asked map[string][]string
		if err := json.NewDecoder(body(req)).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		found := map[string]any{}
		for name := range asked {
			if all := of[name]; len(all) > 0 {
				found[name] = all
			}
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(found)
	})
}

// body is a request's, unpacked if it came packed.
func body(req *http.Request) io.Reader {
	if req.Header.Get("Content-Encoding") == "gzip" {
		if r, err := gzipReader(req.Body); err == nil {
			return r
		}
	}
	return req.Body
}
