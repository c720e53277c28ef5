package tarball

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inspected reads an archive of one file and returns what the inspector found.
func inspected(t testing.TB, name, content string) *Tarball {
	t.Helper()
	got, err := Read(compress(join(file("package/package.json", `{"name":"a","version":"1.0.0"}`), file("package/"+name,
		content), mark)), "a.tgz", Options{NoSecrets: true})
	if err != nil || len(got.Violations) > 0 {
		t.Fatalf("%v %v", err, got.Violations)
	}
	return got
}

func names(all []Mention) string {
	var list []string
	for _, m := range all {
		list = append(list, fmt.Sprintf("%s:%d", m.Name, m.Line))
	}
	return strings.Join(list, " ")
}

func TestEnv(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"process.env.A", "A:1"},
		{"\n\nconst b = globalThis.process.env.B_C ?? 1", "B_C:3"},
		{`process.env["A"] + process.env[ 'B' ] + process.env[` + "`C`" + `]`, "A:1 B:1 C:1"},
		{"process.env?.A; process?.env.B; process.env?.['C']", "A:1 B:1 C:1"},
		{"const {A, B: b, C = 1, D: d = 'x'} = process.env", "A:1 B:1 C:1 D:1"},
		{"const {\n  A,\n  'B': b\n} = process.env;", "A:4 B:4"},
		{"const {A, ...rest} = process.env", "A:1 whole"},
		{"if ('A' in process.env) {}", "A:1"},
		{"import.meta.env.VITE_A; import.meta.env.MODE", "VITE_A:1"},
		{"Bun.env.A", "A:1"},
		{`Deno.env.get("A"); Deno.env.set("B", "x")`, "A:1"},
		{"Deno.env.toObject()", "whole"},
		{"process$1.env.A; node_process_1.default.env.B; import_node_process.default.env.C; process__default.env.D; import_process2.env.E",
			"A:1 B:1 C:1 D:1 E:1"},
		{"process.env.A = 'x'", ""},
		{"process.env['A']= 'x'", ""},
		{"delete process.env.A", ""},
		{"process.env.A == 'x' || process.env.B === 1", "A:1 B:1"},
		{"process.env = {}", ""},
		{"x = process.env", "whole"},
		{"spawn(a, {env: {...process.env}})", "whole"},
		{"for (const k in process.env) {}", "whole"},
		{"process.env[key]", "whole"},
		{"process.env['A_' + key]", "whole"},
		{"`process.env.${key}`", "whole"},
		{"process.env && process.env.A", "A:1"},
		{"if (process.env) {}", ""},
		{"context.env.A; this.env.B; subprocess.env.C; process.environment.D", ""},
		{"// process.env.A", ""},
		{"  * process.env.A", ""},
		{"/* x process.env.A */ process.env.B", "B:1"},
		{"x() // see process.env.A\nprocess.env.B", "B:2"},
		{`fetch("http://a.b/", process.env.A)`, "A:1"},
		{"process.env.A; process.env.A\nprocess.env.A", "A:1"},
	} {
		got := inspected(t, "a.js", c.code)
		text := names(got.Env)
		if len(got.EnvWhole) > 0 {
			text = strings.TrimSpace(text + " whole")
		}
		if text != c.want {
			t.Errorf("%s: %q, expected %q", c.code, text, c.want)
		}
	}
}

// TestEnvWhere makes sure that only programs are searched.
func TestEnvWhere(t *testing.T) {
	const code = "process.env.A"
	for name, want := range map[string]bool{
		"a.js": true, "a.MJS": true, "a.cjs": true, "a.jsx": true, "a.ts": true, "a.tsx": true, "a.d.ts": false,
		"a.md": false, "a.json": false, "a.txt": false, "a": false,
		"node_modules/b/a.js": true,
	} {
		if got := inspected(t, name, code); len(got.Env) == 1 != want {
			t.Errorf("%s: %v", name, got.Env)
		}
	}
	if got := inspected(t, "cli", "#!/usr/bin/env node\n"+code); names(got.Env) != "A:2" {
		t.Errorf("a program without an extension: %v", got.Env)
	}
	if got := inspected(t, "cli", "#!/bin/sh\n"+code); len(got.Env) != 0 {
		t.Errorf("a shell script: %v", got.Env)
	}
}

