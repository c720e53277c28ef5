package report

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/publishgate/publishgate/internal/display"
)

// maxMessages is the largest number of messages of a scan that are written.
const maxMessages = 100

// GitLab writes gl-dependency-scanning-report.json: the known vulnerabilities of
// what is installed, for GitLab's security pages. Where a package could not be
// judged, the scan is a failure and says why, so that it does not look like one
// that found nothing. It returns w's error.
func GitLab(w io.Writer, c *CI) error {
	out, err := c.gitLab(w)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the report for GitLab: %w", err)
	}
	return nil
}

// vulnerabilities marks the place of the long list. Foreign text cannot equal
// it, because quotes in it are escaped.
var vulnerabilities = []byte(`"vulnerabilities":[]`)

// gitLab writes the report but for its end, which it returns.
func (c *CI) gitLab(w io.Writer) ([]byte, error) {
	e := display.NewEncoder()
	frame, err := e.Compact(c.gitLabFrame())
	if err != nil {
		return nil, err
	}
	head, tail, found := bytes.Cut(bytes.Clone(frame), vulnerabilities)
	if !found {
		return nil, errors.New("the document has no place for its list")
	}
	out := append(display.Indent(nil, head, 0), `"vulnerabilities": [`...)
	alerts := c.alerts()
	for i := range alerts {
		if out, err = item(w, e, out, alerts[i].json(), 2, i == 0); err != nil {
			return nil, err
		}
	}
	return display.Indent(display.End(out, 1, len(alerts) == 0), tail, 1), nil
}

// gitLabFrame returns the report without vulnerabilities.
func (c *CI) gitLabFrame() *gitLabReport {
	tool := gitLabTool{ID: "publishgate", Name: "publishgate", URL: "https://github.com/publishgate/publishgate",
		Version: cmp.Or(display.Cap(c.Version, maxField), "unknown"), Vendor: gitLabVendor{"publishgate"}}
	r := &gitLabReport{Schema: gitLabSchema, Version: gitLabVersion, Vulnerabilities: []gitLabVuln{}, Scan: gitLabScan{
		Analyzer: tool, Scanner: tool, Type: "dependency_scanning", StartTime: ciTime(c.began()), EndTime: ciTime(c.Ended),
		Status: "success", Messages: []gitLabMessage{},
	}}
	say := func(level, format string, args ...any) {
		if len(r.Scan.Messages) < maxMessages {
			r.Scan.Messages = append(r.Scan.Messages, gitLabMessage{level, fmt.Sprintf(format, args...)})
		}
	}
	if why := c.undecided(); why != "" {
		r.Scan.Status = "failure"
		say("fatal", "nothing was decided: %s", display.Cap(why, maxMessage))
	}
	for _, d := range c.Documents { // first of all, why it is a failure
		if why := d.undecided(); why != "" {
			r.Scan.Status = "failure"
			say("fatal", "%s: nothing was decided: %s", d.named(), display.Cap(why, maxMessage))
		}
	}
	for _, d := range c.Documents {
		for _, s := range d.LookedAt.Sources {
			if s.Error != "" || s.Partial || s.StandIn || len(s.Unasked) > 0 {
				say("warn", "%s: advisories: %s", d.named(), plain(source(s)))
			}
		}
		for _, s := range d.LookedAt.Skipped {
			say("info", "%s: not looked at: %s: %s", d.named(), display.Cap(s.What, maxField), display.Cap(s.Why, maxMessage))
		}
	}
	for _, s := range c.LeftOut {
		say("info", "not judged: %s: %s", display.Cap(s.What, maxField), display.Cap(s.Why, maxMessage))
	}
	return r
}
