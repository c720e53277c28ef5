package beside

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TrivyDB writes into a cache folder of trivy its database, schema 2: buckets of bbolt.
func TrivyDB(cache string, records []Record) error {
	dir := filepath.Join(cache, "db")
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
			for _, name := range r.Names() {
				var ranges []string
				for _, one := range r.Ranges(name) {
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
