package script

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/rogpeppe/go-internal/testscript"
)

type gitHubKey struct{}

// gitHub is the code scanning, attestations and comments API as far as they are needed.
// The contract is tested against GitHub's own description in package github;
// here it counts.
type gitHub struct {
	*httptest.Server
	mu     sync.Mutex
	status int      // of the upload; 0: accepted
	answer string   // body with status
	most   int      // bytes of an upload, compressed; 0: any number
	word   string   // the status of an upload; "": complete
	sarif  []byte   // as uploaded, unpacked
	filed  string   // commit and ref of the upload
	kinds  []string // categories of the uploads, in order
	tokens []string
	stored []json.RawMessage // the bundles of attestations
	plain  bool              // a listing has the bundles in it, not their addresses
	graph  graph
	talk   remarks // the comments of the pull request
	hosted hosted  // what it says about a commit
}

func startGitHub() *gitHub {
	g := &gitHub{}
	g.Server = httptest.NewServer(g)
	return g
}

// ServeHTTP answers the upload and its status.
func (g *gitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = append(g.tokens, r.Header.Get("Authorization"))
	w.Header().Set("Content-Type", "application/json")
	switch {
	case g.status != 0:
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/code-scanning/sarifs"):
		var body struct {
			SARIF, Ref string
			Commit     string `json:"commit_sha"`
		}
		err := json.NewDecoder(r.Body).Decode(&body)
		if err == nil {
			g.filed = body.Commit + " " + body.Ref
			if g.most > 0 && base64.StdEncoding.DecodedLen(len(body.SARIF)) > g.most {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				_, _ = io.WriteString(w, `{"message":"Payload too big"}`)
				return
			}
			g.sarif, err = unpack(body.SARIF)
			g.kinds = append(g.kinds, categoryOf(g.sarif))
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"id":"6c1f0a52-0000-4000-8000-00000000abcd","url":"https://ghe.example/x"}`)
	case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/code-scanning/sarifs/"):
		_, _ = fmt.Fprintf(w, `{"processing_status":%q,"errors":["rule \"x\" ::error::y"]}`, cmp.Or(g.word, "complete"))
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/dependency-graph/snapshots"):
		g.graph.take(w, r)
	case strings.Contains(r.URL.Path, "/attestations"):
		g.attestations(w, r)
	case g.hosted.serve(w, r):
	case g.talk.serve(w, r):
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// attestations stores one, or lists those about a digest.
func (g *gitHub) attestations(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		var body struct{ Bundle json.RawMessage }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		g.stored = append(g.stored, body.Bundle)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id":%d}`, len(g.stored))
		return
	}
	if at, found := strings.CutPrefix(r.URL.Path, "/attestations/"); found { // the address of a bundle
		if n, err := strconv.Atoi(at); err == nil && n < len(g.stored) {
			_, _ = w.Write(snappy.Encode(nil, g.stored[n]))
		}
		return
	}
	_, digest, _ := strings.Cut(r.URL.Path, "/sha256:")
	list := []any{}
	for n, bundle := range g.stored {
		if !strings.Contains(string(statementOf(bundle)), `"sha256":"`+digest+`"`) {
			continue
		}
		if g.plain {
			list = append(list, map[string]any{"bundle": bundle, "repository_id": 1})
		} else {
			at := fmt.Sprintf("%s/attestations/%d", g.URL, n)
			list = append(list, map[string]any{"bundle_url": at, "repository_id": 1})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"attestations": list})
}

// statementOf is the in-toto statement that a bundle contains.
func statementOf(bundle []byte) []byte {
	var b struct {
		DSSEEnvelope struct{ Payload []byte }
	}
	_ = json.Unmarshal(bundle, &b)
	return b.DSSEEnvelope.Payload
}

// categoryOf returns the category in which a SARIF file is filed.
func categoryOf(sarif []byte) string {
	var file struct {
		Runs []struct {
			AutomationDetails struct{ ID string }
		}
	}
	_ = json.Unmarshal(sarif, &file)
	if len(file.Runs) != 1 {
		return ""
	}
	id := file.Runs[0].AutomationDetails.ID
	return id[:max(strings.LastIndexByte(id, '/'), 0)]
}

