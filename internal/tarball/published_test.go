package tarball

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// published reads the list testdata/tarballs.txt: "name@version" and integrity.
func published(t testing.TB) (specs []string, integrity map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "tarballs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	integrity = map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		spec, sum, ok := strings.Cut(lines.Text(), " ")
		if strings.HasPrefix(spec, "#") {
			continue
		}
		if !ok || integrity[spec] != "" || !strings.HasPrefix(sum, "sha512-") {
			t.Fatalf("tarballs.txt: %q", lines.Text())
		}
		specs, integrity[spec] = append(specs, spec), sum
	}
	if !slices.IsSorted(specs) || len(specs) < 200 {
		t.Fatalf("tarballs.txt: %d tarballs, sorted %v", len(specs), slices.IsSorted(specs))
	}
	return specs, integrity
}

// tarballs returns the directory that .ci/tarballs filled, or skips the test.
func tarballs(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_TARBALLS")
	if dir == "" {
		t.Skip("PUBLISHGATE_TARBALLS is not set: .ci/tarballs has not fetched the published tarballs")
	}
	return dir
}

// The reasons why tarballs that npm once accepted are refused. Each is right for a
// package that is published now: today's npm, yarn and pnpm write nothing like it.
const (
	whyTwice = "package.json has a key twice; npm takes the last, other readers the first or both"
	whyGNU   = "packed with GNU tar in 2011, in its own form of header; npm and Go differ about what stands in the prefix"
	whyGit   = "packed with git archive, which begins with a global header; readers differ about whom it is for"
	whyTypes = "made by DefinitelyTyped's own publisher: the root is the package's name; it fits with AnyRoot, as a dependency is read"
)

// refused lists the published tarballs that do not pass, with the rules and the
// reason. It leaves out advice about modes: see advised.
var refused = map[string]struct{ rules, why string }{
	"@pnpm/node-fetch@1.0.0": {RulePath,
		"packed with pnpm 6 or 7, which write package/./dist/index.cjs for a main of ./dist/index.cjs; Go and npm differ about it"},
	"@types/aria-query@4.2.2":         {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/estree@0.0.39":            {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/json5@0.0.29":             {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/lodash@4.14.199":          {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/node@17.0.45":             {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/node@18.0.0":              {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/node@22.15.0":             {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/node@8.10.66":             {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/react@18.0.17":            {RuleManifest + " " + RuleRoot, whyTypes},
	"@types/yargs-parser@20.2.0":      {RuleManifest + " " + RuleRoot, whyTypes},
	"browserify-zlib@0.1.4":           {RuleManifest, whyTwice},
	"buffers@0.1.1":                   {RuleHeader, whyGNU},
	"connect@1.9.2":                   {RuleManifest, whyTwice},
	"jquery-ui-bundle@1.12.1-migrate": {RuleManifest, whyTwice},
	"mongodb@1.4.40":                  {RuleManifest, whyTwice},
	"nopt@1.0.10": {RuleGzip,
		"1,150 zeros follow the gzip member, as an npm of 2011 wrote; Go and Node differ about them"},
	"ssh2@1.16.0":      {RulePax, whyGit},
	"traverse@0.3.9":   {RuleHeader, whyGNU},
	"underscore@1.1.7": {RuleTrailing, "filled up with zeros to a multiple of 10,240 bytes, as tar(1) does"},
	"wordwrap@0.0.2":   {RuleHeader, whyGNU},
}

// advised lists the tarballs with files that everyone may write. They were packed
// on Windows, or with a umask of 0 by an npm that did not yet clear the bit
// (today's does, see TestPackers). The advice is right and never blocks.
var advised = strings.Fields(`
	@protobufjs/base64@1.1.2 @types/aria-query@4.2.2 @types/estree@0.0.39 @types/node@17.0.45 @types/node@18.0.0
	@types/node@8.10.66 @types/react@18.0.17 @types/yargs-parser@20.2.0 ajv@6.12.6 argparse@1.0.10 bcryptjs@2.4.3
	clone@1.0.2 color-name@1.1.4 cookie@0.3.1 decimal.js@10.2.1 eslint-scope@3.7.1 estraverse@4.2.0 express@3.21.2
	jquery.tooltips@1.0.0 json-schema@0.2.3 json5@0.5.1 less@1.3.3 long@2.4.0 media-typer@0.3.0 negotiator@0.6.1
	pako@0.2.9 statuses@1.3.1 streamsearch@0.1.2 tapable@0.1.10 ua-parser-js@0.7.33 uglify-js@3.5.6 webpack@4.46.0`)

// TestPublishedTarballs reads each published tarball of the list. It passes or is
// in one of the tables above.
func TestPublishedTarballs(t *testing.T) {
	dir := tarballs(t)
	specs, integrity := published(t)
	for spec := range refused {
		if integrity[spec] == "" {
			t.Errorf("%s is refused, but not on the list", spec)
		}
	}
	var unpacked int64
	for _, spec := range specs {
		got, err := readFile(filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz"), Options{NoSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		if got.Integrity != integrity[spec] {
			t.Fatalf("%s: these are not the bytes of the list", spec)
		}
		unpacked += got.Unpacked
		var all []Violation // without the advice
		for _, v := range got.Violations {
			if v.Rule != RuleMode {
				all = append(all, v)
			}
		}
		if slices.Contains(advised, spec) != (len(all) < len(got.Violations)) {
			t.Errorf("%s: advice about modes: %v", spec, got.Violations)
		}
		got.Violations = all
		want := refused[spec]
		if !refusedBy(got, want.rules) {
			t.Errorf("%s: violations %q, want %q: %s", spec, all, want.rules, want.why)
		}
		if want.why == whyTypes {
			if got, err = Read(got.Bytes, spec, Options{NoSecrets: true, AnyRoot: true}); err != nil || got.Manifest == nil {
				t.Errorf("%s as a dependency: %v %v", spec, got.Violations, err)
			}
		}
		if m := got.Manifest; m != nil && m.Name+"@"+m.Version != spec || m == nil && want.why == "" {
			t.Errorf("%s: the manifest is %+v", spec, m)
		}
	}
	t.Logf("%d tarballs, %d refused, %d MiB unpacked", len(specs), len(refused), unpacked>>20)
}
