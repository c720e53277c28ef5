package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Preview is what would be sent, for -dry-run.
type Preview struct {
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Size     int64           `json:"size"`     // of the document as it would be sent, in bytes
	Document json.RawMessage `json:"document"` // the attachment's data replaced by its digest
}

// Preview returns what would be sent. It makes no requests.
func (p *Plan) Preview() Preview {
	doc := bytes.Clone(p.head)
	doc = fmt.Appendf(doc, "%d bytes, %s", len(p.tarball), p.Integrity)
	method := map[Road]string{Direct: "PUT", Staging: "POST"}[p.Road]
	return Preview{Method: method, URL: p.address(), Size: p.Size(), Document: append(doc, p.tail()...)}
}
