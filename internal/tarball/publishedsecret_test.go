package tarball

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secretsIn lists the secrets without doubt in the published tarballs. The built-in
// policy blocks them. why is what a person says about them.
var secretsIn = map[string]struct {
	rule  string
	count int
	real  bool // it opens something that is not everybody's
	why   string
}{
	"request@2.9.203": {"aws-access-token", 1, false,
		"an AWS key for its own tests: whoever publishes it says so in a baseline or with secrets.allow"},
	"web3@4.16.0": {"generic-api-key", 9, true,
		"tokens of its makers' account with QuickNode, in a source map's source: who has them spends its requests"},
}

// popular and hard are two sets of packages in which the search must find almost
// nothing: packages that everybody uses, and packages full of text that looks like
// credentials (cryptography, SDKs, bundled programs). next@15.3.2,
// onnxruntime-web@1.30.0 and prisma@7.10.1 are left out, because they are a
// download of 75 MB.
var (
	popular = strings.Fields(`
	@angular/core@19.2.9 @babel/core@7.27.1 @esbuild/linux-x64@0.25.4 @sentry/node@9.17.0 @types/node@22.15.0 bcrypt@6.0.0
	bufferutil@4.0.9 core-js@3.42.0 eslint@9.26.0 firebase@11.7.1 jquery@3.7.1 left-pad@1.3.0 moment@2.30.1 node-sass@9.0.0 npm@11.4.1
	pg@8.16.0 puppeteer-core@24.8.0 react-dom@19.1.0 rxjs@7.8.2 ssh2@1.16.0 three@0.176.0 typescript@5.8.3 undici@7.8.0 vue@3.5.13`)
	hard = strings.Fields(`
	@angular/cli@21.2.28 @auth/core@0.41.3 @fortawesome/fontawesome-free@7.3.1 @huggingface/transformers@4.3.2
	@opentelemetry/api@1.10.0 @supabase/supabase-js@2.109.0 algoliasearch@5.65.0 argon2@0.45.1 aws-sdk@2.1693.0 bitcoinjs-lib@7.0.5
	bower@1.8.14 cors@2.8.6 crypto-js@4.2.0 discord.js@14.28.1 electron@41.7.1 ethers@6.17.0 graphiql@5.4.0 gulp@5.0.1 hexo@8.1.2
	hotkeys-js@4.1.2 isomorphic-git@1.44.19 jsrsasign@11.1.5 katex@0.19.1 knex@3.3.0 mailgun.js@14.0.1 mime-db@1.54.0 mongoose@9.12.1
	nanoid@5.1.16 next-auth@4.24.15 node-jose@2.2.0 octokit@5.0.5 otplib@13.5.0 pdfjs-dist@5.6.205 pkijs@4.0.0 playwright-core@1.65.1
	puppeteer@24.43.1 redis@6.3.1 secp256k1@5.0.2 serverless@4.43.0 sjcl@1.0.9 sqlite3@6.0.1 strapi@3.1.4 swagger-ui-dist@5.35.0
	tinymce@8.9.2 typeorm@1.1.1 validator@13.15.35 web3@4.16.0 wrangler@4.86.0`)
)

// TestPublishedSecrets searches each published tarball of the list.
func TestPublishedSecrets(t *testing.T) {
	dir := tarballs(t)
	specs, _ := published(t)
	for _, spec := range specs {
		data, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(data, spec, Options{AnyRoot: true})
		if err != nil {
			t.Fatal(err)
		}
		want := secretsIn[spec]
		sure := slices.DeleteFunc(slices.Clone(got.Secrets), func(s Secret) bool { return s.Doubt != "" })
		other := slices.ContainsFunc(sure, func(s Secret) bool { return s.Rule != want.rule })
		if len(sure) != want.count || other {
			t.Errorf("%s: %d secrets, expected %d of %s: %s", spec, len(sure), want.count, want.rule, want.why)
			for _, s := range sure {
				t.Logf("%s:%d:%d %s %s", s.Path, s.Line, s.Column, s.Rule, s.Within)
			}
		}
	}
}

// TestSetsAreQuiet makes sure that no popular package is blocked, and at most three
// in a hundred of the hard ones, each for a real credential.
func TestSetsAreQuiet(t *testing.T) {
	specs, _ := published(t)
	for _, set := range []struct {
		name  string
		specs []string
		most  int // blocked, in a hundred
	}{{"popular", popular, 0}, {"hard", hard, 3}} {
		blocked := 0
		for _, spec := range set.specs {
			if !slices.Contains(specs, spec) {
				t.Errorf("%s: not on the list", spec)
			}
			if found := secretsIn[spec]; found.count > 0 {
				if blocked++; !found.real {
					t.Errorf("%s: blocked for what is no credential: %s", spec, found.why)
				}
			}
		}
		t.Logf("%s: %d of %d blocked", set.name, blocked, len(set.specs))
		if len(set.specs) < 20 || blocked*100 > set.most*len(set.specs) {
			t.Errorf("%s: %d of %d blocked", set.name, blocked, len(set.specs))
		}
	}
}
