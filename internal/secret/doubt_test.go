package secret

import (
	"strings"
	"testing"
)

// TestDoubt makes sure that doubtful candidates are found and have a doubt. A token
// with a distinctive beginning has one only if its kind is public.
func TestDoubt(t *testing.T) {
	const hex32 = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	generic := "secret_token = '" + "k7Jd9sLq2mXw" + "8vTz4BfQ'"
	key := "-----BEGIN PRIVATE " + "KEY-----\n" + strings.Repeat("k7Jd9sLq2mXw8vTz4BfQ", 8)[:128] + "\n-----END PRIVATE " + "KEY-----\n"
	google := "AI" + "zaSyC3aviU6KHXAjoSnxcw6qbOhjnFctbxPkE"
	for _, c := range []struct{ path, text, doubt string }{
		{"lib/a.js", generic, ""},
		{"test/a.js", generic, DoubtTest},
		{"lib/__tests__/a.js", generic, DoubtTest},
		{"lib/a.test.js", generic, DoubtTest},
		{"lib/latest/a.js", generic, ""},
		{"lib/contest.js", generic, ""},
		{"fixtures/server.key", key, DoubtTest},
		{"server.key", key, ""},
		{"lib/a.js", "'-----BEGIN PRIVATE " + "KEY-----\\r\\nMC4CAQAwBQYDK2VwBCIEIHKj+sVa9WcD'\n  + '" +
			"/q2DJUJaf43Kptc8xYuUQA4bOFj9vC8T\\r\\n-----END PRIVATE " + "KEY-----'", DoubtPublic},
		{"lib/a.js", "'-----BEGIN PRIVATE " + "KEY-----\\r\\nMC4CAQAwBQYDK2VwBCIEIHKj+sVa9WcD'\n  + '" +
			"/q2DJUJaf43Kptc8xYuUQA4bOFj9vC8U\\r\\n-----END PRIVATE " + "KEY-----'", ""},
		{"a.gql", `"https://firebasestorage.googleapis.com/v0/b/x.appspot.com/o/a.png?alt=media&token=4142e2a1-bf43-` +
			`43b5-b7cf-6616be3fd4e3"`, DoubtPublic},
		{"a.gql", `"https://firebasestorage.acme.io/v0/b/x.appspot.com/o/a.png?alt=media&token=4142e2a1-bf43-` + `43b5-b7cf-6616be3fd4e3"`, ""},
		{"README.md", key, DoubtText},
		{"test/a.js", madeUpToken, ""},
		{"README.md", madeUpToken, ""},
		{"README.md", "https://deploy:k7Jd9sLq2mXw" + "8vTz4BfQ@npm.acme.io/", ""},
		{"node_modules/b/a.js", generic, DoubtBundled},
		{"node_modules/b/a.js", madeUpToken, ""},
		{"a.d.ts", "/**\n * " + generic + "\n */", DoubtComment},
		{"a.d.ts", "// " + generic + "\n", ""},
		{"a.js", "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey" +
			"JzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", DoubtExpires},
		{"a.js", `var firebaseConfig = {apiKey: "` + google + `", authDomain: "x.firebaseapp.com"}`, DoubtPublic},
		{"a.js", `translate("` + google + `")`, ""},
		{"a.js", `algolia({appId: "X", apiKey: "` + hex32 + `"})`, DoubtPublic},
		{"a.js", `algolia({appId: "X", adminApiKey: "` + hex32 + `x9"})`, ""},
		{"a.js", `siteKey: "6Lc` + `k7Jd9sLq2mXw8vTz4BfQ1aRt6Yc3Ke5Hn0Pd9"`, DoubtPublic},
		{"a.js", `recaptchaSecret = "6Lc` + `k7Jd9sLq2mXw8vTz4BfQ1aRt6Yc3Ke5Hn0Pd9"`, ""},
		{"a.js", `init({api_key: "ph` + `c_k7Jd9sLq2mXw8vTz4BfQ1aRt6Yc3Ke5Hn0Pd9abcd"})`, DoubtPublic},
		{"a.js", `const defaultApiKey = "919b412a057b5e9c9b6dce19` + `3c5a60242d6efadb"`, DoubtPublic},
		{"a.js", `AccountKey=k7Jd9sLq2mXw8vTz4BfQk7Jd9sLq2mXw` + `8vTz4BfQ==;BlobEndpoint=http://127.0.0.1:10000`, DoubtLocal},
	} {
		found := mustScanner(t).Scan("package/"+c.path, []byte(c.text))
		if len(found) != 1 || found[0].Doubt != c.doubt {
			t.Errorf("%s %s: %+v, want doubt %q", c.path, c.text, found, c.doubt)
		}
	}
}
