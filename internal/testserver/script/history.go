package script

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// onHistory arranges what came to be and what happens to it; done is false for
// other commands. FILE is JSON as registry.History and registry.Version have it.
//
//	registry record FILE             it holds a package with its history
//	registry widget                  it holds two quiet years of @acme/widget
//	registry release NAME TAG FILE   a version is published; -: no dist-tag moves
//	registry move NAME TAG [VERSION]     a dist-tag moves, or goes
//	registry remove NAME VERSION     a version is taken back
//	registry withdraw NAME           the whole package is
//	registry deprecate NAME VERSION [MESSAGE]
//	registry own NAME OWNER…         its owners are these
//	registry amend NAME VERSION FILE     these keys of a manifest are others
//	registry replace NAME VERSION FILE [silently]   the tarball is another; silently: the digests stay
//	registry date NAME VERSION TEXT      its time is that
//	registry wait NAME VERSION [BY]      a version is staged
func onHistory(ts *testscript.TestScript, r *registry.Server, args []string) (done bool) {
	read := func(file string, into any) { ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), into)) }
	last := func(rest []string, n int) string { return strings.Join(rest[n:], " ") }
	switch verb, rest := args[0], args[1:]; {
	case verb == "record" && len(rest) == 1:
		h, err := registry.ParseHistory([]byte(ts.ReadFile(rest[0])))
		ts.Check(err)
		ts.Check(r.Record(h))
	case verb == "widget" && len(rest) == 0:
		ts.Check(r.Record(registry.Widget()))
	case verb == "release" && len(rest) == 3:
		var v registry.Version
		read(rest[2], &v)
		ts.Check(r.Release(rest[0], v, strings.TrimPrefix(rest[1], "-")))
	case verb == "move" && (len(rest) == 2 || len(rest) == 3):
		ts.Check(r.Tag(rest[0], rest[1], last(rest, 2)))
	case verb == "remove" && len(rest) == 2:
		ts.Check(r.Remove(rest[0], rest[1]))
	case verb == "withdraw" && len(rest) == 1:
		ts.Check(r.Withdraw(rest[0]))
	case verb == "deprecate" && len(rest) >= 2:
		ts.Check(r.Deprecate(rest[0], rest[1], last(rest, 2)))
	case verb == "own" && len(rest) >= 2:
		ts.Check(r.Own(rest[0], rest[1:]...))
	case verb == "amend" && len(rest) == 3:
		var with map[string]any
		read(rest[2], &with)
		ts.Check(r.Amend(rest[0], rest[1], func(manifest map[string]any) { maps.Copy(manifest, with) }))
	case verb == "replace" && len(rest) == 3, verb == "replace" && len(rest) == 4 && rest[3] == "silently":
		ts.Check(r.Replace(rest[0], rest[1], []byte(ts.ReadFile(rest[2])), len(rest) == 3))
	case verb == "date" && len(rest) >= 2:
		ts.Check(r.Date(rest[0], rest[1], last(rest, 2)))
	case verb == "wait" && len(rest) >= 2:
		_, err := r.Wait(rest[0], registry.Waiting{Version: rest[1], By: last(rest, 2)})
		ts.Check(err)
	default:
		return false
	}
	return true
}
