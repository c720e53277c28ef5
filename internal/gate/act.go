package gate

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
)

// did notes an act: what became of it, and with which file of the evidence. A
// server's words among the arguments are escaped by who hands them in.
func (o *Outcome) did(what string, state report.State, file report.File, format string, args ...any) {
	a := report.Act{What: what, State: state, Text: fmt.Sprintf(format, args...), File: file.Name, Time: o.clock().UTC()}
	if file.SHA256 != "" {
		a.Digest = "sha256:" + file.SHA256
	}
	o.Run.Acts = append(o.Run.Acts, a)
}

// failed notes that an act failed, and gives the error its reason.
func (o *Outcome) failed(what string, reason report.Reason, err error) error {
	o.did(what, report.Failed, report.File{}, "%s", display.Text(err.Error()))
	return because(reason, err)
}