// TestWindow finds names that lie across the edges of the window, in the right
// line.
func TestWindow(t *testing.T) {
	at := []int{0, 1, windowSize, 3*windowSize - contextAfter - 3, 5 * windowSize}
	for back := range 40 { // each place an edge can cut the text at
		at = append(at, windowSize-contextAfter-back, windowSize-back)
	}
	for _, before := range at {
		lines := before / 64
		pad := strings.Repeat(strings.Repeat("x", 63)+"\n", lines) + strings.Repeat("y", before%64)
		got := inspected(t, "a.js", pad+" process.env.A\n"+`f("https://a.example/")`+strings.Repeat("\nz", windowSize))
		if names(got.Env) != fmt.Sprintf("A:%d", lines+1) || names(got.Hosts) != fmt.Sprintf("a.example:%d", lines+2) {
			t.Errorf("after %d bytes: %v %v", before, got.Env, got.Hosts)
		}
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`fetch("https://API.example.com/v1")`, "api.example.com:1"},
		{"new WebSocket('wss://ws.example.com:8080')", "ws.example.com:1"},
		{"fetch(`http://a.example/${x}`)", "a.example:1"},
		{`x = "https://user@b.example?q"`, "b.example:1"},
		{`x = "http://10.0.0.1/"`, "10.0.0.1:1"},
		{"fetch(`https://${host}/`); fetch(`https://api.${region}.example/`)", ""},
		{`x = "see https://docs.example/ for more"`, ""},
		{`// "https://a.example/"`, ""},
		{` * "https://a.example/"`, ""},
		{`x = "http://localhost:8080/"`, ""},
		{`createElementNS("http://www.w3.org/2000/svg", "g")`, ""},
		{`x = "file:///etc/passwd" + "ftp://f.example/"`, ""},
		{`x = "https://"`, ""},
	} {
		if got := names(inspected(t, "a.js", c.code).Hosts); got != c.want {
			t.Errorf("%s: %q, expected %q", c.code, got, c.want)
		}
	}
}

func TestSourceMaps(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"a.js.map", `{"version":3,"sources":["../src/a.ts"],"names":[],"mappings":"AAAA"}`, ""},
		{"a.js.map", `{"version":3,"sources":["../src/a.ts"],"sourcesContent":["x"],"mappings":"A"}`, "content"},
		{"a.js.map", `{"sourcesContent" : [ null, "", "x" ]}`, "content"},
		{"a.js.map", `{"sourcesContent":[null,""]}`, ""},
		{"a.js.map", `{"names":["\"sourcesContent\":[\"x\"]"]}`, ""},
		{"a.js.map", `{"sources":["a.ts","/home/me/p/b.ts"]}`, "/home/me/p/b.ts"},
		{"a.js.map", `{"sources":["file:///C:/Users/me/b.ts"]}`, "file:///C:/Users/me/b.ts"},
		{"a.js.map", `{"sourceRoot":"C:\\work\\p","sources":["a.ts"]}`, `C:\\work\\p`},
		{"a.js.map", `{"sources":["webpack:///./src/a.ts","/src/a.ts","webpack://x/src/a.ts"]}`, ""},
		{"a.js", "x()\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==\n", "inline"},
		{"a.css", "a{}\n/*# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ== */", "inline"},
		{"a.js", "x()\n//# sourceMappingURL=data:application/json;base64," + strings.Repeat("eyJ2ZXJzaW9u", 20_000), "inline"},
		{"a.js", strings.Repeat("abc()", 30_000), ""},
		{"a.js", "x()\n//# sourceMappingURL=a.js.map\n", "lost package/a.js.map:2"},
		{"a.js", "x()\n//# sourceMappingURL=../package.json", ""},
		{"a.js", "x('//# sourceMappingURL=a.js.map')\ny()\n", ""},
		{"a.js", "x = `//# sourceMappingURL=${y}`", ""},
		{"a.js", "//# sourceMappingURL=https://maps.example/a.js.map", ""},
	} {
		content := c.content
		name := c.name
		if strings.Contains(content, "../package.json") {
			name = "lib/" + name
		}
		got := inspected(t, name, content)
		var text []string
		for _, m := range got.SourceMaps {
			if m.Content {
				text = append(text, "content")
			}
			if m.Inline {
				text = append(text, "inline")
			}
			if m.Absolute != "" {
				text = append(text, m.Absolute)
			}
		}
		if len(got.LostMaps) > 0 {
			text = append(text, "lost "+names(got.LostMaps))
		}
		if s := strings.Join(text, " "); s != c.want {
			t.Errorf("%s %.80q: %q, expected %q", name, content, s, c.want)
		}
	}
}

