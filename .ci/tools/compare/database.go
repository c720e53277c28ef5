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
	"time"

	bolt "go.etcd.io/bbolt"
)

// prepare makes of the same records what each tool reads: our database, trivy's,
// osv-scanner's, and a registry that answers audits. stop ends the registry.
func (c *comparison) prepare(records []record, file string) (stop func(), err error) {
	if _, _, err := c.measure(command{args: []string{c.ours(), "db", "build", "-from", file, "-o", c.at("ours.cdb")}}); err != nil {
		return nil, err
	}
	if err := c.trivyDB(records); err != nil {
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

// trivyDB writes trivy's database, schema 2: buckets of bbolt.
func (c *comparison) trivyDB(records []record) error {
	dir := c.at("trivy", "db")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	now := time.Now()
	about, err := json.Marshal(map[string]any{"Version": 2, "UpdatedAt": now, "NextUpdate": now.Add(24 * time.Hour), "DownloadedAt": now})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "metadata.json"), about, 0o644)
	}
	if err != nil {
		return err
	}
	db, err := bolt.Open(filepath.Join(dir, "trivy.db"), 0o644, nil)
	if err != nil {
		return err
	}
	const source = "npm::GitHub Security Advisory npm"
	err = db.Update(func(tx *bolt.Tx) error {
		put := func(value any, key string, path ...string) error {
			b, err := tx.CreateBucketIfNotExists([]byte(path[0]))
			for _, name := range path[1:] {
				if err == nil {
					b, err = b.CreateBucketIfNotExists([]byte(name))
				}
			}
			data, failed := json.Marshal(value)
			if err != nil || failed != nil {
				return fmt.Errorf("%v, %w", err, failed)
			}
			return b.Put([]byte(key), data)
		}
		err := put(map[string]string{"ID": "ghsa", "Name": "GitHub Security Advisory npm", "URL": "https://github.com/advisories"},
			source, "data-source")
		for _, r := range records {
			for _, name := range r.names() {
				var ranges []string
				for _, one := range r.ranges(name) {
					ranges = append(ranges, strings.ReplaceAll(one, " ", ", "))
				}
				if err == nil {
					err = put(map[string]any{"VulnerableVersions": ranges}, r.ID, source, strings.ToLower(name))
				}
			}
			if err == nil {
				err = put(map[string]any{"Title": r.Summary, "VendorSeverity": map[string]int{"ghsa": 3}}, r.ID, "vulnerability")
			}
		}
		return err
	})
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}

// osvDB writes the records as osv-scanner downloads them.
func (c *comparison) osvDB(records []record) error {
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
			_, err = w.Write(r.text)
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
func answers(records []record) http.Handler {
	of := map[string][]map[string]any{}
	for i, r := range records {
		for _, name := range r.names() {
			of[name] = append(of[name], map[string]any{"id": i + 1, "url": "https://github.com/advisories/" + r.ID, "title": r.Summary,
				"severity": strings.ToLower(r.Specific.Severity), "vulnerable_versions": strings.Join(r.ranges(name), " || "), "cwe": []string{},
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
