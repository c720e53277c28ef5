package secret

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"testing"
)

func rulesIn(t *testing.T, path, text string) []string {
	var out []string
	for _, c := range mustScanner(t).Scan(path, []byte(text)) {
		out = append(out, c.Rule)
	}
	return out
}

// TestOwnRules finds values that are made here and belong to nobody.
func TestOwnRules(t *testing.T) {
	run := func(n int) string { return strings.Repeat("aB3dE5gH7jK9", 20)[:n] }
	hex := func(n int) string { return strings.Repeat("0a1b2c3d4e5f6789", 10)[:n] }
	for _, c := range []struct{ text, rule string }{
		{"//registry.example.org/:_authToken=" + run(30), "npmrc-auth"},
		{"//registry.example.org:4873/npm/:_password = \"" + run(30) + "\"", "npmrc-auth"},
		{"//registry.example.org/:_authToken=${NPM_TOKEN}", ""},
		{"//registry.example.org/:_authToken=<your token>", ""},
		{"//registry.example.org/:_authToken=(null)", ""},
		{"_auth=" + run(30), "npmrc-legacy-auth"},
		{"_authToken=$NPM_TOKEN_FROM_ENV", ""},
		{"let t = 'ghs_" + "ey" + run(34) + "." + "ey" + run(140) + "." + run(24) + "_" + run(200) + "-" + run(110) + "'", "github-token-jwt"},
		{"let t = 'ghu_12345_" + "ey" + run(34) + "." + "ey" + run(140) + "." + run(200) + "'", "github-token-jwt"},
		{"ghs_eyJ_-_-_-_-_-_-_-_-_x." + run(100) + "." + run(86) + "\n", "github-token-jwt"},
		{"let t = 'ghs_" + run(36) + "'", "github-app-token"},
		{"ghs_ey" + run(34) + ".split(" + run(30) + ")", "github-app-token"},
		{"ghs_" + strings.Repeat("x", 36), ""},
		{"let h = 'hf_" + run(34) + "'", "huggingface-token"},
		{"hf_" + "your_token_here_your_token_here", ""},
		{"hf_" + strings.Repeat("x", 34), ""},
		{"gsk_" + run(52), "groq-api-key"},
		{"r8_" + run(37), "replicate-api-token"},
		{"sk-or-v1-" + hex(64), "openrouter-api-key"},
		{"sk-proj-" + run(100), "openai-api-key-any"},
		{"sk-ant-api03-" + run(90), "anthropic-api-key-any"},
		{"sk-ant-api03-abc123xyz-456def-" + run(80), ""},
		{"sk-ant-oat01-" + run(90), "anthropic-api-key-any"},
		{"xai-" + run(80), "xai-api-key"},
		{"nvapi-" + run(64), "nvidia-api-key"},
		{"pcsk_" + run(6) + "_" + run(60), "pinecone-api-key"},
		{"lsv2_pt_" + hex(32) + "_" + hex(10), "langsmith-api-key"},
		{"postgres://app:" + run(12) + "@db.acme.io/prod", "connection-string"},
		{"mongodb+srv://app:" + run(12) + "@cluster0.mongodb.net", "connection-string"},
		{"redis://:" + run(12) + "@cache.acme.io:6379", "connection-string"},
		{"postgres://user:password@localhost:5432/db", ""},
		{"postgres://user:password@db.acme.io/db", ""},
		{"postgresql://<user>:<password>@<your-db-host>/db", ""},
		{"postgres://${USER}:${PASSWORD}@${HOST}/db", ""},
		{"`postgres://app:${password}@db.acme.io`", ""},
		{"postgres://app:" + run(12) + "@example.com/db", ""},
		{"postgres://app:" + run(12) + "@127.0.0.1/db", ""},
		{"postgres://app:" + run(12) + "@[::1]:5432/db", ""},
		{"postgres://app:" + run(12) + "@[2a01:db8::17]:5432/db", "connection-string"},
		{"https://app:" + run(12) + "@myexample.com/", "basic-auth-url"},
		{"https://app:" + run(12) + "@example.com/", ""},
		{"https://app:" + run(12) + "@sub.example.com:443/", ""},
		{"https://app:" + run(6) + "@npm.acme.io/", ""},
		{"https://npm.acme.io/a:" + run(12) + "@b", ""},
		{"dotenv://:key_1234@dotenv.org/vault", ""},
		{"redis://:sunshine42x@cache.acme.io:6379", "connection-string"},
		{"dotenv://:key_7890@dotenv.org/vault", ""},
		{"https://user%3An%40me:p%40ss%3Aword@x.com/", ""},
		{"npms_" + run(36), "npm-access-token-any"},
		{"npm_" + run(48) + ",", "npm-access-token-any"},
		{"npm_" + strings.Repeat("x", 40), ""},
		{"npm_config_registry npm_lifecycle_event_name_of_the_script", ""},
		{"machine npm.acme.io login x password " + run(16), "netrc"},
		{"default login x password " + run(16), "netrc"},
		{"machine npm.acme.io login x password <password>", ""},
		{"machine npm.acme.io login x password \"" + run(16) + "\"", "netrc"},
		{"machine\n npm.acme.io\nlogin\n x\npassword\n " + run(16), "netrc"},
		{"default\n\tlogin x\n\tpassword " + run(16), "netrc"},
		{"machine example.com login x password " + run(16), ""},
		{"machine npm.acme.io login x password mypassword", ""},
		{"machine npm.acme.io login user password word42", ""},
		{`"{\"npmAuthIdent\": \"deploy:` + run(16) + `\"}"`, "npm-auth-ident"},
		{"https://app:k7J@9sLq" + run(8) + "@npm.acme.io/", "basic-auth-url"},
		{"https://jürgen:" + run(16) + "@npm.acme.io/", "basic-auth-url"},
		{"DB_PASSWORD_PROD: 'G7#kd" + "Pw!29xZ'", "generic-password"},
		{"smtp: {user: 'app', pass: 'G7#kd" + "Pw!29xZ'}", "generic-password"},
		{"smtpPass = `G7#kd" + "Pw!29xZ`", "generic-password"},
		{"export const SMTP_PASS_PROD = \"G7#kd" + "Pw!29xZ\"", "generic-password"},
		{`{"db-pass": "G7#kd` + `Pw!29xZ", "x": 1}`, "generic-password"},
		{"session({ secret: 'G7#kd" + "Pw!29xZ' })", "generic-password"},
		{"clientSecret: process.env.SECRET || 'G7#kd" + "Pw!29xZ'", "generic-password"},
		{"auth: {user: 'app', pass: 'k7Jd9sLq" + "2mXw8vTz'}", "generic-password"},
		{"dbPass = 'hV8kq2Lm" + "Z9wX'", "generic-password"},
		{"passcode: 'hV8#kq2" + "LmZ9wX'", "generic-password"},
		{"renderPass: 'ForwardPass2DOutline'", ""},
		{"pass: 'Bloom3Pass'", ""},
		{"pass: 'your-P4ss!'", ""},
		{"secret: 'my$3cret!'", ""},
		{"bypass: 'G7#kd" + "Pw!29xZ'", ""},
		{"compass = 'G7#kd" + "Pw!29xZ'", ""},
		{"pass: (t) => t.a1 && '#' + t.b2", ""},
		{"passed: 'G7#kd" + "Pw!29xZ', passes = 'G7#kd" + "Pw!29xZ'", ""},
		{`<add key="password" value="G7#kd` + `Pw!29xZ"/>`, "generic-password"},
		{`<input name="password" value="your-P4ss!"/>`, ""},
		{"the machine is default login and the password is wrong", ""},
		{"YARN_NPM_AUTH_TOKEN=" + run(30), "npm-auth-ident"},
		{"npmAuthToken: \"${NPM_TOKEN}\"", ""},
		{"mysql://root:root@mysql.acme.io/db", ""},
		{"mysql://root:****@mysql.acme.io/db", ""},
		{"amqp://guest:guest@rabbit", ""},
		{"https://example.org/a:b@c", ""},
	} {
		got := rulesIn(t, "package/config.js", "\n "+c.text+"\n")
		if c.rule == "" && len(got) > 0 || c.rule != "" && (len(got) != 1 || !(got[0] == c.rule || overlapping[c.rule] == got[0])) {
			t.Errorf("%s: found %v, want %q", c.text, got, c.rule)
		}
	}
}

