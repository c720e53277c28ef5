package gate

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
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
	return err
}

// sarifInput returns what results.sarif is made from.
func (o *Outcome) sarifInput(in *input) sarif.Input {
	return sarif.Input{
		Rules: Rules(), Verdict: o.Document.Verdict, Package: in.subject.Manifest.Name, Category: o.category, ToolVersion: o.version,
		Root: in.place.prefix(), PolicyFile: in.subject.Policy.File, Exists: in.place.exists,
	}
}
