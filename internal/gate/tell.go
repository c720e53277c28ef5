package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
)

// tell tells how the run ended; err is what went wrong. It writes the evidence,
// then the streams, then the outputs for later steps of the job. It waits for
// readers only after all have been told. Nothing else is done after this. folder
// is nil if it could not be opened. tell returns err, joined with the errors of
// telling, as a *Failure.
func (o *Outcome) tell(asked Acting, r *action.Runner, c Telling, folder *disk.Folder, err error) error {
	o.log.enter("tell")
	asked.Submit = asked.Submit && !c.part // the whole run submits what its members have
	o.leftUndone(asked, err)
	err = o.record(folder, err)
	if !c.part {
		o.log.end()
	}
	var unread, untold error
	if c.Show != nil {
		if unread = c.Show(o, o.failure(err)); unread != nil {
			err = o.unread(folder, err, unread)
		}
	}
	switch {
	case r == nil:
	case c.part: // the run over all members tells it with what the others found
	default:
		untold = o.tellRunner(r)
		c.warn(untold)
	}
	if c.Heard != nil && unread == nil {
		if unread = c.Heard(); unread != nil {
			err = o.unread(folder, err, unread)
		}
	}
	if r != nil && !c.part { // set last, so that a run killed earlier has no result
		last := r.Outputs(map[string]string{"result": o.ended().String(), "reason": string(o.Run.Reason)})
		if last != nil && (untold == nil || !strings.Contains(untold.Error(), last.Error())) {
			c.warn(last)
		}
	}
	return o.failure(err)
}

// unread records that the report did not reach its reader. A pass that nobody
// could be told about is no pass.
func (o *Outcome) unread(folder *disk.Folder, err, why error) error {
	o.did("report", report.Failed, report.File{}, "%s", why.Error())
	return o.record(folder, errors.Join(err, why))
}

// warn passes on an error of telling the runner. The exit code already holds the
// verdict.
func (c Telling) warn(err error) {
	if err != nil && c.Warn != nil {
		c.Warn(err)
	}
}

// failure returns the *Failure of the run. It returns nil if the run ended well.
func (o *Outcome) failure(err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Reason: o.Run.Reason, Kept: o.Run.Out == report.Kept, err: err}
}

// leftUndone notes what was asked for and never started. err is the reason.
func (o *Outcome) leftUndone(c Acting, err error) {
	if o.summedUp {
		return // it says of each member what became of it
	}
	var why string
	switch {
	case err == nil:
		why = "this run only judges"
	case errors.Is(err, ErrBlocked):
		why = "the verdict blocks"
	case o.Document.Problem != "":
		why = "nothing was decided"
	default:
		why = oneLine(err)
	}
	for _, asked := range []struct {
		what string
		yes  bool
	}{{"sign", c.Sign.asked()}, {"publish", c.Publish != Never}, {"submit", c.Submit}} {
		begun := slices.ContainsFunc(o.Run.Acts, func(a report.Act) bool {
			return a.What == asked.what || asked.what == "publish" && a.What == "stage"
		})
		if asked.yes && !begun {
			o.did(asked.what, report.Skipped, o.tarball, "%s", why)
		}
	}
}

// record writes how the run ended: the reports, and run.json last.
func (o *Outcome) record(folder *disk.Folder, err error) error {
	o.Run.Reason, o.trouble = reasonOf(err), ""
	if err != nil {
		o.trouble = oneLine(err)
	}
	if folder == nil {
		return err
	}
	files := []*file{
		rendered(markdownFile, o.page),
		rendered(htmlFile, func(w io.Writer) error { return report.HTML(w, &o.Document) }),
		rendered(runFile, func(w io.Writer) error { return report.RunJSON(w, &o.Run) }),
	}
	if o.Whole != nil { // each member has its own reports too
		files = []*file{files[0], rendered(htmlFile, func(w io.Writer) error { return report.MembersHTML(w, o.Whole) }),
			rendered(runFile, func(w io.Writer) error { return report.MembersRunJSON(w, o.Whole) })}
	}
	files = append(o.ciReports(), files...)
	if writeErr := o.putAll(folder, files); writeErr != nil {
		err = errors.Join(err, fmt.Errorf("write the report: %w", writeErr))
		o.Run.Reason = reasonOf(err)
	}
	return err
}

