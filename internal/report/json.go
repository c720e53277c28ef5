package report

import (
	"fmt"
	"io"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/jsonout"
	"github.com/publishgate/publishgate/internal/policy"
)

// JSON writes verdict.json: nothing shortened, lists never null, two blanks of
// indent, a newline at the end. Its field names are a contract with those who
// script against it: they may grow, never change. An error is one of w.
func JSON(w io.Writer, d *Document) error { return writeJSON(w, d, nil) }

// ToldJSON writes verdict.json with run.json before it, as its field run: what
// standard output carries, where one document has to say both, first what is
// true at the end.
func ToldJSON(w io.Writer, d *Document) error { return writeJSON(w, d, d.Run) }

func writeJSON(w io.Writer, d *Document, r *Run) error {
	var j jsonWriter
	err := j.document(w, d, r)
	if err == nil {
		_, err = w.Write(append(j.Out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

// A jsonWriter writes the parts of verdict.json. Each writes one object, after
// its key or place in a list; the tests hold them against encoding/json.
type jsonWriter struct{ jsonout.Writer }

// document writes all of it, the beginning of a long one to a file already.
func (w *jsonWriter) document(to io.Writer, d *Document, r *Run) error {
	w.Open('{')
	if r != nil {
		w.Key("run")
		w.run(r)
	}
	w.Text("result", d.Result().String())
	w.Text("problem", d.Problem)
	w.Key("package")
	w.pkg(d.Package)
	if d.Tarball == nil {
		w.Null("tarball")
	} else {
		w.Key("tarball")
		w.tarball(d.Tarball)
	}
	w.Key("looked_at")
	w.lookedAt(&d.LookedAt)
	groups := d.Verdict.Groups()
	of := make(map[*policy.Judged]int, len(d.Verdict.Judged))
	for i := range groups {
		for _, j := range groups[i].Findings {
			of[j] = i
		}
	}
	w.List("findings")
	for i := range d.Verdict.Judged {
		w.Item()
		j := &d.Verdict.Judged[i]
		w.finding(j, of[j])
		if err := w.Flush(to); err != nil {
			return err
		}
	}
	w.Close(']')
	w.List("groups")
	for i := range groups {
		w.Item()
		w.group(&groups[i])
		if err := w.Flush(to); err != nil {
			return err
		}
	}
	w.Close(']')
	w.Key("counts")
	w.counts(d.Verdict.Counts)
	if d.Diff == nil {
		w.Null("diff")
	} else {
		w.Key("diff")
		w.diff(d.Diff)
	}
	w.plan(d.Plan)
	w.levels(d.Levels)
	w.Text("policy", d.Policy)
	w.Text("policy_commit", d.PolicyOf)
	w.Object("tool")
	w.Plain("name", "publishgate")
	w.Text("version", d.ToolVersion)
	w.Close('}')
	w.Close('}')
	return nil
}

func (w *jsonWriter) levels(l *Levels) {
	if l == nil {
		w.Null("levels")
		return
	}
	w.Object("levels")
	w.Plain("prod", l.Prod)
	w.Plain("optional", l.Optional)
	w.Plain("peer", l.Peer)
	w.Plain("dev", l.Dev)
	w.Bool("dev_unset", l.DevUnset)
	w.Close('}')
}

func (w *jsonWriter) pkg(p Package) {
	w.Open('{')
	w.Text("name", p.Name)
	w.Text("version", p.Version)
	w.Text("purl", p.PURL)
	w.Text("manager", p.Manager)
	w.Text("lockfile", p.Lockfile)
	w.Close('}')
}

func (w *jsonWriter) tarball(t *Tarball) {
	w.Open('{')
	w.Text("file", t.File)
	w.Int("size", t.Size)
	w.Int("unpacked", t.Unpacked)
	w.Int("entries", int64(t.Entries))
	w.Text("sha1", t.SHA1)
	w.Text("sha256", t.SHA256)
	w.Text("sha512", t.SHA512)
	w.Text("integrity", t.Integrity)
	w.Close('}')
}

func (w *jsonWriter) lookedAt(l *LookedAt) {
	w.Open('{')
	w.Int("dependencies", int64(l.Dependencies))
	w.Int("shipped", int64(l.Shipped))
	w.Int("prod", int64(l.Prod))
	w.Int("dev", int64(l.Dev))
	w.Int("optional", int64(l.Optional))
	w.Int("peer", int64(l.Peer))
	if l.Commit == nil {
		w.Null("commit")
	} else {
		w.Key("commit")
		w.commit(l.Commit)
	}
	w.List("advisory_sources")
	for _, s := range l.Sources {
		w.Item()
		w.Open('{')
		w.Text("name", s.Name)
		w.Int("advisories", int64(s.Advisories))
		w.Text("as_of", stamp(s.AsOf))
		w.Bool("partial", s.Partial)
		w.Bool("stand_in", s.StandIn) // it was used because no online source could answer
		w.Text("error", s.Error)
		w.Key("unasked")
		w.Strings(s.Unasked)
		w.Close('}')
	}
	w.Close(']')
	w.List("skipped")
	for _, s := range l.Skipped {
		w.Item()
		w.Open('{')
		w.Text("what", s.What)
		w.Text("why", s.Why)
		w.Close('}')
	}
	w.Close(']')
	w.Text("previous_version", l.Previous)
	w.Text("registry", l.Registry)
	w.List("vex")
	for _, v := range l.VEX {
		w.Item()
		w.Open('{')
		w.Text("file", v.File)
		w.Text("format", v.Format)
		w.Text("author", v.Author)
		w.Int("statements", int64(v.Statements))
		w.Int("matched", int64(v.Matched))
		w.Close('}')
	}
	w.Close(']')
	w.Close('}')
}

func (w *jsonWriter) commit(c *Commit) {
	w.Open('{')
	w.Text("sha", c.SHA)
	w.Text("date", stamp(c.Date))
	w.Text("tag", c.Tag)
	w.Int("identical", int64(c.Identical))
	w.Int("built", int64(c.Built))
	w.Int("ignored", int64(c.Ignored))
	w.Int("modified", int64(c.Modified))
	w.Int("untracked", int64(c.Untracked))
	w.Close('}')
}

// finding writes a finding and the place of its group in the list of groups: a
// fingerprint may be that of several.
func (w *jsonWriter) finding(j *policy.Judged, group int) {
	f := &j.Finding
	w.Open('{')
	w.Text("rule", f.Rule)
	w.Plain("severity", f.Severity.String())
	w.Plain("state", j.State.String())
	w.Text("package", f.Package)
	w.Key("ids")
	w.Strings(f.IDs)
	w.List("paths")
	for _, path := range finding.SomePaths(f.Paths) {
		w.Item()
		w.Strings(path)
	}
	w.Close(']')
	w.Text("file", f.File)
	w.Bool("in_tarball", f.InTarball)
	w.Int("line", int64(f.Line))
	w.Int("column", int64(f.Column))
	w.Text("message", f.Message)
	w.Text("fix", f.Fix)
	w.Text("scope", string(f.Scope))
	w.Bool("shipped", f.Shipped)
	w.Text("why", j.Why)
	w.Text("due", j.Due)
	w.Text("published", f.Published)
	if a := f.Advisory; a == nil {
		w.Null("advisory")
	} else {
		w.Key("advisory")
		w.Open('{')
		w.Text("title", f.Title)
		w.Text("link", a.Link)
		w.Text("score", a.Score)
		w.Text("fixed", a.Fixed)
		w.Bool("exploited", a.Exploited)
		w.Close('}')
	}
	if j.Waiver == nil {
		w.Null("waiver")
	} else {
		w.Key("waiver")
		w.waiver(j.Waiver)
	}
	w.Plain("fingerprint", f.Fingerprint())
	w.Int("group", int64(group))
	w.Close('}')
}

// group is one problem; its findings are named by their fingerprints.
func (w *jsonWriter) group(g *policy.Group) {
	f := g.Of()
	name, version := g.Package()
	w.Open('{')
	w.Text("package", name)
	w.Text("version", version)
	w.Text("rule", f.Rule)
	w.Plain("state", g.State().String())
	w.Plain("worst", f.Severity.String())
	w.Text("scope", string(f.Scope))
	w.Bool("shipped", f.Shipped)
	w.Int("count", int64(len(g.Findings)))
	w.List("findings")
	for _, j := range g.Findings {
		w.Item()
		w.Quote(j.Finding.Fingerprint())
	}
	w.Close(']')
	w.Text("ends", f.Ends)
	w.Text("fix", f.Fix)
	w.Close('}')
}

func (w *jsonWriter) waiver(x *policy.Exception) {
	w.Open('{')
	w.Text("id", x.ID)
	w.Text("reason", x.Reason)
	w.Text("justification", x.Justification)
	w.Text("owner", x.Owner)
	w.Text("expires", stamp(x.Expires))
	w.Text("status", x.Status)
	w.Text("document", x.Document)
	w.Close('}')
}

func (w *jsonWriter) counts(c policy.Counts) {
	w.Open('{')
	w.Int("block", int64(c.Block))
	w.Int("warn", int64(c.Warn))
	w.Int("waived", int64(c.Waived))
	w.Int("critical", int64(c.Critical))
	w.Int("high", int64(c.High))
	w.Int("moderate", int64(c.Moderate))
	w.Int("low", int64(c.Low))
	w.Int("info", int64(c.Info))
	w.Close('}')
}
