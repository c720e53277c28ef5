package gate

import (
	"errors"
	"fmt"
	"os"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
)

// Members that were judged by other jobs are judged again by the one that publishes:
// a file that was handed over is believed no more than any other input. It can only
// stop what would be sent, never let it through.

// sameAsJudged holds the members that would be signed or sent against the merged
// evidence of the earlier jobs: each must be in it, passed, with these very bytes,
// and all that is in it must have passed.
func (c Config) sameAsJudged(order []*judged) error {
	if c.Judged == "" {
		return nil
	}
	m, err := readJudged(c.Judged)
	if err != nil {
		return fmt.Errorf("-judged %s: %w", c.Judged, err)
	}
	var wrong []error
	refuse := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if m.Run.Reason != report.Fine {
		refuse("it is no pass (%s): all are published, or none", m.Run.Reason)
	}
	of := map[string]report.MergedMember{}
	for _, row := range m.Members {
		if _, twice := of[row.Name]; twice {
			refuse("%s is in it twice", display.Text(row.Name))
		}
		of[row.Name] = row
	}
	for _, j := range order {
		in := j.outcome.cleared.in
		if r := &in.registry; r.Already || r.left != "" || r.StageID != "" || in.subject.Tarball == nil {
			continue // nothing of it is sent
		}
		name, version := in.subject.Manifest.Name, in.subject.Manifest.Version
		row, there := of[name]
		switch {
		case !there:
			refuse("%s is not in it", j.name())
		case row.Version != version:
			refuse("%s is in it as version %s", j.name(), display.Text(row.Version))
		case row.Result != "pass":
			refuse("%s did not pass there", j.name())
		case row.SHA512 != in.subject.Tarball.SHA512:
			refuse("%s has other bytes there: sha512 %.16s…, here it is %.16s…", j.name(), display.Text(row.SHA512), in.subject.Tarball.SHA512)
		}
	}
	if err = someOf(wrong); err != nil {
		return because(report.Refused, fmt.Errorf("-judged %s: nothing was sent: %w", c.Judged, err))
	}
	return nil
}

// readJudged reads the merged verdict of a folder of evidence.
func readJudged(folder string) (*report.Merged, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, disk.Cause(err)
	}
	defer root.Close()
	verdict, err := readEvidence(root, verdictFile)
	if err != nil {
		return nil, err
	}
	run, err := readEvidence(root, runFile)
	if err != nil {
		return nil, err
	}
	m, err := report.ReadMerged(verdict, run, hexSHA256(verdict))
	if errors.Is(err, report.ErrSeveral) {
		return nil, errors.New("it is the evidence of one package: publishgate merge writes that of several")
	}
	return m, err
}
