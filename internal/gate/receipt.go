package gate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
)

// earlierReceipt returns the receipt of an earlier attempt to publish the same
// bytes: the one that was named, else the one that is in the folder of evidence.
// It is a hint: one that is not there, or is of something else, is none.
func (o *Outcome) earlierReceipt(c Acting, folder *disk.Folder, p *publish.Plan) *publish.Receipt {
	file := cmp.Or(c.Receipt, folder.File(publish.ReceiptFile))
	data, err := disk.ReadNamed(file, publish.MaxReceipt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var r publish.Receipt
	if err == nil {
		r, err = publish.ParseReceipt(data)
	}
	if err == nil && !r.Matches(p) {
		if c.Receipt == "" {
			return nil // of another version, which was gated here before
		}
		err = errors.New("the receipt is about other bytes, another version or another registry")
	}
	if err != nil {
		o.did("registry", report.Noted, report.File{}, "%s is no help: %s", file, err.Error())
		return nil
	}
	return &r
}

// dropReceipt removes the receipt of an earlier run over other bytes: among the
// evidence of this one it would tell what did not happen. One of the same bytes
// stays, for a later run.
func dropReceipt(folder *disk.Folder, in *input) error {
	data, err := disk.ReadNamed(folder.File(publish.ReceiptFile), publish.MaxReceipt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if t := in.subject.Tarball; err == nil && t != nil {
		name, version := in.published()
		if r, err := publish.ParseReceipt(data); err == nil && r.Name == name && r.Version == version && r.Integrity == t.Integrity {
			return nil
		}
	}
	return folder.Remove(publish.ReceiptFile)
}

// receipt returns the receipt of this run, before anything is sent.
func (c Acting) receipt(p *publish.Plan, earlier *publish.Receipt) publish.Receipt {
	r := p.Receipt()
	r.Road = map[publish.Road]string{publish.Direct: "direct", publish.Staging: "stage"}[p.Road]
	if earlier != nil {
		r.StageID = earlier.StageID // a run that is killed loses nothing that was known
	}
	r.Run = cmp.Or(c.Job["GITHUB_RUN_ID"], c.Job["CI_JOB_ID"])
	if n, err := strconv.Atoi(c.Job["GITHUB_RUN_ATTEMPT"]); err == nil && n > 0 {
		r.Attempt = n
	}
	return r
}

// settled returns the receipt after the registry was asked. What became of it is
// not known of a run whose err is an *UnknownError.
func settled(r publish.Receipt, out publish.Outcome, err error) publish.Receipt {
	var unknown *publish.UnknownError
	if !errors.As(err, &unknown) {
		r.State = publish.Done
	}
	r.Published = out.Published.String()
	if out.StageID != "" {
		r.StageID = out.StageID
	}
	return r
}

// keepReceipt writes the receipt into the evidence.
func (o *Outcome) keepReceipt(folder *disk.Folder, r publish.Receipt) error {
	data, err := r.JSON()
	if err == nil {
		err = folder.Write(publish.ReceiptFile, data)
	}
	if err != nil {
		return fmt.Errorf("write the receipt: %w", err)
	}
	return nil
}
