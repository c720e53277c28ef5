package display

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func FuzzIndent(f *testing.F) {
	for _, doc := range []string{`{}`, `[]`, `""`, `{"a":[],"b":{},"c":[{},[]],"d":"\\","e":"\"","f":"\\\""}`,
		`[1,true,null,-1.5e3,"a,b:{}[]"]`, strings.Repeat("[", 40) + strings.Repeat("]", 40), `{"":{"":{"":[[1],[2,3]]}}}`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var compact, want bytes.Buffer
		if json.Compact(&compact, doc) != nil {
			return // not JSON
		}
		if err := json.Indent(&want, compact.Bytes(), "    ", "  "); err != nil {
			t.Fatal(err)
		}
		if got := Indent(nil, compact.Bytes(), 2); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s\nis not\n%s", got, want.Bytes())
		}
		// Long, it is written in parts.
		long := append(append([]byte("["), bytes.Repeat(append(compact.Bytes(), ','), enough/4)...), "0]"...)
		var written bytes.Buffer
		rest, err := IndentTo(&written, nil, long, 2)
		if got := append(written.Bytes(), rest...); err != nil || !bytes.Equal(got, Indent(nil, long, 2)) || len(rest) >= enough {
			t.Errorf("%s in parts is %d bytes, of which %d are left, %v", doc, len(got), len(rest), err)
		}
	})
}
