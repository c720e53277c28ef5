package registry

import (
	"strings"
	"testing"
)

// Every fault in the list can be armed, meets its requests, and passes by.
func TestFaults(t *testing.T) {
	for _, f := range Faults {
		if strings.HasSuffix(f.Name, "-hang") || strings.HasSuffix(f.Name, "-hang-stored") || f.Name == "get-slow" || f.Name == "get-bomb" {
			continue // waited out by their users' tests
		}
		s := Start()
		s.Seed("seeded", "1.0.0", "latest", []byte("x"))
		s.Trust("seeded", Publisher{Stage: true})
		s.Grant("t0ken", Grant{Kind: "token"})
		name := strings.NewReplacer("=URL", "=/elsewhere", "=VALUE", "=7", "=VERSION", "=9.9.9", "=STATUS TEXT", "=422 no provenance",
			"=WORD", "=odd").Replace(f.Name)
		s.Fail(name, 0, 1)
		front, _, _ := strings.Cut(f.Name, "-")
		method, address, body := "GET", s.URL+"seeded/1.0.0", ""
		switch front {
		case "put":
			method, address, body = "PUT", s.URL+"@acme%2fdemo", publishBody(s.URL, attested)
		case "stage":
			method, address, body = "POST", s.URL+"-/stage/package/@acme%2fdemo", publishBody(s.URL, nil)
		case "exchange":
			method, address = "POST", s.URL+strings.TrimPrefix(exchangePath, "/")+"seeded"
		case "status":
			address = s.URL + "-/package/seeded/version/1.0.0/status"
		}
		status, text := do(t, method, address, body, "Authorization", "Bearer t0ken")
		data, _ := s.Published("@acme/demo", "1.0.0")
		stores := strings.HasSuffix(f.Name, "-stored") || f.Name == "put-200-html" || strings.HasSuffix(name, "tag") ||
			strings.HasPrefix(name, "put-tag=") || f.Name == "put-no-provenance" || f.Name == "put-restricted" || f.Name == "stage-no-id"
		if stored := data != nil || len(s.Staged()) > 0; stored != stores {
			t.Errorf("%s: stored %v", f.Name, stored)
		}
		if plain := status/100 == 2 && (strings.Contains(text, `"success"`) || strings.Contains(text, `"sha512-`+"a") ||
			strings.Contains(text, "stageId") || strings.Contains(text, `"published"`)); plain && !stores {
			t.Errorf("%s: nothing failed: %d %s", f.Name, status, text)
		}
		if f.Name == "put-no-provenance" && s.Attested("@acme/demo", "1.0.0") != nil ||
			f.Name == "put-restricted" && s.Access("@acme/demo") != "restricted" {
			t.Errorf("%s did not", f.Name)
		}
		s.Close()
	}
	s := Start()
	defer s.Close()
	defer func() {
		if recover() == nil {
			t.Error("an unknown fault was armed")
		}
	}()
	s.Fail("put-sideways", 0, 0)
}

// attested adds a bundle to a document.
func attested(d map[string]any) {
	d["_attachments"].(map[string]any)["@acme/demo-1.0.0.sigstore"] = map[string]any{
		"content_type": "application/vnd.dev.sigstore.bundle.v0.3+json", "data": `{"a":1}`, "length": 7,
	}
}

// TestFaultsMeetTheirOwn: a fault of reading packages fails no other call, and
// one of a call fails no other.
func TestFaultsMeetTheirOwn(t *testing.T) {
	const version, status = "seeded/1.0.0", "-/package/seeded/version/1.0.0/status"
	for fault, want := range map[string][2]int{"get-503": {503, 200}, "status-503": {200, 503}, "whoami-503": {200, 200}} {
		s := Start()
		s.Seed("seeded", "1.0.0", "latest", []byte("x"))
		s.Fail(fault, 0, 0)
		first, _ := do(t, "GET", s.URL+version, "")
		second, _ := do(t, "GET", s.URL+status, "")
		if first != want[0] || second != want[1] {
			t.Errorf("%s: %d and %d", fault, first, second)
		}
		s.Close()
	}
}
