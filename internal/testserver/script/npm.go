package script

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// onNPM asks and arranges what npm's registry has and others have not; done is
// false for other commands.
//
//	registry publisher NAME stage|direct|tags,… [REPOSITORY [WORKFLOW [ENVIRONMENT]]]
//	                            a package has a trusted publisher with these permissions
//	registry grants TOKEN user|token|stage-only|read-only [FILE]
//	                            it accepts a token of that kind; FILE has more of its entry in the list of tokens
//	registry revoke             it accepts no token and no publisher any more
//	registry lists-tokens       every token may see the list of tokens, not a person's session alone
//	registry staged N           N versions are staged
//	registry staged NAME VERSION FILE   that one is, with the bytes of FILE
//	registry approve [ID]       a person approves what is staged, the last one without ID
//	registry reject [ID]        a person rejects it
//	registry hold N             the next N approvals wait for the registry's review
//	registry validating N [blocked]     versions are validated during the next N reads; below 0, for good
//	registry state NAME VERSION STATE   a version is blocked, deleted, …
//	registry signs              it signs what is published
//	registry sign NAME VERSION…      and these versions, which it has
//	registry unsign NAME VERSION     it has no signature of that
//	registry forge NAME VERSION      its signature of that is one of another version
//	registry retire TIME             its key was in use until then
//	registry restrict NAME      a package is restricted
//	registry access NAME ACCESS         a package is
//	registry shows FILE         a login is shown what FILE says: path → answer, or the status of a refusal
//	registry deprecated NAME VERSION [TEXT]   a version has this deprecation; none without TEXT
//	registry wants-code CODE…   the next writes that deprecate need these one-time codes, each once
//	registry meanwhile N        somebody writes the document before each of the next N writes that deprecate
//	registry provenance NAME VERSION    it has a bundle for a version; with !, it has none
func onNPM(ts *testscript.TestScript, r *registry.Server, neg bool, args []string) (done bool) {
	switch verb, rest := args[0], args[1:]; {
	case verb == "publisher" && len(rest) >= 2 && len(rest) <= 5:
		fields := append(rest[2:], "", "", "")
		r.Trust(rest[0], registry.Publisher{
			Repository: fields[0], Workflow: fields[1], Environment: fields[2],
			Stage: strings.Contains(rest[1], "stage"), Direct: strings.Contains(rest[1], "direct"), Tags: strings.Contains(rest[1], "tags"),
		})
	case verb == "grants" && (len(rest) == 2 || len(rest) == 3):
		g := registry.Grant{Kind: rest[1]}
		if len(rest) == 3 {
			ts.Check(json.Unmarshal([]byte(ts.ReadFile(rest[2])), &g.Listed))
		}
		r.Grant(rest[0], g)
	case verb == "revoke" && len(rest) == 0:
		r.Revoke()
	case verb == "lists-tokens" && len(rest) == 0:
		r.ListTokens(true)
	case verb == "staged" && len(rest) == 1:
		count(ts, "staged versions", len(r.Staged()), rest[0])
	case verb == "staged" && len(rest) == 3:
		s := lastStaged(ts, r, nil)
		if s.Name != rest[0] || s.Version != rest[1] || string(s.Tarball) != ts.ReadFile(rest[2]) {
			ts.Fatalf("%s@%s is staged, with %d bytes", s.Name, s.Version, len(s.Tarball))
		}
	case verb == "approve" && len(rest) <= 1:
		ts.Check(r.Approve(lastStaged(ts, r, rest).ID))
	case verb == "reject" && len(rest) <= 1:
		r.Reject(lastStaged(ts, r, rest).ID)
	case verb == "hold" && len(rest) == 1:
		r.Hold(number(ts, rest[0]))
	case verb == "validating" && len(rest) == 1:
		r.Validate(number(ts, rest[0]), "published")
	case verb == "validating" && len(rest) == 2:
		r.Validate(number(ts, rest[0]), rest[1])
	case verb == "state" && len(rest) == 3:
		r.SetState(rest[0], rest[1], rest[2])
	case verb == "signs" && len(rest) == 0:
		r.Sign()
	case verb == "sign" && len(rest) >= 2:
		for _, version := range rest[1:] {
			ts.Check(r.SignVersion(rest[0], version, false))
		}
	case verb == "unsign" && len(rest) == 2:
		r.Unsign(rest[0], rest[1])
	case verb == "forge" && len(rest) == 2:
		ts.Check(r.SignVersion(rest[0], rest[1], true))
	case verb == "retire" && len(rest) == 1:
		r.Retire(rest[0])
	case verb == "restrict" && len(rest) == 1:
		r.Restrict(rest[0])
	case verb == "shows" && len(rest) == 1:
		var l registry.Login
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(rest[0])), &l))
		r.ShowLogin(l)
	case verb == "access" && len(rest) == 2:
		if got := r.Access(rest[0]); got != rest[1] {
			ts.Fatalf("%s is %q", rest[0], got)
		}
	case verb == "deprecated" && (len(rest) == 2 || len(rest) == 3):
		if got := r.Deprecated(rest[0], rest[1]); got != append(rest, "")[2] {
			ts.Fatalf("%s@%s has the deprecation %q", rest[0], rest[1], got)
		}
	case verb == "wants-code" && len(rest) > 0:
		r.WantsCode(rest...)
	case verb == "meanwhile" && len(rest) == 1:
		r.Meanwhile(number(ts, rest[0]))
	case verb == "provenance" && len(rest) == 2:
		expect(ts, len(r.Attested(rest[0], rest[1])) > 0, neg, "provenance of "+rest[0])
	default:
		return false
	}
	return true
}

// lastStaged returns the staged version of an id, or the last one.
func lastStaged(ts *testscript.TestScript, r *registry.Server, id []string) registry.Staged {
	all := r.Staged()
	for i := len(all) - 1; i >= 0; i-- {
		if len(id) == 0 || id[0] == all[i].ID {
			return all[i]
		}
	}
	ts.Fatalf("nothing is staged as %q", id)
	return registry.Staged{}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}
