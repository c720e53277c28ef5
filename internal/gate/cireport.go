package gate

import (
	"io"

	"github.com/publishgate/publishgate/internal/report"
)

// The names of the reports of -report. GitLab's own are called like this, and
// servers look for the other.
const (
	gitLabFile = "gl-dependency-scanning-report.json"
	junitFile  = "junit.xml"
)

// A ciReport is a report that -report names, in the form of a kind of CI server.
type ciReport struct {
	name, file string
	write      func(io.Writer, *report.CI) error
}

var ciReports = []ciReport{
	{"gitlab", gitLabFile, report.GitLab},
	{"junit", junitFile, report.JUnit},
}

// ReportNames returns what -report can name.
func ReportNames() (names []string) {
	for _, r := range ciReports {
		names = append(names, r.name)
	}
	return names
}

// ciReports returns the reports for CI servers that were asked for. Like all
// reports they say how the run ended, and so are written for a block and where
// nothing was decided too.
func (o *Outcome) ciReports() (files []*file) {
	c := &report.CI{Run: &o.Run, Trouble: o.trouble, Began: o.began, Ended: o.clock().UTC(), Version: o.version}
	switch {
	case o.Whole != nil:
		c.LeftOut = o.Whole.LeftOut
		for _, m := range o.Whole.Members {
			c.Documents = append(c.Documents, m.Document)
		}
	default:
		c.Documents = []*report.Document{&o.Document}
	}
	for _, r := range ciReports {
		for _, asked := range o.reports {
			if asked == r.name {
				files = append(files, rendered(r.file, func(w io.Writer) error { return r.write(w, c) }))
			}
		}
	}
	return files
}