// overlapping lists rules of gitleaks for the same tokens, which may be found
// instead.
var overlapping = map[string]string{
	"huggingface-token":     "huggingface-access-token",
	"anthropic-api-key-any": "anthropic-api-key",
}

func TestCandidate(t *testing.T) {
	value := "npm_" + strings.Repeat("aB3dE5gH7jK9", 3)
	found := mustScanner(t).Scan("package/.npmrc", []byte("a\n//r.example.org/:_authToken="+value+" \n"+value+"\n"))
	if len(found) != 2 {
		t.Fatalf("%+v", found)
	}
	sum := sha1.Sum([]byte(value))
	c := found[0]
	if c.Rule != "npm-access-token" || c.Line != 2 || c.Column != 29 || c.SHA1 != hex.EncodeToString(sum[:]) || len(c.Hash) != 16 {
		t.Errorf("%+v", c)
	}
	if found[1].Hash != c.Hash || found[1].Line != 3 {
		t.Errorf("one value, two hashes: %+v", found)
	}
}

func TestLeftOut(t *testing.T) {
	s := mustScanner(t)
	line := `token = "` + strings.Repeat("aB3dE5gH7jK9", 3) + `"`
	for _, c := range []struct {
		path, text, rule, why string
	}{
		{"package/a.js", line, "generic-api-key", ""},
		{"package/a.svg", line, "generic-api-key", ""},
		{"package/a.svg", "<svg/>", "", ""},
		{"package/node_modules/b/x.js", "gsk_" + strings.Repeat("aB3dE5gH7jK9", 5)[:52], "groq-api-key", ""},
		{"package/a.node", "\x00\x01" + line, "", WhyBinary},
		{"package/a.node", "\x00\x01 npm_" + strings.Repeat("aB3dE5gH7jK9", 3), "npm-access-token", ""},
		{"package/cert.p12", "", "pkcs12-file", ""},
		{"package/a.js", line + " // gitleaks:allow", "generic-api-key", ""},
	} {
		f := s.File(c.path)
		f.Write([]byte(c.text))
		found, why := f.Close()
		rule := ""
		if len(found) > 0 {
			rule = found[0].Rule
		}
		if rule != c.rule || why != c.why {
			t.Errorf("%s %q: %q %q, want %q %q", c.path, c.text, rule, why, c.rule, c.why)
		}
	}
}

