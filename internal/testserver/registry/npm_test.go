package registry

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// A step is one request and what it is answered.
type step struct {
	name, method, path, body, token string
	status                          int
	has                             string // in the answer
}

func run(t *testing.T, s *Server, steps []step) {
	t.Helper()
	for _, c := range steps {
		header := []string{"Authorization", "Bearer " + c.token}
		if strings.HasSuffix(c.name, "with a code") {
			header = append(header, "npm-otp", "123456")
		}
		status, text := do(t, c.method, s.URL+c.path, c.body, header...)
		if status != c.status || !strings.Contains(text, c.has) {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
	}
}

// known returns a server with one token of each kind and a package of its own.
func known(t *testing.T) *Server {
	t.Helper()
	s := Start()
	t.Cleanup(s.Close)
	s.Seed("@acme/demo", "0.9.0", "latest", []byte("old"))
	for _, kind := range []string{"user", "token", "stage-only", "read-only"} {
		s.Grant(kind, Grant{Kind: kind})
	}
	for name, p := range map[string]Publisher{"oidc-direct": {Direct: true, Stage: true, Tags: true}, "oidc-stage": {Stage: true}} {
		s.Grant(name, Grant{Kind: "oidc", Package: "@acme/demo", By: p})
	}
	s.Grant("oidc-other", Grant{Kind: "oidc", Package: "other", By: Publisher{Direct: true, Stage: true, Tags: true}})
	return s
}

const (
	demo    = "@acme%2fdemo"
	firstID = "00000001-0000-4000-8000-000000000001"
)

// TestWhoMay: what each kind of token is refused, and how.
func TestWhoMay(t *testing.T) {
	s := known(t)
	put, post, tag := demo, "-/stage/package/"+demo, "-/package/"+demo+"/dist-tags/next"
	body, stageID := publishBody(s.URL, nil), "-/stage/"+firstID
	run(t, s, []step{
		{"unknown", "PUT", put, body, "x", 401, "logged in"},
		{"read-only puts", "PUT", put, body, "read-only", 403, "permission"},
		{"stage-only puts", "PUT", put, body, "stage-only", 403, "E_STAGE_REQUIRED"},
		{"a publisher without direct puts", "PUT", put, body, "oidc-stage", 403, "OIDC permission denied for this action"},
		{"a publisher of another package puts", "PUT", put, body, "oidc-other", 403, "denied"},
		{"a publisher of another package stages", "POST", post, body, "oidc-other", 403, "denied"},
		{"unknown stages", "POST", post, body, "x", 401, ""},
		{"a bad document", "POST", post, "{}", "oidc-stage", 400, "Bad Request"},
		{"a publisher stages", "POST", post, body, "oidc-stage", 201, firstID},
		{"staged again", "POST", post, body, "token", 409, "Cannot publish over previously staged version"},
		{"put over it", "PUT", put, body, "token", 409, "Cannot publish over previously staged version"},
		{"OIDC lists", "GET", "-/stage?package=%40acme%2Fdemo", "", "oidc-direct", 403, ""},
		{"OIDC looks", "GET", stageID, "", "oidc-direct", 403, ""},
		{"a list", "GET", "-/stage?package=%40acme%2Fdemo&page=0&perPage=100", "", "stage-only", 200, `"actorType":"trusted automation"`},
		{"a list of others", "GET", "-/stage?package=other", "", "stage-only", 200, `"items":[]`},
		{"a look", "GET", stageID, "", "token", 200, `"packageName":"@acme/demo"`},
		{"a look elsewhere", "GET", "-/stage/" + strings.Replace(firstID, "1", "2", 1), "", "token", 404, ""},
		{"the bytes", "GET", stageID + "/tarball", "", "token", 200, "bytes"},
		{"the state", "GET", "-/package/" + demo + "/version/1.0.0/status", "", "token", 200, `"staged"`},
		{"the state, OIDC", "GET", "-/package/" + demo + "/version/1.0.0/status", "", "oidc-direct", 403, ""},
		{"nobody sees it", "GET", demo + "/1.0.0", "", "", 404, ""},
		{"OIDC approves", "POST", stageID + "/approve", "", "oidc-direct", 403, ""},
		{"a token approves with a code", "POST", stageID + "/approve", "", "token", 403, ""},
		{"a person approves without one", "POST", stageID + "/approve", "", "user", 401, "one-time"},
		{"a person approves with a code", "POST", stageID + "/approve", "", "user", 201, "approved"},
		{"approved", "GET", demo + "/1.0.0", "", "", 200, `"approver":{"email":"approver@example.com","name":"approver"}`},
		{"by OIDC", "GET", demo, "", "", 200, `"trustedPublisher":{"id":"github"`},
		{"gone from the stage", "GET", stageID, "", "token", 404, ""},
		{"staged when published", "POST", post, body, "token", 409, "Cannot stage previously published version"},
		{"put again", "PUT", put, body, "token", 403, "cannot publish over"},
		{"a tag, without the right", "PUT", tag, `"1.0.0"`, "oidc-stage", 403, "denied"},
		{"a tag of nothing", "PUT", tag, `"9.9.9"`, "token", 400, ""},
		{"a tag", "PUT", tag, `"1.0.0"`, "oidc-direct", 201, ""},
		{"a tag, staging only", "PUT", tag, `"0.9.0"`, "stage-only", 201, ""},
		{"the tags", "GET", "-/package/" + demo + "/dist-tags", "", "", 200, `{"latest":"1.0.0","next":"0.9.0"}`},
		{"a tag away", "DELETE", tag, "", "token", 200, ""},
		{"tokens, by one", "GET", "-/npm/v1/tokens", "", "token", 403, ""},
		{"tokens, by a person", "GET", "-/npm/v1/tokens", "", "user", 200, `"total":0`},
		{"who, by OIDC", "GET", "-/whoami", "", "oidc-direct", 401, ""},
		{"who", "GET", "-/whoami", "", "read-only", 200, ""},
		{"public", "GET", "-/package/" + demo + "/visibility", "", "", 200, `{"public":true}`},
	})
	s.Restrict("@acme/demo")
	run(t, s, []step{
		{"not public", "GET", "-/package/" + demo + "/visibility", "", "token", 200, `{"public":false}`},
		{"hidden", "GET", demo, "", "", 404, ""},
		{"hidden tags", "GET", "-/package/" + demo + "/dist-tags", "", "x", 404, ""},
		{"shown", "GET", demo, "", "read-only", 200, ""},
	})
}

// TestReject: a rejected version is as if it had never been staged; and the
// registry's own review holds an approval up.
func TestReject(t *testing.T) {
	s := known(t)
	post, body := "-/stage/package/"+demo, publishBody(s.URL, nil)
	second := strings.ReplaceAll(firstID, "1", "2")
	s.Hold(1)
	run(t, s, []step{
		{"staged", "POST", post, body, "token", 201, firstID},
		{"rejected without a code", "DELETE", "-/stage/" + firstID, "", "user", 401, ""},
		{"rejected with a code", "DELETE", "-/stage/" + firstID, "", "user", 204, ""},
		{"staged again", "POST", post, body, "token", 201, second},
		{"held with a code", "POST", "-/stage/" + second + "/approve", "", "user", 409, "review"},
		{"approved with a code", "POST", "-/stage/" + second + "/approve", "", "user", 201, ""},
	})
	if err := s.Approve(firstID); err == nil {
		t.Error("what was rejected was approved")
	}
}

// TestFirstStaged: staging the first version of a package publishes npm's
// placeholder, and nothing else.
func TestFirstStaged(t *testing.T) {
	s := Start()
	defer s.Close()
	run(t, s, []step{
		{"staged", "POST", "-/stage/package/" + demo, publishBody(s.URL, nil), "", 201, firstID},
		{"placeholder", "GET", demo, "", "", 200, `"dist-tags":{"latest":"0.0.0-stage"}`},
		{"not yet", "GET", demo + "/1.0.0", "", "", 404, ""},
	})
	if err := s.Approve(firstID); err != nil {
		t.Error(err)
	}
	run(t, s, []step{{"approved", "GET", demo, "", "", 200, `"dist-tags":{"latest":"1.0.0"}`}})
}

// TestLife: a version that was accepted is not seen before it was validated.
func TestLife(t *testing.T) {
	state := "-/package/" + demo + "/version/1.0.0/status"
	for then, c := range map[string]struct{ version, tags string }{
		"published": {`"1.0.0"`, `{"latest":"1.0.0"}`}, "blocked": {"version not found", `{"latest":"0.9.0"}`},
	} {
		s := known(t)
		s.Validate(2, then)
		seen := map[string]int{"published": 200, "blocked": 404}[then]
		run(t, s, []step{
			{"accepted", "PUT", demo, publishBody(s.URL, nil), "token", 201, ""},
			{"first look", "GET", demo + "/1.0.0", "", "", 404, "version not found"},
			{"accepted again", "PUT", demo, publishBody(s.URL, nil), "token", 409, "Failed to save packument"},
			{"second look", "GET", state, "", "token", 200, "validating"},
			{"its tag", "GET", "-/package/" + demo + "/dist-tags", "", "", 200, `{"latest":"0.9.0"}`},
			{"settled", "GET", state, "", "token", 200, then},
			{"seen", "GET", demo + "/1.0.0", "", "", seen, c.version},
			{"its tag then", "GET", "-/package/" + demo + "/dist-tags", "", "", 200, c.tags},
		})
		s.SetState("@acme/demo", "1.0.0", "deleted")
		run(t, s, []step{
			{"deleted", "GET", state, "", "token", 200, "deleted"},
			{"not seen", "GET", demo + "/1.0.0", "", "", 404, ""},
			{"never there", "GET", strings.Replace(state, "1.0.0", "3.0.0", 1), "", "token", 404, ""},
		})
	}
}

// TestExchange: an ID token is exchanged where a publisher matches its claims.
func TestExchange(t *testing.T) {
	s := Start()
	defer s.Close()
	at, _ := url.Parse(s.URL)
	idToken := func(change func(map[string]any)) string {
		c := map[string]any{"aud": "npm:" + at.Hostname(), "repository": "acme/demo", "environment": "npm", "runner_environment": "github-hosted",
			"workflow_ref": "acme/demo/.github/workflows/release.yml@refs/tags/v1"}
		if change != nil {
			change(c)
		}
		text, _ := json.Marshal(c)
		return "x." + base64.RawURLEncoding.EncodeToString(text) + ".y"
	}
	set := func(key, value string) string { return idToken(func(c map[string]any) { c[key] = value }) }
	s.Trust("@acme/demo", Publisher{Repository: "acme/demo", Workflow: "release.yml", Environment: "npm", Stage: true})
	s.Trust("open", Publisher{Direct: true})
	path := strings.TrimPrefix(exchangePath, "/")
	run(t, s, []step{
		{"matches", "POST", path + demo, "", idToken(nil), 201, `"token_type":"oidc"`},
		{"without a token", "POST", path + demo, "", "", 401, "unauthorized"},
		{"for another audience", "POST", path + demo, "", set("aud", "sigstore"), 401, "unauthorized"},
		{"of another repository", "POST", path + demo, "", set("repository", "Acme/demo"), 404, "package not found"},
		{"of another workflow", "POST", path + demo, "", set("workflow_ref", "acme/demo/.github/workflows/ci.yml@x"), 404, ""},
		{"of another environment", "POST", path + demo, "", set("environment", ""), 404, ""},
		{"of a runner of one's own", "POST", path + demo, "", set("runner_environment", "self-hosted"), 404, ""},
		{"no publisher", "POST", path + "other", "", idToken(nil), 404, ""},
		{"any token", "POST", path + "open", "", "any", 201, ""},
		{"it stages", "POST", "-/stage/package/" + demo, publishBody(s.URL, nil), "npm_oidc" + strings.Repeat("0", 31) + "1", 201, ""},
		{"and nobody else does", "POST", "-/stage/package/" + demo, publishBody(s.URL, nil), "", 401, ""},
	})
	s.Revoke()
	run(t, s, []step{{"revoked", "POST", path + "open", "", "any", 404, ""}})
}

// TestSigned: what is published is signed and says that it has provenance.
func TestSigned(t *testing.T) {
	s := Start()
	defer s.Close()
	s.Sign()
	run(t, s, []step{
		{"the key", "GET", "-/npm/v1/keys", "", "", 200, `"keyid":"SHA256:`},
		{"published", "PUT", demo, publishBody(s.URL, attested), "", 201, ""},
		{"signed", "GET", demo + "/1.0.0", "", "", 200, `"signatures":[{"keyid":"SHA256:`},
		{"with provenance", "GET", demo, "", "", 200, `"attestations":{"provenance":{`},
		{"which is there", "GET", "-/npm/v1/attestations/" + demo + "@1.0.0", "", "", 200, `{"a":1}`},
	})
}

// TestProvenance: a bundle is refused that is not about what it came with.
func TestProvenance(t *testing.T) {
	s := Start()
	defer s.Close()
	s.CheckProvenance(true)
	with := func(name, digest, repository string) string {
		statement, _ := json.Marshal(map[string]any{
			"_type": "https://in-toto.io/Statement/v1", "subject": []any{map[string]any{"name": name, "digest": map[string]any{"sha512": digest}}},
			"predicate": map[string]any{"buildDefinition": map[string]any{"externalParameters": map[string]any{
				"workflow": map[string]any{"repository": repository},
			}}},
		})
		bundle, _ := json.Marshal(map[string]any{"dsseEnvelope": map[string]any{
			"payload": statement, "payloadType": "application/vnd.in-toto+json",
		}})
		return publishBody(s.URL, func(d map[string]any) {
			attested(d)
			file := d["_attachments"].(map[string]any)["@acme/demo-1.0.0.sigstore"].(map[string]any)
			file["data"], file["length"] = string(bundle), len(bundle)
			d["versions"].(map[string]any)["1.0.0"].(map[string]any)["repository"] = map[string]any{"url": "git+https://github.com/acme/demo.git"}
		})
	}
	const purl, repository = "pkg:npm/%40acme/demo@1.0.0", "https://github.com/acme/demo"
	sum := sha512.Sum512([]byte("bytes"))
	digest := hex.EncodeToString(sum[:])
	run(t, s, []step{
		{"no statement", "PUT", demo, publishBody(s.URL, attested), "", 422, "parse"},
		{"another name", "PUT", demo, with("pkg:npm/demo@1.0.0", digest, repository), "", 422, "subject"},
		{"other bytes", "PUT", demo, with(purl, digest[1:]+"0", repository), "", 422, "subject"},
		{"another repository", "PUT", demo, with(purl, digest, "https://github.com/Acme/demo"), "", 422, "repository.url"},
		{"staged, other bytes", "POST", "-/stage/package/" + demo, with(purl, digest[1:]+"0", repository), "", 422, "subject"},
		{"this", "PUT", demo, with(purl, digest, repository), "", 201, ""},
	})
}
