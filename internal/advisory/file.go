package advisory

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// The limits on a user's own advisory files.
const (
	maxRecordBytes = 8 << 20 // one OSV document
	maxFiles       = 2_000_000
)

// File returns the source of advisories at a path: a directory or zip of OSV
// documents (*.json, *.jsonl, *.jsonl.gz), one such file, or a database made by
// Build. It is partial if it lacks the canary's advisory, or if a database is
// marked so. An unreadable document is an error, and so is a source without npm
// advisories. Withdrawals after now do not count yet.
func File(path string, now time.Time) Source { return file{path, now} }

type file struct {
	path string
	now  time.Time
}

func (f file) Name() string { return "file:" + filepath.Base(f.path) }

func (f file) Answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	names := make(map[string]bool, len(asked))
	for _, a := range asked {
		names[a.Name] = true
	}
	if db, err := OpenFile(f.path); err != nil {
		return nil, Status{}, err
	} else if db != nil {
		defer db.Close()
		return db.answer(ctx, asked)
	}
	var records []Record
	c := collector{ctx: ctx, now: f.now, keep: func(name string) bool { return names[name] },
		take: func(r []Record) { records = append(records, r...) }}
	if err := c.path(f.path); err != nil {
		return nil, Status{}, err
	}
	if c.npm == 0 {
		return nil, Status{}, fmt.Errorf("read %s: no advisory about an npm package", f.path)
	}
	asOf, _ := parseTime(c.newest)
	return records, Status{Advisories: c.npm, AsOf: asOf.UTC(), Partial: !c.sung, NoCanary: !c.sung, Depth: OfAll}, nil
}

// OpenFile opens a database at a path; the caller closes it. It returns nil if
// the path is a directory, a zip or a document of advisories.
func OpenFile(path string) (*Database, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir() || filepath.Ext(path) == ".zip" || isDocument(path):
		return nil, nil
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return openFile(path, f)
}

// openFile opens the database in f, and closes f if it is none.
func openFile(name string, f *os.File) (*Database, error) {
	info, err := f.Stat()
	var db *Database
	if err == nil {
		db, err = OpenDatabase(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	db.file = f
	return db, nil
}

// OpenedBy returns the source of a database that open opens on first use; path
// is its name.
func OpenedBy(path string, open func() (*os.File, error)) Source { return opened{path, open} }

type opened struct {
	path string
	open func() (*os.File, error)
}

func (o opened) Name() string { return "file:" + filepath.Base(o.path) }

func (o opened) Answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	f, err := o.open()
	if err != nil {
		return nil, Status{}, err
	}
	db, err := openFile(o.path, f)
	if err != nil {
		return nil, Status{}, err
	}
	defer db.Close()
	return db.answer(ctx, asked)
}

// ReadOSV reads every record about an npm package from a directory, zip or file
// of OSV documents, as File does.
func ReadOSV(ctx context.Context, path string, now time.Time) ([]Record, error) {
	var records []Record
	c := collector{ctx: ctx, now: now, take: func(r []Record) { records = append(records, r...) }}
	if err := c.path(path); err != nil {
		return nil, err
	}
	return records, nil
}

// A collector collects the records of many documents.
type collector struct {
	ctx    context.Context
	now    time.Time
	keep   func(name string) bool // nil: all
	take   func([]Record)
	npm    int    // documents about npm packages, kept or not
	files  int    // documents found
	newest string // latest modified of those about npm packages
	sung   bool   // the canary's advisory is among them

	buffer bytes.Buffer // of the document that is read
}

func (c *collector) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		real, err := filepath.EvalSymlinks(path) // a link that the user named is followed
		if err != nil {
			return err
		}
		return c.folder(real)
	case !info.Mode().IsRegular():
		return fmt.Errorf("read %s: not a regular file", path)
	case filepath.Ext(path) == ".zip":
		return c.zip(path)
	case !isDocument(path):
		return fmt.Errorf("read %s: expected a folder, .zip, .json, .jsonl or .jsonl.gz", path)
	}
	return c.file(path)
}

// stream reads one document, or one per line.
func (c *collector) stream(name string, r io.Reader) error {
	if strings.HasSuffix(strings.TrimSuffix(name, `"`), ".gz") {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		r = z
	}
	if strings.HasSuffix(strings.TrimSuffix(name, `"`), ".json") {
		c.buffer.Reset()
		_, err := c.buffer.ReadFrom(io.LimitReader(r, maxRecordBytes+1))
		if err == nil {
			err = c.document(c.buffer.Bytes()) // keeps nothing of them
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		return nil
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxRecordBytes)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := c.document(line); err != nil {
			return fmt.Errorf("read %s: line %d: %w", name, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

var errTooManyFiles = errors.New("too many documents")

func (c *collector) document(data []byte) error {
	if c.files++; c.files > maxFiles {
		return errTooManyFiles
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxRecordBytes})
	if err != nil {
		return err
	}
	about := false
	records, err := ParseOSV(doc, c.now, func(name string) bool {
		about = true
		return c.keep == nil || name == canaryName || c.keep(name)
	})
	if err != nil {
		return err
	}
	if about {
		c.npm++
		c.newest = later(c.newest, doc.Get("modified").Text())
	}
	c.sung = c.sung || sings(records)
	if c.keep != nil {
		records = slices.DeleteFunc(records, func(r Record) bool { return !c.keep(r.Package) })
	}
	c.take(records)
	return nil
}