func unpack(text string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	gz, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(gz)
}

// github asks and arranges the script's GitHub API:
//
//	github received FILE        FILE was uploaded, byte for byte
//	github filed COMMIT REF     that upload was for this commit and ref
//	github categories LIST      the uploads since it was last asked were in these, with commas between
//	github untouched            nothing arrived since it was last asked
//	github asked N              N requests arrived since it was last asked
//	github fail STATUS [TEXT]   every request is refused
//	github answers STATUS BODY  every request gets this answer
//	github takes BYTES          a larger upload is refused
//	github says WORD            that is the status of each upload
//	github mend                 nothing is refused any more
//	github stored N             N attestations are stored
//	github holds BUNDLE         one of them is this one
//	github forget               none is stored any more, nothing has arrived
//	github lists plain|addresses   how it lists them: with the bundles, or where they are
//
// and those of its dependency graph: see graph.on.
// and the comments of its pull request: see remarks.
// and what it knows of a commit: see hosted.on.
func gitHubCommand(ts *testscript.TestScript, neg bool, args []string) {
	g := ts.Value(gitHubKey{}).(*gitHub)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !neg && g.graph.on(ts, args), !neg && g.hosted.on(ts, args):
	case !neg && len(args) == 2 && args[0] == "received":
		if string(g.sarif) != ts.ReadFile(args[1]) {
			ts.Fatalf("what was uploaded (%d bytes) is not %s", len(g.sarif), args[1])
		}
	case !neg && len(args) == 3 && args[0] == "filed":
		if want := args[1] + " " + args[2]; g.filed != want {
			ts.Fatalf("the upload was for %q, expected %q", g.filed, want)
		}
		g.filed, g.tokens = "", nil
	case !neg && len(args) > 0 && strings.HasPrefix(args[0], "comment"):
		g.talk.command(ts, args)
	case !neg && len(args) == 1 && args[0] == "untouched":
		count(ts, "requests to GitHub", len(g.tokens), "0")
	case !neg && len(args) == 2 && args[0] == "asked":
		count(ts, "requests to GitHub", len(g.tokens), args[1])
		g.tokens = nil
	case !neg && len(args) == 2 && args[0] == "categories":
		if got := strings.Join(g.kinds, ","); got != args[1] {
			ts.Fatalf("the uploads were in %q, expected %q", got, args[1])
		}
		g.kinds = nil
	case !neg && len(args) == 2 && args[0] == "takes":
		most, err := strconv.Atoi(args[1])
		ts.Check(err)
		g.most = most
	case !neg && len(args) == 2 && args[0] == "says":
		g.word = args[1]
	case !neg && len(args) == 1 && args[0] == "mend":
		g.status, g.most, g.word = 0, 0, ""
	case !neg && len(args) == 2 && args[0] == "stored":
		count(ts, "attestations", len(g.stored), args[1])
	case !neg && len(args) == 2 && args[0] == "holds":
		wanted := strings.TrimSpace(ts.ReadFile(args[1]))
		if !slices.ContainsFunc(g.stored, func(b json.RawMessage) bool { return string(b) == wanted }) {
			ts.Fatalf("%s is not stored", args[1])
		}
	case !neg && len(args) == 1 && args[0] == "forget":
		g.stored, g.tokens = nil, nil
	case !neg && len(args) == 2 && args[0] == "lists":
		g.plain = args[1] == "plain"
	case !neg && len(args) >= 2 && args[0] == "fail":
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		g.status, g.answer = status, fmt.Sprintf(`{"message":%q}`, strings.Join(args[2:], " "))
	case !neg && len(args) >= 2 && args[0] == "answers":
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		g.status, g.answer = status, strings.Join(args[2:], " ")
	default:
		ts.Fatalf("usage: github received FILE | filed COMMIT REF | categories LIST | untouched | asked N | fail STATUS [TEXT] | " +
			"answers STATUS BODY | takes BYTES | says WORD | mend | stored N | holds BUNDLE | forget | lists plain|addresses | " +
			"snapshots N | snapshot FILE | result WORD")
	}
}