func TestBaseline(t *testing.T) {
	hash := strings.Repeat("ab", 20)
	known, err := ParseBaseline([]byte(`{"version":"1.4.0","results":{"src/a.js":[{"type":"Secret Keyword","hashed_secret":"` +
		hash + `","line_number":3}],"b":[]}}`))
	if err != nil || len(known) != 1 || !known[hash] {
		t.Errorf("%v %v", known, err)
	}
	for _, text := range []string{``, `[]`, `{}`, `{"results":[]}`, `{"results":{"a":{}}}`, `{"results":{"a":[{}]}}`,
		`{"results":{"a":[{"hashed_secret":"XY"}]}}`, `{"results":{}} x`, `{"results":{},"results":{}}`} {
		if _, err := ParseBaseline([]byte(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func TestFormatBaseline(t *testing.T) {
	hash := func(c string) string { return strings.Repeat(c, 40) }
	got, err := FormatBaseline([]Known{
		{"b<&>.js", "npm-access-token", hash("b"), 2},
		{"a.js", "jwt", hash("c"), 9},
		{"a.js", "jwt", hash("a"), 9},
		{"a.js", "jwt", hash("c"), 12}, // the same secret again
		{"cert.p12", "pkcs12-file", hash("d"), 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	entry := func(file, rule, c, line string) string {
		return "      {\n        \"type\": \"" + rule + "\",\n        \"filename\": \"" + file + "\",\n        \"hashed_secret\": \"" + hash(c) +
			"\",\n        \"is_verified\": false,\n        \"line_number\": " + line + "\n      }"
	}
	want := "{\n  \"version\": \"1.5.0\",\n  \"plugins_used\": [],\n  \"filters_used\": [],\n  \"results\": {\n    \"a.js\": [\n" +
		entry("a.js", "jwt", "a", "9") + ",\n" + entry("a.js", "jwt", "c", "9") + "\n    ],\n    \"b<&>.js\": [\n" +
		entry("b<&>.js", "npm-access-token", "b", "2") + "\n    ],\n    \"cert.p12\": [\n" + entry("cert.p12",
		"pkcs12-file", "d", "0") + "\n    ]\n  }\n}\n"
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	known, err := ParseBaseline(got)
	if err != nil || len(known) != 4 || !known[hash("b")] {
		t.Errorf("%v %v", known, err)
	}
	if empty, err := FormatBaseline(nil); err != nil || !strings.Contains(string(empty), `"results": {}`) {
		t.Errorf("%s %v", empty, err)
	}
}

// TestNamedValues finds passwords whose name stands in front of them, on a line of
// its own or in an entry of a list.
func TestNamedValues(t *testing.T) {
	chosen, random := "G7#kd"+"Pw!29xZ", "k7Jd9sLq"+"2mXw8vTz"
	for _, c := range []struct {
		path, text string
		found      bool
	}{
		{"k8s.yml", "env:\n  - name: DB_PASSWORD\n    value: " + chosen + "\n", true},
		{"k8s.yml", "env:\r\n  - name: DB_PASSWORD\r\n    value: \"" + random + "\"\r\n", true},
		{"k8s.yaml", "- {name: SMTP_PASS, value: '" + chosen + "'}", true},
		{"k8s.yaml", "- {name: SMTP_PASSWORD, value: " + chosen + "}", true},
		{"task.json", `{"name": "DB_PASSWORD", "value": "` + random + `"}`, true},
		{"task.json", "{\n \"name\": \"DB_PASSWORD\",\n \"value\": \"" + chosen + "\"\n}", true},
		{"main.tf", "variable \"db_password\" {\n  default = \"" + chosen + "\"\n}", true},
		{"a.yml", "password: >-\n  " + chosen + "\n", true},
		{"a.yml", "db_passwd: |\n    " + random + "\n", true},
		{"k8s.yml", "- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: db, key: password}}\n", false},
		{"k8s.yml", "- name: DB_PASSWORD\n  value: ${DB_PASSWORD_9}\n", false},
		{"k8s.yml", "- name: DB_PASSWORD\n  value: $(DB_PASSWORD_9)\n", false},
		{"k8s.yml", "- name: DB_PASSWORD\n  value: changeme123!\n", false},
		{"k8s.yml", "- name: DB_PASSWORD\n  value: \"{{ .Values.db.password9 }}\"\n", false},
		{"openapi.yml", "password:\n  default: null\n  description: at least 8 signs, 1 number\n", false},
		{"action.yml", "  npm-password:\n    default: ''\n", false},
		{"a.yml", "password: |\n  The password of the account, with 8 signs.\n", false},
		{"a.yml", "forgot-password: >-\n  https://acme.dev/forgot?x=1\n", false},
		{"a.js", "{name: 'password', value: state.password1}", false},
		{"schema.json", `{"name": "password", "default": "minLength8"}`, false},
	} {
		if got := len(rulesIn(t, c.path, c.text)) > 0; got != c.found {
			t.Errorf("%s: %q is found: %v", c.path, c.text, got)
		}
	}
}
