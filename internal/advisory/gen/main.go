// Command gen makes the advisory snapshot that is embedded in the binary, from
// the folder osv of the data archive (PUBLISHGATE_DATA). It is run by
// go generate; the same data give the same bytes. It is no part of the gate.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/strict"
)

// facts is a set of GitHub advisories in npm's range notation, one range an
// advisory and package: good enough where nothing better is known.
const facts = "npm-ghsa-facts-2026-05-04.jsonl.gz"

func main() {
	out := flag.String("o", "snapshot.cdb", "the `file` to write")
	flag.Parse()
	if err := run(*out, os.Getenv("PUBLISHGATE_DATA")); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out, data string) error {
	if data == "" {
		return errors.New("PUBLISHGATE_DATA names no data archive")
	}
	records, err := read(filepath.Join(data, "osv"))
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	err = advisory.WriteDatabase(f, records, advisory.Info{
		AsOf:    newest(records),
		Sources: []string{"GitHub Advisory Database (CC-BY-4.0)", "OpenSSF malicious-packages (Apache-2.0)"},
		Partial: true,
	})
	if err != nil {
		return err
	}
	return f.Close()
}

// read gathers all sets and drops what was withdrawn, also where a copy lost
// the mark and only the title or the list of such copies tells.
func read(dir string) ([]advisory.Record, error) {
	var records []advisory.Record
	for _, set := range []string{
		"bulk/npm-ghsa-2025-02-18.jsonl.gz", "bulk/npm-osvdev-export-2025-02-18.jsonl.gz",
		"npm", "npm-osvdev", "npm-read", "malicious", "malicious-withdrawn",
	} {
		more, err := advisory.ReadOSV(context.Background(), filepath.Join(dir, set), time.Now())
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			return nil, fmt.Errorf("read %s: no record", set)
		}
		records = append(records, more...)
	}
	known := map[string]bool{}
	for _, r := range records {
		known[r.ID] = true
	}
	more, err := readFacts(filepath.Join(dir, "bulk", facts), known)
	if err != nil {
		return nil, err
	}
	records = append(records, more...)
	gone, err := withdrawn(filepath.Join(dir, "WITHDRAWN-BY-TEXT.json"))
	if err != nil {
		return nil, err
	}
	for i := range records {
		if r := &records[i]; gone[r.ID] || r.Withdrawn || strings.HasPrefix(r.Title, "Withdrawn") ||
			strings.HasPrefix(r.Title, "Duplicate Advisory") {
			gone[r.ID] = true
		}
	}
	for i := range records { // in every copy of it
		records[i].Withdrawn = records[i].Withdrawn || gone[records[i].ID]
		records[i].Title = "" // prose, which the binary does not carry
	}
	return records, nil
}

func withdrawn(path string) (map[string]bool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := strict.ParseAny(data, strict.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	gone := map[string]bool{}
	for e := range list.Elements() {
		gone[e.Get("id").Text()] = true
	}
	if len(gone) == 0 {
		return nil, fmt.Errorf("read %s: no id", path)
	}
	return gone, nil
}

// readFacts reads the set of facts, without the advisories known already.
func readFacts(path string, known map[string]bool) ([]advisory.Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var records []advisory.Record
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		doc, err := strict.Parse(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		r, err := advisory.ParseFacts(doc)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if !known[r.ID] {
			records = append(records, r)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return records, nil
}

// newest is the latest time any record speaks of.
func newest(records []advisory.Record) time.Time {
	var last time.Time
	for _, r := range records {
		if t, err := time.Parse(time.RFC3339, r.Modified); err == nil && t.After(last) {
			last = t
		}
	}
	return last.UTC()
}