// tellRunner sets the outputs, writes the job summary and adds annotations.
func (o *Outcome) tellRunner(r *action.Runner) error {
	var page bytes.Buffer
	err := o.page(&page)
	if err == nil {
		err = r.Summary(page.String())
	}
	outputs := o.outputs()
	for _, name := range pathOutputs {
		outputs[name] = r.Path(outputs[name])
	}
	return errors.Join(r.Annotate(o.annotations()), err, r.Outputs(outputs))
}

// pathOutputs are the outputs that later steps of the job take for files.
var pathOutputs = []string{"tarball", "sbom", "sarif", "report", "verdict", "bundle", "provenance", "vsa"}

// page writes the report for people, which is also the job summary.
func (o *Outcome) page(w io.Writer) error {
	if o.Whole != nil {
		return report.MembersMarkdown(w, o.Whole)
	}
	return report.Markdown(w, &o.Document)
}

// ended returns how the run ended.
func (o *Outcome) ended() policy.Result {
	if o.Whole != nil {
		return o.Whole.Ending()
	}
	return o.Document.Ending()
}

// TellMistakes tells the runner that nothing was done because of mistakes in what
// the user asked for.
func TellMistakes(r *action.Runner, mistakes []string) error {
	var all []action.Annotation
	var page strings.Builder
	page.WriteString("## " + report.Mark(report.Usage.Result()) + " wrong use: nothing was looked at, signed or published\n\n")
	for _, m := range mistakes {
		all = append(all, action.Annotation{Kind: "error", Title: "publishgate: wrong use", Message: display.Text(m)})
		page.WriteString("- " + string(display.Markdown(m, maxMistake)) + "\n")
	}
	o := &Outcome{Run: report.Run{Reason: report.Usage}}
	o.Document.Run = &o.Run
	outputs := o.outputs()
	outputs["result"], outputs["reason"] = o.Document.Ending().String(), string(o.Run.Reason)
	return errors.Join(r.Annotate(all), r.Summary(page.String()), r.Outputs(outputs))
}

// maxMistake is how much of one mistake the job summary shows, in characters.
const maxMistake = 600

// outputs returns the outputs of the action, but for result and reason, which are
// set last of all. An output without a value is empty. The package chooses its
// name and version, so they are output only if they are valid.
func (o *Outcome) outputs() map[string]string {
	d := &o.Document
	values := map[string]string{
		"name": "", "version": "", "tarball": "", "sha256": "", "sha512": "", "integrity": "",
		"sbom": o.wrote(sbomFile), "sarif": o.wrote(sarifFile), "report": o.wrote(markdownFile), "verdict": o.wrote(verdictFile),
		"sarif-id": o.sarifID, "bundle": o.bundle, "provenance": o.wrote(provenanceName + bundleSuffix),
		"vsa": o.wrote(summaryName + bundleSuffix), "published": o.Run.Out.Word(), "stage-id": o.stageID,
		"block-count": strconv.Itoa(d.Verdict.Counts.Block), "warn-count": strconv.Itoa(d.Verdict.Counts.Warn),
	}
	if err := npm.ValidName(d.Package.Name); err == nil || errors.Is(err, npm.ErrNodeModule) {
		values["name"] = d.Package.Name
	}
	if v, err := npm.ParseVersion(d.Package.Version); err == nil {
		values["version"] = v.Canonical()
	}
	if t := d.Tarball; t != nil {
		values["sha256"], values["sha512"], values["integrity"] = t.SHA256, t.SHA512, t.Integrity
		if display.Text(o.packed) == o.packed { // empty where it was packed here and nothing was decided: there is no copy
			values["tarball"] = o.packed
		}
	}
	return values
}

// wrote returns the path of an evidence file. It returns "" if the file was not
// written.
func (o *Outcome) wrote(name string) string {
	for _, file := range o.Evidence {
		if path.Base(file) == name {
			return file
		}
	}
	return ""
}

// Of a file's path, in characters: how long it may be to be pointed to, and how
// much of it a message names.
const (
	maxShownPath = 1000
	maxShownName = 200
)
