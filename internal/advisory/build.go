package advisory

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// BuildOptions say what goes into a database.
type BuildOptions struct {
	// Now limits the date of the data, and withdrawals up to it count; it is not
	// written.
	Now time.Time

	// Partial marks the database as not holding every advisory there is.
	Partial bool

	// WithoutReports leaves out OpenSSF's reports of malware (MAL-…), nine
	// tenths of all records; malware that GitHub reviewed stays. The database
	// is then partial.
	WithoutReports bool
}

// Built is what went into a database.
type Built struct {
	Info
	Documents int // OSV documents read
	Elsewhere int // of those, not about npm packages
	Withdrawn int // records that some document withdraws
	Told      int // records read, with duplicates
}

// Build writes a database of everything about npm packages at the paths:
// directories, zips and files of OSV documents as File reads them, a checkout
// of GitHub's advisory database among them, and other databases. What cannot be
// read is an error that names it. The same data in the same paths' names give
// the same bytes.
//
// The database is partial if BuildOptions says so, if all inputs are partial
// databases, or if the canary's advisory is missing, which every complete
// source has.
func Build(ctx context.Context, w io.Writer, paths []string, o BuildOptions) (Built, error) {
	b := Builder{Now: o.Now}
	built := Built{}
	built.Partial = true
	sung := false
	take := func(records []Record) {
		sung = sung || sings(records)
		for _, r := range records {
			built.Told++
			if r.Withdrawn {
				built.Withdrawn++
			}
			if !o.WithoutReports || !strings.HasPrefix(r.ID, "MAL-") {
				b.Add(r)
			}
		}
	}
	for _, path := range paths {
		before := built.Told
		b.NextFeed()
		if err := built.read(ctx, path, o.Now, take); err != nil {
			return Built{}, err
		}
		if built.Told == before {
			return Built{}, fmt.Errorf("read %s: no advisory about an npm package", path)
		}
	}
	built.Partial = built.Partial || o.Partial || o.WithoutReports || !sung
	built.AsOf = b.AsOf
	info, err := b.Write(w, built.Info)
	if err != nil {
		return Built{}, err
	}
	built.Info = info
	return built, nil
}

// read reads one path and records it as a source.
func (b *Built) read(ctx context.Context, path string, now time.Time, take func([]Record)) error {
	db, err := OpenFile(path)
	if err != nil {
		return err
	}
	if db == nil {
		b.Partial = false
		b.Sources = append(b.Sources, filepath.Base(path))
		c := collector{ctx: ctx, now: now, take: take}
		err := c.path(path)
		b.Documents, b.Elsewhere = b.Documents+c.files, b.Elsewhere+c.files-c.npm
		return err
	}
	defer db.Close()
	b.Partial = b.Partial && db.Info.Partial
	b.Sources = append(b.Sources, db.Info.Sources...)
	for records, err := range db.All() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		take(records)
	}
	return nil
}
