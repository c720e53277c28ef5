package script

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// A graph is the dependency graph of the script's repository. The contract is
// tested in package github; here it keeps what arrives.
type graph struct {
	snapshots [][]byte
	result    string // of a submission; "": SUCCESS
}

// take keeps a snapshot.
func (g *graph) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var out bytes.Buffer
	if err != nil || json.Indent(&out, body, "", " ") != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	g.snapshots = append(g.snapshots, out.Bytes())
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"id":%d,"created_at":"2026-09-01T12:00:00Z","result":%q,"message":"purl ::error::x"}`,
		len(g.snapshots), cmp.Or(g.result, "SUCCESS"))
}

// on answers the commands about it: false if args are none of them.
//
//	github snapshots N       N snapshots were submitted since it was last asked
//	github snapshot FILE     FILE is now the latest of them
//	github result WORD       that is the result of each
func (g *graph) on(ts *testscript.TestScript, args []string) bool {
	switch {
	case len(args) != 2:
		return false
	case args[0] == "snapshots":
		count(ts, "snapshots", len(g.snapshots), args[1])
		g.snapshots = nil
	case args[0] == "snapshot" && len(g.snapshots) > 0:
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), g.snapshots[len(g.snapshots)-1], 0o644))
	case args[0] == "result":
		g.result = args[1]
	default:
		return false
	}
	return true
}
