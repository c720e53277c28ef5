package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// hexDigits returns n made-up hex digits, different ones for each seed.
func hexDigits(seed, n int) string {
	sum := sha256.Sum256([]byte{byte(seed)})
	return (hex.EncodeToString(sum[:]) + hex.EncodeToString(sum[:]))[:n]
}

// digests returns a table of five values of 64 hex digits each.
func digests(before, between, after string) string {
	table := ""
	for i, name := range []string{"ansible", "azure-pipelines", "bitbucket-pipelines", "buildpacks", "bun"} {
		table += before + name + between + hexDigits(i, 64) + after + "\n"
	}
	return table
}

// TestHarmless has texts of real packages that nobody would call a secret, each
// next to a text that differs in one thing and is one.
func TestHarmless(t *testing.T) {
	random := strings.Repeat("aB3dE5gH7jK9", 3)[:32]
	key := func(body string) string {
		return "-----BEGIN RSA PRIVATE " + "KEY-----\n" + strings.Repeat(body, 3) + "\n-----END RSA PRIVATE " + "KEY-----"
	}
	for _, c := range []struct {
		text string
		want []string
	}{
		{`if(null!==remainingKeys)key=remainingKeys.value,remainingKeys=remainingKeys.parent;else`, nil},
		{`let internalInstanceKey="__f$"+randomKey,internalPropsKey="__p$"+randomKey`, nil},
		{`token=` + random + `;`, []string{"generic-api-key"}},
		{`token="YWJjZGVmZ2hpamtsbW5v` + `cHFyc3R1dnd4eXoK"`, []string{"generic-api-key"}},
		{`Public key pin: pL1+qb9HTMRZJmuC/bB/` + `ZI9d302BYrrqiVuRyW+DGrU=`, nil},
		{`Private key pin: pL1+qb9HTMRZJmuC/bB/` + `ZI9d302BYrrqiVuRyW+DGrU=`, []string{"generic-api-key"}},
		{`key sha256: pL1+qb9HTMRZJmuC/bB/` + `ZI9d302BYrrqiVuRyW+DGrU=`, nil},
		{`"hashed_secret": "` + strings.Repeat("0a1b2c3d4e5f6789", 3)[:40] + `"`, nil},
		{`["openGraph","twitter","createMetadataAccumulator","title"]`, nil},
		{`["title","discord","` + "12345678" + `9012345678"]`, []string{"discord-client-id"}},
		{`["openGraph","twitter","` + "aB3dE5gH7jK9aB3dE5gH7jK9a" + `"]`, []string{"twitter-api-key"}},
		{`{alg:"sha256", secret:"` + random + `"}`, []string{"generic-api-key"}},
		{`hmac-sha256-key: ` + random, []string{"generic-api-key"}},
		{key("Kh9NV\n...\n" + strings.Repeat("aB3dE5gH7jK9", 5) + "\n"), nil},
		{key("${pem}" + strings.Repeat("aB3dE5gH7jK9", 5) + "\n"), nil},
		{key(strings.Repeat("X", 64) + "\n"), nil},
		{key(strings.Repeat("A", 64) + "\n"), nil},
		{key(strings.Repeat("aB3dE5gH7jK9", 5) + "\n"), []string{"private-key"}},
		{`"cursorToken": "eyJpZCI6MTIzfQabcZ9812kk=="`, nil},
		{`keyAlgorithm = "signed_curve25519";`, nil},
		{`keyMaterial = "signed_k7Jd9sLq2mXw` + `8vTz4BfQ";`, []string{"generic-api-key"}},
		{digests("hashMap.set('", "', '", "');"), nil},
		{"checksums = {\n" + digests("'", "': '", "',") + "}", nil},
		{digests("exports.special", "Sig = '", "';") + "exports.specialSigKey = '" + hexDigits(7, 64) +
			"'; exports.specialSecretSig = '" + hexDigits(8, 64) + "'", nil},
		{digests("accounts.set('", "', '", "');"), []string{"bitbucket-client-secret"}},
		{digests("hashMap.set('", "', '", "');") + "bitbucketSecret = '" + hexDigits(9, 64) + "'", []string{"bitbucket-client-secret"}},
		{"hashMap.set('bitbucket-pipelines', '" + hexDigits(9, 64) + "')", []string{"bitbucket-client-secret"}},
		{`p12.generateKey = forge.pbe.generatePkcs12Key;`, nil},
		{`p12.generateKey = forge.pbe.k7Jd9sLq2mXw8vTz4BfQ;`, []string{"generic-api-key"}},
		{"-----BEGIN PRIVATE " + "KEY-----\n${privateKeyAsPem}\n-----END PRIVATE " + "KEY-----\n" +
			key(strings.Repeat("aB3dE5gH7jK9", 20)+"\n"), []string{"private-key"}},
		{"-----BEGIN PRIVATE " + "KEY-----\n${privateKeyAsPem}\n-----END PRIVATE " + "KEY-----\n" + key("\n${body}"), nil},
		{`p12.generateKey = "forge.pbe.generatePkcs12Key";`, nil},
		{"GENERATE_KEY=forge.pbe.k7Jd9sLq2mXw8vTz4BfQ\nx=1", []string{"generic-api-key"}},
		{"exports.HmacKey = AeadAes256CbcHmac256EncryptionKey;", nil},
		{"key_len = LIBSSH2_ED25519_KEY_LEN + 19;", nil},
		{"exports.HmacKey = k7Jd9sLq2mXw" + "8vTz4BfQ;", []string{"generic-api-key"}},
		{"// sourcegraph" + strings.Repeat(" ", 400) + `hash:"ecccd8481d2e5eae0e59928be1bc4c2d071729d7"`, nil},
		{`sourcegraph("ecccd8481d2e5eae0e59928be1bc` + `4c2d071729d7")`, []string{"sourcegraph-access-token"}},
		{`vapidKey = "BDOU99-h67HcA6JeFXHbSNMu7e2yNNu3RzoMj8TM4W88jITfq7ZmPvIM1Iv-4_l2LxQcYwhqby2xGpWwzjfAnG4"`, nil},
		{`h(Host, Object.assign({ key: '0578c899781ca145dd8205acd9670af39b57cf2e', role: "img" }))`, nil},
		{`h("div", { api_key: '0578c899781ca145dd8205acd9670af39b57cf2e', role: "img" })`, []string{"generic-api-key"}},
		{`"electron-api.zip": "0578c899781ca145dd8205acd9670af39b57cf2e"`, nil},
		{`"electron-api.zip": "k7Jd9sLq2mXw` + `8vTz4BfQ"`, []string{"generic-api-key"}},
		{`PROVIDER_KEY="c7c0f1e6-4aa2-4b7e-8f5e-2f1d9f3f7a42"`, nil},
		{`API_KEY="c7c0f1e6-4aa2-4b7e-8f5e-` + `2f1d9f3f7a42"`, []string{"generic-api-key"}},
		{`"key": "k7Jd9+sLq2mXw8/` + `vTz4BfQ=="`, []string{"generic-api-key"}},
		{`const token = "1234abcd-12ab-34cd-56ef-1234567890ab"`, nil},
		{`if( iKey==FTS5_AVERAGES_ROWID ){`, nil},
		{`if( iKey==` + random + ` ){`, []string{"generic-api-key"}},
		{"-----BEGIN PRIVATE " + "KEY-----\n${pem}\n" + key(strings.Repeat("aB3dE5gH7jK9", 5)+"\n"), []string{"private-key"}},
		{"-----BEGIN PRIVATE " + "KEY-----\n...\n" + key(strings.Repeat("aB3dE5gH7jK9", 5)+"\n"), []string{"private-key"}},
		{`["openGraph","twitter","createMetadataAccumulator2","title"]`, nil},
		{`#define column_bytes16  sqlite3_api->column_bytes16`, nil},
		{`#define column_bytes16  sqlite3_api->` + random, []string{"generic-api-key"}},
		{`#define column_bytes16  sqlite3_api>` + random, []string{"generic-api-key"}},
		{"- Release GPG key: 9554F04D7259F04124DE6B47" + "6D5A82AC7E37093B", nil},
		{"- Release API key: 9554F04D7259F04124DE6B47" + "6D5A82AC7E37093B", []string{"generic-api-key"}},
	} {
		got := rulesIn(t, "package/lib/a.js", "\n"+c.text+"\n")
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v", c.text, got, c.want)
		}
	}
}

// TestLockedChecksums has lines of lockfiles, each next to one that is a secret.
func TestLockedChecksums(t *testing.T) {
	sum := "kXq7Zr2Vd9Lm4Tn8Wb1Yc6Hs3Jf5Gp0QeRuAiOxSvB" + "4="
	for _, c := range []struct {
		path, text string
		want       []string
	}{
		{"go.sum", "github.com/acme/api-token v1.2.3 h1:" + sum + "\n", nil},
		{"a/go.sum", "github.com/acme/api-token v1.2.3/go.mod h1:" + sum + "\n", nil},
		{"yarn.lock", "api-token@^1.0.0:\n  integrity sha512-" + sum + "\n", nil},
		{"notes.js", "integrity, api_token = \"" + sum + "\"\n", []string{"generic-api-key"}},
		{"go.sum", "h1:\napi_token = \"" + sum + "\"\n", []string{"generic-api-key"}},
	} {
		s, err := Default()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range s.Scan(c.path, []byte(c.text)) {
			got = append(got, f.Rule)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %v, want %v", c.path, c.text, got, c.want)
		}
	}
}
