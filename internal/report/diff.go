package report

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/release"
)

// maxListed is the number of names in a cell of the table; verdict.json has
// all.
const maxListed = 8

// A diffRow is one row of the table of changes since the last release.
type diffRow struct {
	what     string
	was, now []part
	change   []part // empty: nothing changed
}

// diffRows returns the whole table. It includes what did not change, because a
// reviewer wants to be sure of that.
func diffRows(d *release.Diff) []diffRow {
	from, to := d.From, d.To
	rows := []diffRow{
		{"files", words(thousands(int64(from.Files))), words(thousands(int64(to.Files))), fileChanges(d)},
		{"packed", words(size(from.Packed)), words(size(to.Packed)), words(growth(from.Packed, to.Packed))},
		{"unpacked", words(size(from.Unpacked)), words(size(to.Unpacked)), words(growth(from.Unpacked, to.Unpacked))},
		listed("dependencies", dependencyNames(d.Dependencies.Added), dependencyNames(d.Dependencies.Removed)),
		{what: "lifecycle scripts", change: scriptChanges(d.Scripts)},
		listed("commands", d.Bins.Added, d.Bins.Removed),
		listed("exports", d.Exports.Added, d.Exports.Removed),
	}
	if d.Unsealed {
		rows[len(rows)-1].change = words("the field is gone: every file can be imported")
	}
	rows = append(rows, diffRow{what: "licence", was: orDash(from.License), now: orDash(to.License)})
	if from.License != to.License {
		rows[len(rows)-1].change = words("changed")
	}
	rows = append(rows,
		listed("hosts", mentionNames(d.Hosts), d.Hosts.Removed),
		listed("environment", mentionNames(d.Env), d.Env.Removed),
		listed("native code", mentionNames(d.Native), d.Native.Removed),
		diffRow{what: "provenance", was: words(from.Provenance.String()), now: words(to.Provenance.String())},
	)
	if from.Provenance == release.Yes && to.Provenance == release.No {
		rows[len(rows)-1].change = words("lost")
	}
	return rows
}

func words(s string) []part {
	if s == "" {
		return nil
	}
	return []part{own("%s", s)}
}

func orDash(s string) []part {
	if s == "" {
		return words("none")
	}
	return []part{foreign(s)}
}

func growth(was, now int64) string {
	switch {
	case was == now:
		return ""
	case now > was:
		return "+" + size(now-was)
	}
	return "−" + size(was-now)
}

func fileChanges(d *release.Diff) []part {
	var parts []part
	for _, x := range []struct {
		list []release.File
		word string
	}{{d.Added, "added"}, {d.Removed, "removed"}, {d.Changed, "changed"}} {
		if len(x.list) == 0 {
			continue
		}
		if len(parts) > 0 {
			parts = append(parts, own("; "))
		}
		parts = append(parts, own("%s %s", thousands(int64(len(x.list))), x.word))
		if x.word != "changed" {
			parts = append(append(parts, own(": ")), nameParts(filePaths(x.list))...)
		}
	}
	return parts
}

func scriptChanges(scripts []release.Script) []part {
	var parts []part
	for _, s := range scripts {
		if len(parts) > 0 {
			parts = append(parts, own("; "))
		}
		switch {
		case s.Was == "":
			parts = append(parts, own("%s is new: ", s.Name), foreign(s.Now))
		case s.Now == "":
			parts = append(parts, own("%s is gone", s.Name))
		case s.Was != s.Now:
			parts = append(parts, own("%s is now ", s.Name), foreign(s.Now), own(", was "), foreign(s.Was))
		default:
			parts = append(append(parts, own("%s runs what has changed: ", s.Name)), nameParts(s.Files)...)
		}
	}
	return parts
}

// listed returns a row with the names that were added and removed.
func listed(what string, added, removed []string) diffRow {
	row := diffRow{what: what}
	if len(added) > 0 {
		row.change = append(words("new: "), nameParts(added)...)
	}
	if len(removed) > 0 {
		if len(row.change) > 0 {
			row.change = append(row.change, own("; "))
		}
		row.change = append(append(row.change, own("gone: ")), nameParts(removed)...)
	}
	return row
}

func nameParts(names []string) []part {
	var parts []part
	for i, name := range names {
		if i == maxListed {
			return append(parts, own(" and %s more", thousands(int64(len(names)-maxListed))))
		}
		if i > 0 {
			parts = append(parts, own(", "))
		}
		parts = append(parts, foreign(name))
	}
	return parts
}

func filePaths(files []release.File) []string {
	paths := make([]string, 0, len(files))
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}

func dependencyNames(list []release.Dependency) []string {
	var names []string
	for _, dep := range list {
		names = append(names, dep.Name)
	}
	return names
}

func mentionNames(m release.Mentions) []string {
	var names []string
	for _, a := range m.Added {
		names = append(names, a.Name)
	}
	return names
}

// diffTitle names the two versions.
func diffTitle(d *release.Diff) []part {
	return []part{own("Since "), foreign(d.From.Version)}
}

// shown returns the change, or a dash if there is none.
func (r diffRow) shown() []part {
	if len(r.change) == 0 {
		return words("–")
	}
	return r.change
}

// diff names what has changed since the last release, and what has not.
func (t *texter) diff(d *Document) {
	if d.Diff == nil {
		return
	}
	lead := "SINCE " + display.Cap(d.Diff.From.Version, maxField)
	var changed, same []string
	for _, r := range diffRows(d.Diff) {
		change := plain(r.change)
		switch {
		case change == "":
			same = append(same, r.what)
		case len(r.was) == 0:
			changed = append(changed, r.what+" "+change)
		case r.what == "licence", r.what == "provenance":
			changed = append(changed, fmt.Sprintf("%s %s → %s", r.what, plain(r.was), plain(r.now)))
		default:
			changed = append(changed, fmt.Sprintf("%s %s → %s, %s", r.what, plain(r.was), plain(r.now), change))
		}
	}
	t.title(lead)
	if len(changed) > 0 && len(same) > 0 {
		t.flow(len(lead), 2, "  "+strings.Join(changed, "; "))
		t.line("  ", "the same: "+strings.Join(same, ", "))
		return
	}
	if len(changed) == 0 {
		changed = []string{"nothing has changed of " + strings.Join(same, ", ")}
	}
	t.flow(len(lead), 2, "  "+strings.Join(changed, "; "))
}

func (m *markdownWriter) diff(d *Document) {
	if d.Diff == nil {
		return
	}
	m.item(append(spans([]byte("\n### "), diffTitle(d.Diff), display.Markdown),
		"\n\n| | was | is | change |\n|---|---|---|---|\n"...))
	for _, r := range diffRows(d.Diff) {
		line := []byte("| " + r.what)
		for _, cell := range [][]part{r.was, r.now, r.shown()} {
			line = spans(append(line, " | "...), cell, display.Cell)
		}
		m.item(append(line, " |\n"...))
	}
}
