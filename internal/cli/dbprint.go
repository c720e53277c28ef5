package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
)

// described is the description of a database. Its JSON names are part of the
// contract.
type described struct {
	File            string   `json:"file"` // or "snapshot"
	Format          int      `json:"format"`
	Records         int      `json:"records"`
	Vulnerabilities int      `json:"vulnerabilities"`
	Malware         int      `json:"malware"`
	Packages        int      `json:"packages"`
	AsOf            string   `json:"as_of"` // RFC 3339
	Partial         bool     `json:"partial"`
	Sources         []string `json:"sources"`
	Size            int64    `json:"size"`   // bytes; 0 for the snapshot
	SHA256          string   `json:"sha256"` // "" for the snapshot
	Built           *counts  `json:"built,omitempty"`
}

// counts are the numbers of inputs a database was built from.
type counts struct {
	Documents int `json:"documents"` // OSV documents read
	Elsewhere int `json:"elsewhere"` // those about no npm package
	Told      int `json:"told"`      // records in all documents and databases, duplicates included
	Withdrawn int `json:"withdrawn"` // those that are withdrawn
}

func (d *described) about(info advisory.Info) {
	d.Format, d.Records, d.Malware, d.Packages = info.Format, info.Records, info.Malware, info.Packages
	d.Vulnerabilities = info.Records - info.Malware
	d.AsOf, d.Partial = info.AsOf.UTC().Format(time.RFC3339), info.Partial
	d.Sources = append([]string{}, info.Sources...)
}

// print writes the description as text or JSON.
func (d *described) print(w io.Writer, format string) error {
	if format == "json" {
		text, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(append(display.JSON(text), '\n'))
		return err
	}
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-16s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("database", "%s", display.Text(d.File))
	row("advisories", "%s about %s npm packages: %s vulnerabilities, %s malware", grouped(d.Records),
		grouped(d.Packages), grouped(d.Vulnerabilities), grouped(d.Malware))
	row("as of", "%s", d.AsOf)
	if d.Partial {
		row("complete", "no: it does not hold every advisory there is")
	} else {
		row("complete", "yes, as far as what it was made from was")
	}
	for _, source := range d.Sources {
		row("made from", "%s", display.Text(source))
	}
	if c := d.Built; c != nil {
		row("read", "%s documents, %s of them not about npm; %s records, %s of them withdrawn", grouped(c.Documents),
			grouped(c.Elsewhere), grouped(c.Told), grouped(c.Withdrawn))
	}
	row("format", "%d", d.Format)
	if d.SHA256 != "" {
		row("size", "%s bytes", grouped(int(d.Size)))
		row("sha256", "%s", d.SHA256)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// grouped formats a number for people: 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
