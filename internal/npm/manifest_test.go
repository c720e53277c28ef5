package npm

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseManifest(t *testing.T) {
	m, err := ParseManifest([]byte("\xEF\xBB\xBF"+`{
  "name": "@s/app", "version": "1.2.3", "private": 0,
  "licenses": [{"type": "MIT", "url": "x"}, "GPL-2.0 WITH x", {"url": "y"}],
  "dependencies": {"a": "^1", "b": "2", "alias": "npm:real@3"},
  "optionalDependencies": {"b": "3"},
  "devDependencies": {"c": "*"},
  "peerDependencies": {"p": "1", "q": "2"},
  "peerDependenciesMeta": {"q": {"optional": true}},
  "bundledDependencies": ["a"],
  "workspaces": {"packages": ["packages/*"], "nohoist": ["x"]},
  "scripts": {"test": "t", "bad": 1, "PostInstall": "evil"},
  "Scripts": {"postinstall": "evil"}, "lin\u212a": 1, "NAME": "evil", "\u017fcripts": {},
  "overrides": {"x": "1", "y@^2": {".": "2.5", "z": "$a"}, "@s/w@1": "npm:other@1"},
  "resolutions": {"**/r": "1", "u/**/@s/v": "2", "@s/k@npm:^1": "3"},
  "pnpm": {"overrides": {"m@1>@s/n@2": "3"}},
  "publishConfig": {"access": "public", "provenance": true, "Registry": "https://evil.example/"},
  "repository": {"type": "git", "url": "https://example.com/r.git"},
  "packageManager": "npm@11.0.0"
}`), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want any) {
		t.Helper()
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			t.Errorf("%s: got %s, want %s", what, g, w)
		}
	}
	check("name", []any{m.Name, m.NameLine, m.NameColumn, m.Version, m.VersionLine, m.Private}, "[@s/app 2 3 1.2.3 2 false]")
	check("license", m.License, "MIT OR (GPL-2.0 WITH x)")
	var deps, overrides, variants []string
	for _, d := range m.Dependencies {
		deps = append(deps, fmt.Sprintf("%s %s@%s:%d", d.Kind, d.Name, d.Range, d.Line))
	}
	for _, o := range m.Overrides {
		overrides = append(overrides, o.Path+" "+o.Name+"="+o.Range)
	}
	for _, v := range m.CaseVariants {
		variants = append(variants, v.Name+"~"+v.Like)
	}
	check("dependencies", strings.Join(deps, "; "),
		"prod a@^1:4; prod alias@npm:real@3:4; optional b@3:5; dev c@*:6; peer p@1:7; peerOptional q@2:7")
	check("overrides", strings.Join(overrides, "; "),
		"x x=1; y@^2 y=2.5; y@^2>z z=$a; @s/w@1 @s/w=npm:other@1; **/r r=1; u/**/@s/v @s/v=2; @s/k@npm:^1 @s/k=3; m@1>@s/n@2 @s/n=3")
	check("variants", strings.Join(variants, "; "), "PostInstall~postinstall; Scripts~scripts; NAME~name; ſcripts~scripts; Registry~registry")
	check("bundle", []any{m.BundleDependencies, m.BundleAll}, "[[a] false]")
	check("workspaces", m.Workspaces, "[packages/*]")
	check("scripts", m.Scripts, "map[PostInstall:evil test:t]")
	check("publishConfig", m.PublishConfig, "map[Registry:https://evil.example/ access:public provenance:true]")
	check("rest", []string{m.Repository, m.PackageManager, string(m.Raw[:1])}, "[https://example.com/r.git npm@11.0.0 {]")
}

func TestParseManifestPrivate(t *testing.T) {
	for text, want := range map[string]bool{`true`: true, `"false"`: true, `1`: true, `{}`: true, `0`: false,
		`""`: false, `null`: false, `false`: false} {
		m, err := ParseManifest([]byte(`{"private":`+text+`}`), "package.json")
		if err != nil || m.Private != want {
			t.Errorf("private: %s reads as %v (%v)", text, m.Private, err)
		}
	}
}

func TestParseManifestLicense(t *testing.T) {
	for text, want := range map[string]string{
		`{"license":"MIT"}`: "MIT", `{"license":{"type":"MIT","url":"u"}}`: "MIT", `{"license":{"name":"BSD"}}`: "BSD",
		`{"license":["MIT","ISC"]}`:                 "MIT OR ISC",
		`{"licenses":[{"type":"A"}],"license":"B"}`: "B", `{"license":"B","licenses":["A"]}`: "B", `{"license":7}`: "",
		`{}`: "", `{"license":[["deep"]]}`: "", `{"licence":"X"}`: "X",
	} {
		m, err := ParseManifest([]byte(text), "package.json")
		if err != nil || m.License != want {
			t.Errorf("%s: license %q, %v", text, m.License, err)
		}
	}
}

func TestParseManifestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\"name\": 7}":                              `package.json:2:9: name is a number, expected a string`,
		`{"version": null}`:                            `package.json:1:13: version is null, expected a string`,
		`{"name":"a","name":"b"}`:                      `package.json:1:13: key "name" stands twice in one object`,
		`{"dependencies": {"a": 1}}`:                   `package.json:1:24: dependencies: the range of "a" is a number, expected a string`,
		`{"dependencies": {"": "1"}}`:                  `package.json:1:19: dependencies has a dependency without a name`,
		`{"peerDependencies": "x"}`:                    `package.json:1:22: peerDependencies is a string, expected an object`,
		`{"devDependencies": ["a"]}`:                   `package.json:1:21: devDependencies is an array, expected an object`,
		`{"bundleDependencies": [1]}`:                  `package.json:1:25: bundleDependencies holds a number, expected names`,
		`{"workspaces": "packages/*"}`:                 `package.json:1:16: workspaces is a string, expected an array`,
		`{"publishConfig": []}`:                        `package.json:1:19: publishConfig is an array, expected an object`,
		`{"overrides": {"a": 1}}`:                      `package.json:1:21: the override of "a" is a number, expected a string or an object`,
		`[]`:                                           `package.json:1:1: expected an object, found an array`,
		"{}{}":                                         `package.json:1:3: unexpected "{" after the end of the document`,
		"{}" + strings.Repeat(" ", MaxManifest):        `package.json:1:1: larger than 8388608 bytes`,
		"{\n<<<<<<< HEAD\n\"a\":1\n=======\n>>>>>>> b": `package.json:2:1: unexpected "<", expected a key`,
	} {
		m, err := ParseManifest([]byte(text), "package.json")
		if err == nil || err.Error() != want || m != nil {
			t.Errorf("%.60s: got %v (%v), want %s", text, err, m != nil, want)
		}
	}
}

// FuzzManifest: no panic, the same input reads the same, and what is read
// stands where it says.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"name":"a","version":"1.0.0","dependencies":{"b":"^1"},"overrides":{"x":{".":"1","y":"2"}}}`))
	f.Add([]byte(`{"license":[{"type":"MIT"}],"resolutions":{"a/**/@s/b@1":"2"},"Scripts":{}}`))
	f.Add([]byte(`{"overrides":{".":"1","a":{".":{".":"x"}}},"pnpm":{"overrides":{">":"","@":"@"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err1 := ParseManifest(text, "p")
		b, err2 := ParseManifest(text, "p")
		if fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatalf("%v, then %v", err1, err2)
		}
		if err1 != nil {
			return
		}
		if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Fatal("read differently the second time")
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, d := range a.Dependencies {
			if d.Name == "" || d.Line < 1 || d.Line > lines {
				t.Fatalf("%+v of %d lines", d, lines)
			}
		}
	})
}
