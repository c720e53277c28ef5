package publish_test

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/tarball"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

const there = "https://registry.example/"

// Each row is a manifest, options, and the ids of the reasons to refuse; misuse
// (exit 2) or blocked (exit 1).
func TestRefusals(t *testing.T) {
	plain := `"name":"@acme/demo","version":"1.0.0"`
	tests := []struct {
		name, manifest string
		options        publish.Options
		ids            string
		misuse         bool
	}{
		{"plain", `{` + plain + `}`, publish.Options{}, "", false},
		{"private", `{` + plain + `,"private":true}`, publish.Options{}, "private", true},
		{"private as a word", `{` + plain + `,"private":"false"}`, publish.Options{}, "private", true},
		{"private 1", `{` + plain + `,"private":1}`, publish.Options{}, "private", true},
		{"private 0", `{` + plain + `,"private":0}`, publish.Options{}, "", false},
		{"private empty", `{` + plain + `,"private":""}`, publish.Options{}, "", false},
		{"private null", `{` + plain + `,"private":null}`, publish.Options{}, "", false},

		{"tag at the top", `{` + plain + `,"tag":"latest"}`, publish.Options{Tag: "next"}, "manifest-key", false},
		{"tag null", `{` + plain + `,"tag":null}`, publish.Options{}, "manifest-key", false},
		{"escaped tag", `{` + plain + `,"t\u0061g":"latest"}`, publish.Options{}, "manifest-key", false},
		{"dist at the top", `{` + plain + `,"dist":{"tarball":"x"}}`, publish.Options{}, "manifest-key", false},
		{"_id", `{` + plain + `,"_id":"x"}`, publish.Options{}, "manifest-key", false},
		{"packageExtensions", `{` + plain + `,"packageExtensions":{"a@1":{}}}`, publish.Options{}, "manifest-key", false},
		{"packageExtensions null", `{` + plain + `,"packageExtensions":null}`, publish.Options{}, "manifest-key", false},
		{"gitHead of another commit", `{` + plain + `,"gitHead":"x"}`, publish.Options{GitHead: commit}, "manifest-key", false},
		{"gitHead that is no text", `{` + plain + `,"gitHead":1}`, publish.Options{GitHead: commit}, "manifest-key", false},
		{"gitHead of this commit", `{` + plain + `,"gitHead":"` + commit + `"}`, publish.Options{GitHead: commit}, "", false},
		{"gitHead where no commit is told", `{` + plain + `,"gitHead":"x"}`, publish.Options{}, "", false},
		{"gitHead empty", `{` + plain + `,"gitHead":""}`, publish.Options{GitHead: commit}, "", false},
		{"main that is no text", `{` + plain + `,"main":{}}`, publish.Options{}, "manifest-field", false},
		{"contributors with null", `{` + plain + `,"contributors":[null]}`, publish.Options{}, "manifest-field", false},
		{"readme that is no text", `{` + plain + `,"readme":1}`, publish.Options{}, "manifest-field", false},
		{"bin with null", `{` + plain + `,"bin":[null]}`, publish.Options{}, "manifest-field", false},
		{"directories that are no text", `{` + plain + `,"directories":{"man":1}}`, publish.Options{}, "manifest-field", false},
		{"_attachments and _npmUser", `{` + plain + `,"_attachments":{},"_npmUser":{}}`, publish.Options{}, "manifest-key manifest-key", false},

		{"proxy", `{` + plain + `,"publishConfig":{"https-proxy":"http://attacker.example","strict-ssl":false}}`,
			publish.Options{}, "publish-config publish-config", false},
		{"ca", `{` + plain + `,"publishConfig":{"ca":"x"}}`, publish.Options{}, "publish-config", false},
		{"token for a host", `{` + plain + `,"publishConfig":{"//registry.example/:_authToken":"x"}}`, publish.Options{},
			"publish-config", false},
		{"provenance-file", `{` + plain + `,"publishConfig":{"provenance-file":"/etc/passwd"}}`, publish.Options{}, "publish-config", false},
		{"scope registry", `{` + plain + `,"publishConfig":{"@acme:registry":"https://evil.example/"}}`, publish.Options{},
			"publish-config", false},
		{"scope registry that is this one", `{` + plain + `,"publishConfig":{"@acme:registry":"https://registry.example"}}`,
			publish.Options{}, "", false},
		{"browser, copied to the top", `{` + plain + `,"browser":"./i.js","publishConfig":{"browser":"./i.js"}}`, publish.Options{}, "", false},
		{"browser", `{` + plain + `,"browser":"./j.js","publishConfig":{"browser":"./i.js"}}`, publish.Options{}, "publish-config", false},
		{"os and cpu", `{` + plain + `,"publishConfig":{"os":["linux"],"cpu":["x64"],"libc":"glibc"}}`, publish.Options{}, "", false},
		{"scope registry in capitals", `{` + plain + `,"publishConfig":{"@acme:registry":"https://Registry.example"}}`,
			publish.Options{}, "", false},
		{"scope registry with a password", `{` + plain + `,"publishConfig":{"@acme:registry":"https://a:b@registry.example/"}}`,
			publish.Options{}, "publish-config", false},
		{"scope registry that is none", `{` + plain + `,"publishConfig":{"@acme:registry":true}}`, publish.Options{}, "publish-config", false},
		{"case variant", `{` + plain + `,"publishConfig":{"Registry":"https://registry.example/"}}`, publish.Options{}, "publish-config", false},
		{"not an object", `{` + plain + `,"publishConfig":"x"}`, publish.Options{}, "publish-config", false},
		{"array", `{` + plain + `,"publishConfig":[{"ca":"x"}]}`, publish.Options{}, "publish-config", false},
		{"registry", `{` + plain + `,"publishConfig":{"registry":"https://evil.example/"}}`, publish.Options{}, "publish-config", false},
		{"registry prefix", `{` + plain + `,"publishConfig":{"registry":"https://registry.example@evil.example/"}}`,
			publish.Options{}, "publish-config", false},
		{"registry without slash", `{` + plain + `,"publishConfig":{"registry":"https://registry.example"}}`, publish.Options{}, "", false},
		{"http registry", `{` + plain + `,"publishConfig":{"registry":"http://registry.example/"}}`, publish.Options{}, "publish-config", false},
		{"provenance asked for", `{` + plain + `,"publishConfig":{"provenance":true}}`, publish.Options{}, "publish-config", false},
		{"provenance false", `{` + plain + `,"publishConfig":{"provenance":false}}`, publish.Options{}, "", false},
		{"provenance option", `{` + plain + `}`, publish.Options{Provenance: true}, "", false},
		{"provenance option and asked for", `{` + plain + `,"publishConfig":{"provenance":true}}`, publish.Options{Provenance: true}, "", false},
		{"no commit", `{` + plain + `}`, publish.Options{GitHead: "main"}, "git-head", true},
		{"tag differs", `{` + plain + `,"publishConfig":{"tag":"latest"}}`, publish.Options{Tag: "next"}, "publish-config", false},
		{"tag agrees", `{` + plain + `,"publishConfig":{"tag":"next"}}`, publish.Options{Tag: "next"}, "", false},
		{"tag number", `{` + plain + `,"publishConfig":{"tag":1}}`, publish.Options{}, "publish-config", false},
		{"access stricter than configured", `{` + plain + `,"publishConfig":{"access":"public"}}`,
			publish.Options{Access: "restricted"}, "", false},
		{"access laxer than configured", `{` + plain + `,"publishConfig":{"access":"restricted"}}`, publish.Options{Access: "public"}, "", false},
		{"access beside a word that is none", `{` + plain + `,"publishConfig":{"access":"PUBLIC"}}`,
			publish.Options{Access: "public"}, "publish-config", false},
		{"unscoped configured restricted", `{"name":"demo","version":"1.0.0","publishConfig":{"access":"restricted"}}`,
			publish.Options{Access: "public"}, "access", true},
		{"access agrees", `{` + plain + `,"publishConfig":{"access":"public"}}`, publish.Options{Access: "public"}, "", false},
		{"access word", `{` + plain + `}`, publish.Options{Access: "secret"}, "access", true},
		{"access private", `{` + plain + `}`, publish.Options{Access: "private"}, "", false},
		{"access private configured", `{` + plain + `,"publishConfig":{"access":"private"}}`, publish.Options{}, "", false},
		{"unscoped private", `{"name":"demo","version":"1.0.0"}`, publish.Options{Access: "private"}, "access", true},
		{"access word configured", `{` + plain + `,"publishConfig":{"access":"PUBLIC"}}`, publish.Options{}, "access", false},
		{"unscoped restricted", `{"name":"demo","version":"1.0.0"}`, publish.Options{Access: "restricted"}, "access", true},
		{"unscoped public", `{"name":"demo","version":"1.0.0"}`, publish.Options{Access: "public"}, "", false},

		{"tag a range", `{` + plain + `}`, publish.Options{Tag: "1.x"}, "tag", true},
		{"tag a version", `{` + plain + `}`, publish.Options{Tag: "v1.2.3"}, "tag", true},
		{"tag x", `{` + plain + `}`, publish.Options{Tag: "x"}, "tag", true},
		{"tag star", `{` + plain + `}`, publish.Options{Tag: "*"}, "tag", true},
		{"tag slash", `{` + plain + `}`, publish.Options{Tag: "a/b"}, "tag", true},
		{"tag bidi", `{` + plain + `}`, publish.Options{Tag: "a\u202eb"}, "tag", true},
		{"configured tag a range", `{` + plain + `,"publishConfig":{"tag":"^1"}}`, publish.Options{}, "tag", false},
		{"prerelease", `{"name":"@acme/demo","version":"1.0.0-rc.1"}`, publish.Options{}, "tag", true},
		{"prerelease under next", `{"name":"@acme/demo","version":"1.0.0-rc.1"}`, publish.Options{Tag: "next"}, "", false},
		{"prerelease under latest", `{"name":"@acme/demo","version":"1.0.0-rc.1"}`, publish.Options{Tag: "latest"}, "", false},
		{"prerelease configured", `{"name":"@acme/demo","version":"1.0.0-rc.1","publishConfig":{"tag":"next"}}`, publish.Options{}, "", false},

		{"no name", `{"version":"1.0.0"}`, publish.Options{}, "name", false},
		{"no version", `{"name":"@acme/demo"}`, publish.Options{}, "version", false},
		{"upper case", `{"name":"UPPER","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"blank before", `{"name":" sp","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"dot", `{"name":".x","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"percent", `{"name":"a%2fb","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"proto", `{"name":"__proto__","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"scoped dots", `{"name":"@acme/..","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"long", `{"name":"` + strings.Repeat("a", 215) + `","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"homoglyph", `{"name":"dem\u043e","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"bidi", `{"name":"a\u202eb","version":"1.0.0"}`, publish.Options{}, "name", false},
		{"leading zero", `{"name":"demo","version":"01.2.7"}`, publish.Options{}, "version", false},
		{"equals", `{"name":"demo","version":"=1.2.5"}`, publish.Options{}, "version", false},
		{"v", `{"name":"demo","version":"v1.2.5"}`, publish.Options{}, "version", false},
		{"build", `{"name":"demo","version":"1.2.6+build.1"}`, publish.Options{}, "version", false},
		{"blank after", `{"name":"demo","version":"1.2.6 "}`, publish.Options{}, "version", false},
		{"two parts", `{"name":"demo","version":"1.2"}`, publish.Options{}, "version", false},

		{"a block wins over misuse", `{` + plain + `,"private":true,"tag":"x"}`, publish.Options{Access: "nobody"},
			"private manifest-key access", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ball := pack(t, map[string]string{"package.json": test.manifest})
			test.options.Registry = there
			p, err := publish.New(ball, test.options)
			if test.ids == "" {
				if err != nil || p == nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var refused *publish.RefusedError
			if p != nil || !errors.As(err, &refused) {
				t.Fatalf("plan %v, error %v", p, err)
			}
			var ids []string
			for _, r := range refused.Reasons {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != test.ids || refused.Misuse() != test.misuse {
				t.Errorf("reasons %s, misuse %v: %v", got, refused.Misuse(), err)
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("foreign text in the error: %q", err)
			}
		})
	}
}

func TestRefusedTarballs(t *testing.T) {
	good := demo(t)
	tests := map[string]func(*tarball.Tarball) *tarball.Tarball{
		"none": func(*tarball.Tarball) *tarball.Tarball { return nil },
		"zero": func(*tarball.Tarball) *tarball.Tarball { return &tarball.Tarball{} },
		"violation": func(b *tarball.Tarball) *tarball.Tarball {
			b.Violations = []tarball.Violation{{Rule: "tarball-link"}}
			return b
		},
		"no manifest":  func(b *tarball.Tarball) *tarball.Tarball { b.Manifest = nil; return b },
		"other digest": func(b *tarball.Tarball) *tarball.Tarball { b.Integrity = "sha512-x"; return b },
		"no integrity": func(b *tarball.Tarball) *tarball.Tarball { b.Integrity = ""; return b },
		"bad manifest": func(b *tarball.Tarball) *tarball.Tarball {
			m := *b.Manifest
			m.Raw = []byte(`{"name":"a","name":"b"}`)
			b.Manifest = &m
			return b
		},
		"empty bytes":   func(b *tarball.Tarball) *tarball.Tarball { b.Bytes = nil; return b },
		"swapped bytes": func(b *tarball.Tarball) *tarball.Tarball { b.Bytes = append([]byte("x"), b.Bytes...); return b },
	}
	for name, change := range tests {
		ball := *good
		p, err := publish.New(change(&ball), publish.Options{Registry: there})
		var refused *publish.RefusedError
		if p != nil || !errors.As(err, &refused) {
			t.Errorf("%s: plan %v, error %v", name, p, err)
		}
	}
	for _, address := range []string{"", "registry.example", "https://u:p@registry.example/", "https://registry.example/?a"} {
		_, err := publish.New(good, publish.Options{Registry: address})
		var refused *publish.RefusedError
		if !errors.As(err, &refused) || !refused.Misuse() {
			t.Errorf("registry %q: %v", address, err)
		}
	}
}

// What npm does not normalise is sent byte for byte, also what JavaScript would
// write in another way (1e400 as null, -0 as 0); what npm adds comes after it.
func TestManifestIsTheTarballs(t *testing.T) {
	manifest := "\uFEFF" + `{ "name":"@acme/demo" ,"version":"1.0.0","bin":"./cli.js","n":1e400,"big":9007199254740993,
		"esc":"\u003cb\u003e\/\u2028","scripts":{"postinstall":"x"},"Scripts":{"y":"z"},"list":[ 1 , 2 ],"description":7 }`
	ball := pack(t, map[string]string{"package.json": manifest})
	p, err := publish.New(ball, publish.Options{Registry: there})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(p.Open())
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Versions map[string]json.RawMessage }
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	sent := string(doc.Versions["1.0.0"])
	want := `{"name":"@acme/demo","version":"1.0.0","bin":{"demo":"cli.js"},"n":1e400,"big":9007199254740993,` +
		`"esc":"\u003cb\u003e\/\u2028","scripts":{"postinstall":"x"},"Scripts":{"y":"z"},"list":[ 1 , 2 ],` +
		`"readme":"ERROR: No README data found!","_id":"@acme/demo@1.0.0","dist":{"integrity":"` + ball.Integrity + `","shasum":"` + p.Shasum +
		`","tarball":"http://registry.example/@acme/demo/-/@acme/demo-1.0.0.tgz"}}`
	if sent != want {
		t.Errorf("sent     %s\nexpected %s", sent, want)
	}
}

// publishConfig fills in what was not asked for, as with npm.
func TestConfigured(t *testing.T) {
	ball := pack(t,
		map[string]string{"package.json": `{"name":"@acme/demo","version":"1.0.0","publishConfig":{"access":"restricted","tag":"beta"}}`})
	p, err := publish.New(ball, publish.Options{Registry: there})
	if err != nil || p.Access != "restricted" || p.Tag != "beta" {
		t.Errorf("%+v, %v", p, err)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add(demoManifest, "", "")
	f.Add(`{"name":"a","version":"1.0.0-x","publishConfig":{"tag":"b"}}`, "next", "public")
	f.Fuzz(func(t *testing.T, manifest, tag, access string) {
		if !json.Valid([]byte(manifest)) || strings.HasPrefix(manifest, "\uFEFF") {
			return
		}
		ball := demo(t)
		m := *ball.Manifest
		m.Raw = []byte(manifest)
		ball.Manifest = &m
		p, err := publish.New(ball, publish.Options{Registry: there, Tag: tag, Access: access})
		if err != nil {
			return
		}
		body, err := io.ReadAll(p.Open())
		if err != nil || int64(len(body)) != p.Size() {
			t.Fatalf("%d bytes of %d, %v", len(body), p.Size(), err)
		}
		var doc struct {
			Name     string                    `json:"name"`
			Tags     map[string]string         `json:"dist-tags"`
			Versions map[string]map[string]any `json:"versions"`
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		version := doc.Versions[p.Version]
		if doc.Name != p.Name || len(doc.Tags) != 1 || doc.Tags[p.Tag] != p.Version || len(doc.Versions) != 1 ||
			version["_id"] != p.Name+"@"+p.Version {
			t.Errorf("document %s", body)
		}
		if dist, _ := version["dist"].(map[string]any); dist["integrity"] != ball.Integrity {
			t.Errorf("dist %v", version["dist"])
		}
		if !slices.Contains([]string{"", "public", "restricted"}, p.Access) {
			t.Errorf("access %q", p.Access)
		}
	})
}

// A README that is larger than what is kept of it is not sent in part.
func TestReadmeTooLarge(t *testing.T) {
	ball := pack(t, map[string]string{"package.json": demoManifest, "README.md": "# x"})
	for i := range ball.Entries {
		if ball.Entries[i].Path == ball.Shown.Path {
			ball.Entries[i].Size = tarball.MaxShown + 1
		}
	}
	_, err := publish.New(ball, publish.Options{Registry: there})
	var refused *publish.RefusedError
	if !errors.As(err, &refused) || refused.Reasons[0].ID != "manifest-field" {
		t.Errorf("%v", err)
	}
}
