package script

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// hosted is what GitHub says about a commit: by the path below the repository, in
// which COMMIT stands for the commit, one answer each.
type hosted struct {
	commit  string
	answers map[string]json.RawMessage
	refused map[string]refusal
}

type refusal struct {
	status int
	body   string
}

// serve answers what is about the commit. It returns false for other requests.
func (h *hosted) serve(w http.ResponseWriter, r *http.Request) bool {
	parts := strings.SplitN(r.URL.EscapedPath(), "/", 5) // "", repos, owner, name, rest
	if h.answers == nil || r.Method != http.MethodGet || len(parts) < 5 || parts[1] != "repos" {
		return false
	}
	at := parts[4]
	if h.commit != "" {
		at = strings.ReplaceAll(at, h.commit, "COMMIT")
	}
	if no, refused := h.refused[at]; refused {
		w.WriteHeader(no.status)
		_, _ = io.WriteString(w, no.body)
		return true
	}
	answer, known := h.answers[at]
	if !known {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"Not Found"}`)
		return true
	}
	_, _ = io.WriteString(w, strings.ReplaceAll(string(answer), "COMMIT", h.commit))
	return true
}

// on answers the commands about it: false if args are none of them.
//
//	github knows FILE COMMIT          a JSON object: path → answer, COMMIT in both is the commit
//	github refuses PATH STATUS [BODY]   that path is answered so; BODY may hold \n and the like
func (h *hosted) on(ts *testscript.TestScript, args []string) bool {
	switch {
	case len(args) == 3 && args[0] == "knows":
		*h = hosted{commit: args[2], refused: map[string]refusal{}}
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &h.answers))
	case len(args) >= 3 && args[0] == "refuses":
		status, err := strconv.Atoi(args[2])
		ts.Check(err)
		h.refused[args[1]] = refusal{status, strings.Join(args[3:], " ")}
	default:
		return false
	}
	return true
}
