package registry

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// An Advisory is one entry of the bulk endpoint's answer.
type Advisory struct {
	ID       string // GHSA-…
	Name     string
	Range    string // vulnerable_versions, "<1.2.3"
	Severity string // "info" to "critical"
	Title    string
	CWE      []string
	CVSS     string // vector; empty: null, as the public registry has it for many
}

// Canary is what a complete source reports for minimist@0.0.8; without it in
// the answer the gate takes the source for down. Facts of the GitHub Advisory
// Database.
var Canary = Advisory{
	ID: "GHSA-vh95-rmgr-6w4m", Name: "minimist", Range: "<0.2.1", Severity: "moderate",
	Title: "Prototype Pollution in minimist", CWE: []string{"CWE-1321"},
	CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L",
}

// Bulk makes what Server.Advisories wants. The canary is not in it by itself.
func Bulk(advisories ...Advisory) map[string]json.RawMessage {
	lists := map[string][]map[string]any{}
	for i, a := range advisories {
		cvss := map[string]any{"score": 0, "vectorString": nil}
		if a.CVSS != "" {
			cvss["vectorString"] = a.CVSS
		}
		cwe := a.CWE
		if cwe == nil {
			cwe = []string{}
		}
		lists[a.Name] = append(lists[a.Name], map[string]any{
			"id": 1_000_000 + i, "url": "https://github.com/advisories/" + a.ID, "title": a.Title, "severity": a.Severity,
			"vulnerable_versions": a.Range, "cwe": cwe, "cvss": cvss,
		})
	}
	out := map[string]json.RawMessage{}
	for name, list := range lists {
		text, err := json.Marshal(list)
		if err != nil {
			panic(fmt.Sprintf("advisories: %v", err)) // a mistake in a test
		}
		out[name] = text
	}
	return out
}

func (s *Server) bulk(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(body)))
		if err != nil {
			spoil.Fail(w, http.StatusBadRequest, "bad gzip")
			return
		}
		body, _ = io.ReadAll(z)
	}
	var asked map[string][]string
	defer func() { s.asked = append(s.asked, slices.Collect(maps.Keys(asked))...) }()
	if err := json.Unmarshal(body, &asked); err != nil {
		spoil.Fail(w, http.StatusBadRequest, "bad request")
		return
	}
	answer := map[string]json.RawMessage{}
	for name := range asked {
		if a, ok := s.Advisories[name]; ok {
			answer[name] = a
		}
	}
	reply(w, http.StatusOK, answer)
}
