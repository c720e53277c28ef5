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
	})
}
