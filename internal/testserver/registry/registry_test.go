package registry

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
)

func do(t *testing.T, method, address string, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

func publishBody(base string, change func(map[string]any)) string {
	data := []byte("bytes")
	doc := map[string]any{
		"_id": "@acme/demo", "name": "@acme/demo", "dist-tags": map[string]any{"latest": "1.0.0"},
		"versions": map[string]any{"1.0.0": map[string]any{
			"_id": "@acme/demo@1.0.0", "name": "@acme/demo", "version": "1.0.0", "dist": distOf("@acme/demo", "1.0.0", data, base),
		}},
		"_attachments": map[string]any{"@acme/demo-1.0.0.tgz": map[string]any{
			"content_type": "application/octet-stream", "data": base64.StdEncoding.EncodeToString(data), "length": len(data),
		}},
	}
	if change != nil {
		change(doc)
	}
	text, _ := json.Marshal(doc)
	return string(text)
}

func TestPutAndGet(t *testing.T) {
	s := Start()
	defer s.Close()
	s.Token = "t0ken"
	address := s.URL + "@acme%2fdemo"
	if status, _ := do(t, "PUT", address, publishBody(s.URL, nil)); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	auth := []string{"Authorization", "Bearer t0ken"}
	for name, change := range map[string]func(map[string]any){
		"length": func(d map[string]any) {
			d["_attachments"].(map[string]any)["@acme/demo-1.0.0.tgz"].(map[string]any)["length"] = 4
		},
		"bytes": func(d map[string]any) {
			d["_attachments"].(map[string]any)["@acme/demo-1.0.0.tgz"].(map[string]any)["data"] = "Ynl0ZXo="
		},
		"no file": func(d map[string]any) { d["_attachments"] = map[string]any{} },
		"name":    func(d map[string]any) { d["name"] = "other" },
		"version": func(d map[string]any) { d["versions"].(map[string]any)["1.0.0"].(map[string]any)["version"] = "1.0.1" },
		"digest": func(d map[string]any) {
			d["versions"].(map[string]any)["1.0.0"].(map[string]any)["dist"].(map[string]any)["shasum"] = "x"
		},
		"two tags": func(d map[string]any) { d["dist-tags"].(map[string]any)["next"] = "1.0.0" },
	} {
		if status, text := do(t, "PUT", address, publishBody(s.URL, change), auth...); status != 400 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := do(t, "PUT", address, publishBody(s.URL, nil), auth...); status != 201 {
		t.Fatalf("%d %s", status, text)
	}
	if status, _ := do(t, "PUT", address, publishBody(s.URL, nil), auth...); status != 403 {
		t.Errorf("again: %d", status)
	}
	for path, want := range map[string]int{"@acme%2fdemo": 200, "@acme%2fdemo/1.0.0": 200, "@acme%2fdemo/2.0.0": 404,
		"other": 404, "-/package/@acme%2fdemo/dist-tags": 200} {
		if status, text := do(t, "GET", s.URL+path, ""); status != want {
			t.Errorf("GET %s: %d %s", path, status, text)
		}
	}
	if _, text := do(t, "GET", s.URL+"@acme/demo/-/@acme/demo-1.0.0.tgz", ""); text != "bytes" {
		t.Errorf("tarball %q", text)
	}
	if got := len(s.Puts()); got != 10 {
		t.Errorf("%d PUTs in\n%s", got, s.Log())
	}
}

func TestBulk(t *testing.T) {
	s := Start()
	defer s.Close()
	address := s.URL + strings.TrimPrefix(bulkPath, "/")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"minimist":["0.0.8"],"left-pad":["1.0.0"]}`))
	_ = z.Close()
	status, text := do(t, "POST", address, packed.String(), "Content-Encoding", "gzip")
	if status != 200 || !strings.Contains(text, Canary.ID) || strings.Contains(text, "left-pad") {
		t.Errorf("%d %s", status, text)
	}
	if len(s.Puts()) != 0 {
		t.Error("asking for advisories counts as a change")
	}
	// The gate's own source takes the server for a complete one, and takes it
	// for down without the canary.
	source := &advisory.NPM{Registry: s.URL, Web: advisory.Web{Client: s.http.Client(), Now: time.Now}}
	asked := []advisory.Asked{{Name: "left-pad", Versions: []string{"1.0.0"}}}
	if _, _, err := source.Answer(t.Context(), asked); err != nil {
		t.Errorf("with the canary: %v", err)
	}
	s.Advisories = Bulk(Advisory{ID: "GHSA-aaaa-bbbb-cccc", Name: "left-pad", Range: "*", Severity: "low", Title: "x"})
	if _, _, err := source.Answer(t.Context(), asked); err == nil {
		t.Error("without the canary: no error")
	}
	s.Advisories = nil
	if status, _ := do(t, "POST", address, `{}`); status != 404 {
		t.Errorf("a mirror without the endpoint: %d", status)
	}
}
