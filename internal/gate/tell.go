package gate

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strconv"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/say"
)

// Tell tells the runner how Run went, which returned o and ran: outputs, the
// job summary, annotations. Telling fails softly: the verdict is in the exit
// code already.
func Tell(c Config, o *Outcome, ran error) error {
	r := c.Runner
	if r == nil {
		return nil
	}
	values := o.outputs()
	if ran != nil && !errors.Is(ran, ErrBlocked) {
		// It passed, and what was asked for on a pass failed: a later step that
		// runs all the same must not read a pass.
		values["result"] = policy.Unknown.String()
	}
	err := r.Outputs(values)
	var page bytes.Buffer
	if markdownErr := report.Markdown(&page, &o.Document); markdownErr != nil {
		err = errors.Join(err, markdownErr)
	} else {
		err = errors.Join(err, r.Summary(page.String()))
	}
	r.Annotate(o.annotations())
	return err
}

// outputs are the outputs of the action, every one of them, empty where there
// is nothing to say. Name and version are the package's words, so they are
// there only when they are a valid name and version.
func (o *Outcome) outputs() map[string]string {
	d := &o.Document
	values := map[string]string{
		"result": d.Result().String(), "name": "", "version": "", "tarball": "", "sha256": "", "sha512": "", "integrity": "",
		"sbom": o.wrote(sbomFile), "sarif": o.wrote(sarifFile), "report": o.wrote(markdownFile), "verdict": o.wrote(verdictFile),
		"sarif-id": o.sarifID, "bundle": o.bundle, "provenance": "", "published": or(o.published, "false"),
		"block-count": strconv.Itoa(d.Verdict.Counts.Block), "warn-count": strconv.Itoa(d.Verdict.Counts.Warn),
	}
	if npm.ValidName(d.Package.Name) == nil {
		values["name"] = d.Package.Name
	}
	if v, err := npm.ParseVersion(d.Package.Version); err == nil {
		values["version"] = v.Canonical()
	}
	if t := d.Tarball; t != nil {
		values["sha256"], values["sha512"], values["integrity"] = t.SHA256, t.SHA512, t.Integrity
		if file := or(o.packed, t.File); say.Text(file) == file {
			values["tarball"] = file
		}
	}
	return values
}

// wrote returns the path of a file of evidence, "" if it was not written.
func (o *Outcome) wrote(name string) string {
	for _, file := range o.Evidence {
		if path.Base(file) == name {
			return file
		}
	}
	return ""
}

// annotations puts what blocks and what warns beside the lines it is about.
func (o *Outcome) annotations() []action.Annotation {
	d := &o.Document
	var all []action.Annotation
	if d.Problem != "" {
		all = append(all, action.Annotation{Kind: "error", Title: "publishgate could not decide", Message: say.Text(d.Problem)})
	}
	for _, j := range d.Verdict.Judged {
		a := action.Annotation{Kind: "error", Title: "publishgate: " + j.Finding.Rule, Message: say.Text(j.Finding.Message)}
		if j.State == finding.Waived {
			continue
		}
		if j.State == finding.Warn {
			a.Kind = "warning"
		}
		if j.Finding.Fix != "" {
			a.Message += " – " + say.Text(j.Finding.Fix)
		}
		// A file name that needs escaping would not be found anyway.
		if f := j.Finding; f.File != "" && !f.InTarball && say.Text(f.File) == f.File {
			a.File, a.Line, a.Column = path.Join(o.prefix, f.File), f.Line, f.Column
		} else if f.File != "" {
			a.Message = fmt.Sprintf("%s: %s", say.Text(f.File), a.Message)
		}
		all = append(all, a)
	}
	return all
}
