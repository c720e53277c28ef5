package gate

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// writeSARIF writes results.sarif. If it is to be uploaded, the compressed form is
// kept, and only that.
func (o *Outcome) writeSARIF(w io.Writer, in *input, keep bool) error {
	var packed bytes.Buffer
	sum, z := sha256.New(), gzip.NewWriter(&packed)
	to := w
	if keep {
		to = io.MultiWriter(w, sum, z)
	}
	leftOut, err := sarif.Write(to, o.sarifInput(in))
	if keep {
		if err = errors.Join(err, z.Close()); err == nil {
			o.sarif, o.sarifFile = packed.Bytes(), report.File{Name: sarifFile, SHA256: hex.EncodeToString(sum.Sum(nil))}
		}
	}
	if leftOut > 0 {
		o.did("evidence", report.Noted, report.File{Name: sarifFile},
			"%d findings are left out of %s, which GitHub would refuse otherwise; the other reports hold them", leftOut, sarifFile)
	}
	if n := len(o.Document.Verdict.Groups()); n > sarif.Shown && keep {
		o.did("evidence", report.Noted, report.File{Name: sarifFile},
			"GitHub shows the first %d of its %d results, which are the worst", sarif.Shown, min(n, sarif.MaxResults))
	}
	return err
}

// sarifInput returns what results.sarif is made from.
func (o *Outcome) sarifInput(in *input) sarif.Input {
	return sarif.Input{
		Rules: Rules(), Verdict: o.Document.Verdict, Package: in.subject.Manifest.Name, Category: o.category, ToolVersion: o.version,
		Root: in.place.prefix(), PolicyFile: in.subject.Policy.File,
		Same: func(packed, file string) bool { return o.sources[packed] == file },
		Step: stepper(in.subject), Fixes: fixes(in.subject.Plan),
	}
}

// fixes returns what the plan writes into package.json, by the package that it
// ends all findings about.
func fixes(plan *upgrade.Plan) map[string]sarif.Fix {
	found := map[string]sarif.Fix{}
	if plan == nil {
		return found
	}
	for _, s := range plan.Steps {
		if s.Edit == (upgrade.Edit{}) {
			continue
		}
		fix := sarif.Fix{Line: s.Edit.Line, End: s.Edit.End, Width: s.Edit.Width, New: s.Edit.Text,
			Text: fmt.Sprintf("Write %s at %s in package.json, then run %s.", s.New, s.Key, s.Command)}
		for _, r := range s.Removes {
			found[r.Package] = fix
		}
		fix.Text += " It is not all that is needed: see the fix plan."
		for _, r := range s.Part {
			if _, known := found[r.Package]; !known {
				found[r.Package] = fix
			}
		}
	}
	return found
}

// stepper returns the function that finds where one package brings in another:
// for a direct dependency the line of package.json that asks for it, and in any
// case the lockfile's entry.
func stepper(s *check.Subject) func(from, to string) []sarif.Place {
	if s.Graph == nil || s.Graph.Root == nil {
		return nil
	}
	entries := make(map[string]*npm.Package, len(s.Graph.Packages)) // the first copy of each version
	for _, p := range s.Graph.Packages {
		if id := p.ID(); entries[id] == nil && !p.Link {
			entries[id] = p
		}
	}
	asked := map[string]npm.Dependency{}
	for _, d := range s.Manifest.Dependencies {
		if _, twice := asked[d.Name]; !twice {
			asked[d.Name] = d
		}
	}
	direct := map[string]npm.Dependency{} // by the package that satisfies it
	for _, e := range s.Graph.Root.Deps {
		if d, ok := asked[e.Name]; ok && e.To != nil {
			direct[e.To.ID()] = d
		}
	}
	root := s.Graph.Root.ID()
	return func(from, to string) (places []sarif.Place) {
		if d, ok := direct[to]; ok && from == root {
			places = append(places, sarif.Place{File: s.Manifest.File, Line: d.Line, Column: d.Column,
				Text: d.Name + " " + d.Range + " is asked for"})
		}
		if p := entries[to]; p != nil && p.Line > 0 {
			file := cmp.Or(p.File, s.Graph.Lockfile)
			places = append(places, sarif.Place{File: file, Line: p.Line, Column: p.Column, Text: to + " is locked"})
		}
		return places
	}
}

// findSources finds, for each packed file that a finding is in, the file of the
// repository that has the same bytes: the commit's, or, where there is no commit,
// the checkout's. Lines of the one are lines of the other.
func (o *Outcome) findSources(in *input) {
	o.sources = map[string]string{}
	t := in.subject.Tarball
	if t == nil {
		return
	}
	wanted := map[string]bool{}
	for i := range o.Document.Verdict.Judged {
		if f := &o.Document.Verdict.Judged[i].Finding; f.InTarball {
			wanted[f.File] = true
		}
	}
	inCheckout := map[int]string{} // the digest of the file that may have the bytes of an entry
	asked := map[int]bool{}
	for i, e := range t.Entries {
		_, rel, ok := strings.Cut(e.Path, "/")
		if !ok || e.Dir || !wanted[e.Path] || !filepath.IsLocal(rel) || path.Clean(rel) != rel {
			continue
		}
		if c := in.subject.Commit; c == nil || c.Files == nil {
			if sum := in.digest(rel, e.Size); sum != "" {
				inCheckout[i], asked[i] = sum, true
			}
		} else if e.Blob != "" && c.Files[rel].Blob == e.Blob {
			o.sources[e.Path] = path.Join(o.prefix, rel)
		}
	}
	if len(asked) == 0 {
		return
	}
	for i, sum := range t.Digests(asked) {
		if sum == inCheckout[i] {
			_, rel, _ := strings.Cut(t.Entries[i].Path, "/")
			o.sources[t.Entries[i].Path] = path.Join(o.prefix, rel)
		}
	}
}

// digest returns the SHA-256 of a file in the package's directory, in hex. It is ""
// if there is none of that size.
func (in *input) digest(rel string, size int64) string {
	f, info, err := disk.Open(in.place.root, in.place.in(rel))
	if err != nil {
		return ""
	}
	defer f.Close()
	if info.Size() != size {
		return ""
	}
	sum := sha256.New()
	if _, err = io.Copy(sum, io.LimitReader(f, size+1)); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}
