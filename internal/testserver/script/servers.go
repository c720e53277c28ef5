package script

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/osv"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// registry asks and arranges the script's registry:
//
//	registry untouched          nothing that would change it has arrived
//	registry puts N             N requests arrived that would change it
//	registry requests N         N requests of any kind arrived
//	registry has NAME VERSION [FILE] it holds the version, with the bytes of FILE; with !, it does not
//	registry tag NAME TAG VERSION    a dist-tag is on a version
//	registry seed NAME VERSION FILE  somebody published it before
//	registry attest NAME VERSION     it says that it has provenance of that
//	registry store NAME VERSION BUNDLE   it serves the bundle as an attestation of that
//	registry have FILE…         it holds a package as its document says
//	registry knows TOKEN        it accepts no other token
//	registry fail FAULT [N]     the requests of its kind fail, the next N of them; see registry.Faults
//	registry fail FAULT SKIP N  N of them fail after SKIP
//	registry fail-later FAULT N the request of its kind after N of them fails
//	registry mend               nothing fails any more
//	registry asked NAME         its advisories were asked about a package; with !, they were not
//	registry advisories FILE    what the advisory endpoint answers with: name → list
//	registry sent TEXT          a request carried it in a header; with !, none did
//
// and as npm's: see onNPM; and over time: see onHistory.
//
// scoped does the same with the other one.
func registryCommand(key any) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		r := ts.Value(key).(*registry.Server)
		if neg && (len(args) < 2 || !slices.Contains([]string{"asked", "sent", "provenance", "has"}, args[0])) || len(args) == 0 {
			ts.Fatalf("usage: registry untouched|puts|requests|has|tag|seed|attest|store|have|knows|fail|mend|asked|sent|advisories … " +
				"and those of npm.go")
		}
		if !onNPM(ts, r, neg, args) && (neg || !onHistory(ts, r, args)) {
			onRegistry(ts, r, neg, args)
		}
	}
}

func onRegistry(ts *testscript.TestScript, r *registry.Server, neg bool, args []string) {
	switch verb, rest := args[0], args[1:]; {
	case verb == "untouched" && len(rest) == 0:
		count(ts, "changes", len(r.Puts()), "0")
	case verb == "puts" && len(rest) == 1:
		count(ts, "changes", len(r.Puts()), rest[0])
	case verb == "requests" && len(rest) == 1:
		count(ts, "requests", len(r.Requests()), rest[0])
	case verb == "has" && len(rest) == 3 && !neg:
		data, _ := r.Published(rest[0], rest[1])
		if string(data) != ts.ReadFile(rest[2]) {
			ts.Fatalf("%s@%s on the registry (%d bytes) is not %s", rest[0], rest[1], len(data), rest[2])
		}
	case verb == "has" && len(rest) == 2:
		data, _ := r.Published(rest[0], rest[1])
		expect(ts, data != nil, neg, "has "+rest[0]+" "+rest[1])
	case verb == "tag" && len(rest) == 3:
		if got := r.Tags(rest[0])[rest[1]]; got != rest[2] {
			ts.Fatalf("dist-tag %s of %s is on %q", rest[1], rest[0], got)
		}
	case verb == "seed" && len(rest) == 3:
		r.Seed(rest[0], rest[1], "latest", []byte(ts.ReadFile(rest[2])))
	case verb == "attest" && len(rest) == 2:
		ts.Check(r.Attest(rest[0], rest[1]))
	case verb == "store" && len(rest) == 3:
		r.Store(rest[0], rest[1], []byte(strings.TrimSpace(ts.ReadFile(rest[2]))))
	case verb == "have" && len(rest) > 0:
		for _, file := range rest {
			ts.Check(r.Have([]byte(ts.ReadFile(file))))
		}
	case verb == "knows" && len(rest) == 1:
		r.Know(rest[0])
	case verb == "fail" && len(rest) == 1:
		r.Fail(rest[0], 0, -1)
	case verb == "fail" && len(rest) == 2:
		times, err := strconv.Atoi(rest[1])
		ts.Check(err)
		r.Fail(rest[0], 0, times)
	case verb == "fail" && len(rest) == 3:
		r.Fail(rest[0], number(ts, rest[1]), number(ts, rest[2]))
	case verb == "fail-later" && len(rest) == 2:
		r.Fail(rest[0], number(ts, rest[1]), 1)
	case verb == "mend" && len(rest) == 0:
		r.Mend()
	case verb == "asked" && len(rest) == 1:
		expect(ts, r.Asked(rest[0]), neg, "asked about "+rest[0])
	case verb == "sent" && len(rest) == 1:
		expect(ts, strings.Contains(r.Headers(), rest[0]), neg, "sent "+rest[0])
	case verb == "advisories" && len(rest) == 1:
		var advisories map[string]json.RawMessage
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(rest[0])), &advisories))
		r.Advise(advisories)
	default:
		ts.Fatalf("registry: cannot %s", strings.Join(args, " "))
	}
}

func count(ts *testscript.TestScript, what string, got int, want string) {
	if strconv.Itoa(got) != want {
		ts.Fatalf("%d %s, expected %s", got, what, want)
	}
}

func expect(ts *testscript.TestScript, is, neg bool, what string) {
	if is == neg {
		ts.Fatalf("%s: %v", what, is)
	}
}

// osv arranges and asks the script's OSV API:
//
//	osv add FILE…     it knows these documents
//	osv fail FAULT    every answer fails; see osv.Faults
//	osv mend          nothing fails any more
//	osv asked NAME    it was asked about a package; with !, it was not
//	osv requests N    N requests arrived
func osvCommand(ts *testscript.TestScript, neg bool, args []string) {
	o := ts.Value(osvKey{}).(*osv.Server)
	switch {
	case !neg && len(args) > 1 && args[0] == "add":
		for _, file := range args[1:] {
			ts.Check(o.Add([]byte(ts.ReadFile(file))))
		}
	case !neg && len(args) == 2 && args[0] == "fail":
		o.Fail(args[1])
	case !neg && len(args) == 1 && args[0] == "mend":
		o.Fail("")
	case len(args) == 2 && args[0] == "asked":
		expect(ts, o.Asked(args[1]), neg, "asked about "+args[1])
	case !neg && len(args) == 2 && args[0] == "requests":
		count(ts, "requests", o.Requests(), args[1])
	default:
		ts.Fatalf("usage: osv add FILE… | fail FAULT | mend | asked NAME | requests N")
	}
}
