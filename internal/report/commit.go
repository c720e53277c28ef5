package report

import "strings"

// parts says which commit is checked out and, if a tarball was compared with
// it, the result for its files.
func (c *Commit) parts(compared bool) []part {
	parts := []part{foreign(c.SHA[:min(len(c.SHA), 7)]), own(" of %s", stamp(c.Date))}
	if c.Tag != "" {
		parts = append(parts, own(", tag "), foreign(c.Tag))
	}
	if c.Searched > 0 {
		parts = append(parts, own(", secrets looked for in %s", count(c.Searched, "file of it", "files of it")))
	}
	if !compared {
		return parts
	}
	counts := []string{count(c.Identical, "packed file is identical", "packed files are identical")}
	for _, x := range []struct {
		n    int
		text string
	}{{c.Built, "built"}, {c.Ignored, "ignored by git"}, {c.Modified, "modified"}, {c.Untracked, "not in it"}} {
		if x.n > 0 {
			counts = append(counts, thousands(int64(x.n))+" "+x.text)
		}
	}
	return append(parts, own(": %s", strings.Join(counts, ", ")))
}

// policy says which policy the verdict is based on, and where it comes from.
func (d *Document) policy() []part {
	parts := d.policyFile()
	if w := d.Written; w != nil {
		parts = append(parts, own("; "), foreign(w.Prose), own(": %s", CoverageCounts(w.Coverage)))
	}
	return parts
}

// policyFile says which policy files applied.
func (d *Document) policyFile() []part {
	if d.PolicyUnread {
		return []part{own("none was read")}
	}
	if d.PolicyOf == "" && d.Policy == "" {
		return []part{own("built in")}
	}
	commit := foreign(d.PolicyOf[:min(len(d.PolicyOf), 7)])
	if len(d.PolicyFiles) == 2 {
		parts := []part{foreign(d.PolicyFiles[0].File), own(", tightened by "), foreign(d.Policy)}
		if d.PolicyOf != "" {
			parts = append(parts, own(" of base commit "), commit)
		}
		return parts
	}
	switch {
	case d.PolicyOf == "":
		return []part{foreign(d.Policy)}
	case d.Policy == "":
		return []part{own("built in, for base commit "), commit, own(" has no policy file")}
	}
	return []part{foreign(d.Policy), own(" of base commit "), commit}
}
