package script

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// encode FILE HOW… writes the content of a file in another way, in place: base64, hex,
// percent, unicode (\\u0000), utf16, or map, a source map that has it as its source;
// one after the other.
func encode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: encode FILE HOW...")
	}
	data := bytes.TrimRight([]byte(ts.ReadFile(args[0])), "\n")
	for _, how := range args[1:] {
		switch how {
		case "base64":
			data = []byte(base64.StdEncoding.EncodeToString(data))
		case "hex":
			data = []byte(hex.EncodeToString(data))
		case "percent", "unicode":
			format := map[string]string{"percent": "%%%02X", "unicode": `\u%04x`}[how]
			var b bytes.Buffer
			for _, c := range data {
				fmt.Fprintf(&b, format, c)
			}
			data = b.Bytes()
		case "utf16":
			wide := []byte{0xff, 0xfe}
			for _, c := range data {
				wide = append(wide, c, 0)
			}
			data = wide
		case "map":
			out, err := json.Marshal(map[string]any{"version": 3, "sources": []string{"../src/index.ts"},
				"sourcesContent": []string{string(data)}, "mappings": "AAAA"})
			ts.Check(err)
			data = out
		default:
			ts.Fatalf("no such way to write a text: %s", how)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(data, '\n'), 0o644))
}
