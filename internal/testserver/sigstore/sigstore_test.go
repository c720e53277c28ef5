package sigstore

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// The stack comes up, keeps to itself, and is gone afterwards.
func TestStart(t *testing.T) {
	var pids []int
	var dir string
	t.Run("up", func(t *testing.T) {
		s := Start(t)
		dir = s.Dir
		for _, p := range s.processes {
			pids = append(pids, p.cmd.Process.Pid)
		}
		for _, address := range []string{s.Fulcio + "/api/v2/configuration", s.RekorV1 + "/api/v1/log", s.RekorV2 + "/healthz"} {
			response, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != 200 {
				t.Errorf("GET %s: %s", address, response.Status)
			}
		}
		if !json.Valid(s.TrustedRoot) {
			t.Errorf("trusted root is not JSON: %s", s.TrustedRoot)
		}
		onDisk, err := os.ReadFile(s.Path("trusted_root.json"))
		if err != nil || string(onDisk) != string(s.TrustedRoot) {
			t.Errorf("trusted_root.json differs from TrustedRoot, %v", err)
		}
	})
	if t.Failed() || dir == "" {
		return
	}
	if len(pids) != 6 {
		t.Errorf("%d servers ran, want 6", len(pids))
	}
	for _, pid := range pids {
		p, err := os.FindProcess(pid)
		if err == nil && alive(p) {
			t.Errorf("process %d outlived the test", pid)
		}
	}
}

func TestIssuer(t *testing.T) {
	i, err := newIssuer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer i.close()
	get := func(bearer string) (int, string) {
		request, err := http.NewRequest(http.MethodGet, i.RequestURL+"&audience=sigstore", nil)
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			request.Header.Set("Authorization", "Bearer "+bearer)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if code, _ := get(""); code != 401 {
		t.Errorf("without bearer: %d, want 401", code)
	}
	if code, _ := get("guess"); code != 401 {
		t.Errorf("with a wrong bearer: %d, want 401", code)
	}
	code, body := get(i.RequestToken)
	if code != 200 || strings.Count(body, ".") != 2 {
		t.Errorf("with the bearer: %d %s", code, body)
	}

	// The proxy leads nowhere else.
	request, err := http.NewRequest(http.MethodConnect, i.proxy, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "registry.npmjs.org:443"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 403 {
		t.Errorf("CONNECT to another host: %d, want 403", response.StatusCode)
	}
}