func TestBinary(t *testing.T) {
	pe := "MZ" + strings.Repeat("\x00", 58) + "\x80\x00\x00\x00" + strings.Repeat("\x00", 64) + "PE\x00\x00"
	for _, c := range []struct{ content, want string }{
		{"\x7fELF\x02\x01\x01\x00", "ELF"},
		{"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "Mach-O"},
		{"\xca\xfe\xba\xbe\x00\x00\x00\x02", "Mach-O"},
		{"\xca\xfe\xba\xbe\x00\x00\x00\x34", ""}, // a Java class
		{"\x00asm\x01\x00\x00\x00", "WebAssembly"},
		{pe, "PE"},
		{pe[:len(pe)-1], ""},
		{"MZ is a text that begins so" + strings.Repeat(".", 100), ""},
		{"\x7fELF", ""},
		{"", ""},
	} {
		got := inspected(t, "x.txt", c.content)
		if b := got.Entries[1].Binary; b != c.want {
			t.Errorf("%.10q is %q, expected %q", c.content, b, c.want)
		}
	}
}

func TestLicences(t *testing.T) {
	long := strings.Repeat("ü", MaxLicence)
	parts := []piece{file("package/package.json", `{"name":"a","version":"1.0.0"}`)}
	for _, name := range []string{"LICENSE", "license-mit.txt", "COPYING", "license.js", "lib/LICENSE", "UNLICENSE.md"} {
		parts = append(parts, file("package/"+name, name+long))
	}
	got, err := Read(compress(join(append(parts, mark)...)), "a.tgz", Options{NoSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, l := range got.Licences {
		paths = append(paths, l.Path)
		if !strings.HasPrefix(l.Body, strings.TrimPrefix(l.Path, "package/")) || len(l.Body) > MaxLicence+4 {
			t.Errorf("%s: %d bytes, %.20q", l.Path, len(l.Body), l.Body)
		}
	}
	if want := []string{"package/LICENSE", "package/license-mit.txt", "package/COPYING", "package/UNLICENSE.md"}; !slices.Equal(paths, want) {
		t.Errorf("%q, expected %q", paths, want)
	}
}

// TestMentionLimit makes sure that a hostile file cannot fill the report.
func TestMentionLimit(t *testing.T) {
	var b strings.Builder
	for i := range maxMentions + 100 {
		fmt.Fprintf(&b, "process.env.A%d;f('https://h%d.example/');\n", i, i)
	}
	if got := inspected(t, "a.js", b.String()); len(got.Env) != maxMentions || len(got.Hosts) != maxMentions || len(got.EnvWhole) != 1 {
		t.Errorf("%d variables, %d hosts, %d", len(got.Env), len(got.Hosts), len(got.EnvWhole))
	}
}

// TestRealMentions finds in real packages what they are known to read.
func TestRealMentions(t *testing.T) {
	for name, want := range map[string][]string{
		"request-2.88.2": {"HTTPS_PROXY", "HTTP_PROXY", "NODE_DEBUG", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"},
		"express-3.0.0":  {"EXPRESS_COV", "NODE_ENV", "PORT"},
		"lodash-4.18.1":  {},
		"apollo-server-5.5.1": {"APOLLO_GRAPH_ID", "APOLLO_GRAPH_REF", "APOLLO_GRAPH_VARIANT", "APOLLO_KEY",
			"APOLLO_SCHEMA_REPORTING", "APOLLO_SERVER_ID", "APOLLO_SERVER_PLATFORM", "APOLLO_SERVER_USER_VERSION", "HOSTNAME", "NODE_ENV"},
	} {
		packed, err := os.ReadFile(data(t, "tarballs", name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(packed, name, Options{NoSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		read := []string{}
		for _, m := range got.Env {
			read = append(read, m.Name)
			if filepath.Ext(m.Path) == ".md" {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if !slices.Equal(read, want) || len(got.EnvWhole) > 0 {
			t.Errorf("%s reads %q, expected %q; %v", name, read, want, got.EnvWhole)
		}
	}
}

// FuzzInspector makes sure that nothing panics and that the result does not depend
// on how the file is cut into pieces.
func FuzzInspector(f *testing.F) {
	f.Add("a.js", []byte("const {A, ...b} = process.env; Deno.env.get('X') // https://a.b\n//# sourceMappingURL=data:,"), 3)
	f.Add("a.js.map", []byte(`{"sources":["/home/a"],"sourcesContent":[null,"x"],"sourceRoot":""}`), 5)
	f.Add("b", []byte("#!/usr/bin/node\n'x' in process?.env;delete process.env['A'];fetch(`wss://h.example`)"), 1)
	f.Fuzz(func(t *testing.T, name string, content []byte, piece int) {
		see := func(n int) string {
			got := &Tarball{}
			l := newInspector(got)
			l.open("package/" + name)
			for p := range slices.Chunk(content, max(1, n)) {
				l.write(p)
			}
			b := l.end()
			l.close()
			for _, m := range append(slices.Clone(got.Env), got.Hosts...) {
				if m.Line < 1 || m.Line > strings.Count(string(content), "\n")+1 ||
					!strings.Contains(strings.ToLower(string(content)), strings.ToLower(m.Name)) {
					t.Fatalf("%+v", m)
				}
			}
			return fmt.Sprintf("%+v %s", got, b)
		}
		if a, b := see(len(content)+1), see(piece); a != b {
			t.Fatalf("whole: %s\nin pieces of %d: %s", a, piece, b)
		}
	})
}
