package sarif

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/multitool"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = flag.Bool("update", false, "write anew what Microsoft's SARIF Multitool is on record with")

// A said is what the tool says of one document.
type said struct {
	SHA256 string
	Found  []string // "error GH1015"
}

// lacking is a document of ours without locations, fingerprints and help.
func lacking(t *testing.T) []byte {
	_, doc := run(t, grouped(2))
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, field := range []string{"locations", "partialFingerprints", "help"} {
				delete(v, field)
			}
			for _, w := range v {
				strip(w)
			}
		case []any:
			for _, w := range v {
				strip(w)
			}
		}
	}
	strip(v)
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Microsoft's tool finds nothing amiss in what we write, by SARIF's rules and
// GitHub's; and it does in a document that lacks what GitHub needs.
func TestAgainstMultitool(t *testing.T) {
	docs := map[string][]byte{"lacking": lacking(t)}
	for name, in := range map[string]Input{"example": example(), "empty": {}, "grouped": grouped(25), "many": many(300), "linked": linked()} {
		_, docs[name] = run(t, in)
	}
	var cut bytes.Buffer
	if left, err := write(&cut, many(30), 10, maxCompressed); err != nil || left != 21 {
		t.Fatal(left, err)
	}
	docs["cut"] = cut.Bytes()
	var ask func() map[string]said
	if program := multitool.Find(); program != "" {
		ask = func() map[string]said {
			dir, files := t.TempDir(), []string{}
			for name, doc := range docs {
				file := filepath.Join(dir, name+".sarif")
				if err := os.WriteFile(file, doc, 0o644); err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			answer := map[string]said{}
			for name, found := range multitool.Validate(t, program, files...) {
				name = strings.TrimSuffix(name, ".sarif")
				answer[name] = said{digest(docs[name]), found}
			}
			return answer
		}
	}
	told := oracle.JSON(t, oracle.Record{Name: "multitool.json", Update: *update}, ask)
	for name, doc := range docs {
		found := told[name].Found
		switch {
		case told[name].SHA256 != digest(doc):
			t.Errorf("%s: the record is of another document: ask again, .ci/told DIR", name)
		case name == "lacking":
			if got := strings.Join(found, ", "); !strings.HasPrefix(got, "error GH1015, error GH1017, error GH2012") {
				t.Errorf("a document that lacks what GitHub needs: %s", got)
			}
		case name == "empty": // it has no rule that could be described, which the tool notes
			if !slices.Equal(found, []string{"note SARIF2012"}) {
				t.Errorf("%s: %v", name, found)
			}
		case len(found) > 0:
			t.Errorf("%s: %v", name, found)
		}
	}
}

func digest(doc []byte) string {
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}
