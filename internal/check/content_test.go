package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/script"
	"github.com/publishgate/publishgate/internal/tarball"
)

// TestProgramContents reads one program, and one that declares types, under a
// policy.
func TestProgramContents(t *testing.T) {
	ships := func(src string, policy func(*Subject)) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Programs = &tarball.Programs{Count: 1, Read: []script.Program{script.Read("package/a.js", []byte(src))}}
			policy(s)
		}
	}
	hosts := func(all ...string) func(*Subject) {
		return func(s *Subject) { s.Policy.Content.Hosts = &all }
	}
	deny := func(all ...string) func(*Subject) {
		return func(s *Subject) { s.Policy.Content.Deny = all }
	}
	pure := func(s *Subject) { s.Policy.Content.Pure = true }
	validated := func(s *Subject) { s.Policy.Env.Validated = true }
	documented := func(s *Subject) { s.Policy.Env.Documented, s.Tarball.Readme = "README", "Set `A` and `B_1`." }
	undeclared, denied := []string{"host-undeclared package/a.js always"}, []string{"import-denied package/a.js always"}
	effectful := []string{"effectful-import package/a.js always"}
	many := func(form string) string { // as many as are kept, and one more
		var b strings.Builder
		for n := range script.MaxMentions + 1 {
			fmt.Fprintf(&b, form+"\n", n)
		}
		return b.String()
	}
	typed := func(src string, policy func(*Subject)) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Programs = &tarball.Programs{Count: 1, Read: []script.Program{script.Read("package/a.ts", []byte(src))}}
			policy(s)
		}
	}
	table(t, contents, []row{
		{"more hosts than are kept", ships(many("x('https://h%d.a.dev')")+"x('https://evil.dev')", hosts("*.a.dev")), undeclared},
		{"more modules than are kept", ships(many("import 'm%d'")+"import 'openai'", deny("openai")), denied},
		{"more modules than are kept, pure", ships(many("import 'm%d'")+"import 'fs'", pure), effectful},
		{"an index of very many programs", ships(many("export * from './m%d.js'"), pure), nil},
		{"more of a program that is searched", typed(many("f('https://h%d.a.dev', process.env.A%[1]d); import 'm%[1]d'; import 'n%[1]d'")+
			"x('https://evil.dev')", hosts("*.a.dev")), []string{"host-undeclared package/a.ts always"}},
		{"more types than are kept", func(s *Subject) {
			s.Tarball.Programs = &tarball.Programs{Read: []script.Program{script.Read("package/a.d.ts",
				[]byte(many("/// <reference types='t%d' />")+"/// <reference types='openai' />\n"))}}
			deny("openai")(s)
		}, []string{"import-denied package/a.d.ts always"}},
		{"nothing is asked", ships(`fetch("https://a.dev"); require("fs")`, func(*Subject) {}), nil},
		{"no host", ships(`x("https://a.dev")`, hosts()), undeclared},
		{"the host", ships(`x("https://A.dev:8443/x")`, hosts("a.dev")), nil},
		{"another host", ships(`x("https://a.dev.evil.dev")`, hosts("a.dev")), undeclared},
		{"below a host", ships(`x("https://b.c.a.dev")`, hosts("*.a.dev")), nil},
		{"not below it", ships(`x("https://a.dev", "https://ba.dev")`, hosts("*.a.dev")),
			[]string{"host-undeclared package/a.js always", "host-undeclared package/a.js always"}},
		{"composed", ships("x(`https://${r}.a.dev/`)", hosts("*.a.dev")), nil},
		{"composed as a whole", ships("x(`https://${h}/`)", hosts("a.dev")), []string{"host-undeclared package/a.js advice"}},
		{"a module", ships(`import "openai"`, deny("openai")), denied},
		{"below a module", ships(`import "openai/resources"`, deny("openai")), denied},
		{"another module", ships(`import "openai-edge"; import "./openai"`, deny("openai")), nil},
		{"by pattern", ships(`import "@ai-sdk/openai/x"; import "@ai-sdk2/y"`, deny("@ai-sdk/*")), denied},
		{"a scope", ships(`import "@ai-sdk/openai"`, deny("@ai-sdk")), denied},
		{"of Node", ships(`import "fs"`, deny("node:fs")), denied},
		{"of Node, otherwise", ships(`import "node:fs/promises"`, deny("fs")), denied},
		{"in node_modules", ships(`import "../node_modules/openai/index.js"`, deny("openai")), denied},
		{"by Deno's prefix", ships(`import "npm:openai@4/x"`, deny("openai")), denied},
		{"by an alias", ships(`import "ai/x"`, func(s *Subject) {
			deny("openai")(s)
			s.Tarball.Manifest = &npm.Manifest{Dependencies: []npm.Dependency{{Name: "ai", Range: "npm:openai@^4"}}}
		}), denied},
		{"computed", ships(`require(x)`, deny("openai")), []string{"import-denied package/a.js advice"}},
		{"denies nothing", ships(`require("openai")`, deny()), nil},
		{"pure", ships(`import "node:path"; import "lodash"; typeof fetch`, pure), nil},
		{"not pure", ships(`import "node:https"`, pure), effectful},
		{"starts programs", ships(`const {exec} = require("child_process")`, pure), effectful},
		{"fetches", ships(`fetch(x)`, pure), effectful},
		{"by a package", ships(`import axios from "axios"`, pure), effectful},
		{"loads what is computed", ships(`import(x)`, pure), effectful},
	})
	unvalidated, undocumented := []string{"env-unvalidated package/a.js always"}, []string{"env-undocumented package/a.js always"}
	table(t, environment, []row{
		{"more variables than are kept", ships(many("x(process.env.A%d)")+"x(process.env.SECRET)", func(s *Subject) {
			s.Policy.Env.Declared = &[]string{"A*"}
		}), []string{"env-undeclared package/a.js always"}},
		{"more hosts than are kept", ships(many("x('https://h%d.a.dev')"), func(s *Subject) { s.Policy.Env.Declared = &[]string{} }), nil},
		{"more are taken apart than are kept", typed("const {"+many("A%d,")+"SECRET} = process.env", func(s *Subject) {
			s.Policy.Env.Declared = &[]string{"A*"}
		}), []string{"env-undeclared package/a.ts always"}},
		{"not asked", ships(`x(process.env.A)`, func(*Subject) {}), nil},
		{"not tested", ships(`x(process.env.A)`, validated), unvalidated},
		{"tested", ships(`const a = process.env.A; if (!a) throw 1`, validated), nil},
		{"only asked for", ships(`if (process.env.CI) x(); x(process.env.NODE_ENV)`, validated), nil},
		{"with a default", ships(`x(process.env.A ?? "b")`, validated), unvalidated},
		{"not parsed", ships(`x = 0755; y(process.env.A)`, validated), unvalidated},
		{"not parsed, and tested", ships(`x = 0755; if (!process.env.A) throw 1`, validated), nil},
		{"in another file", ships(`x(process.env.A)`, func(s *Subject) {
			validated(s)
			s.Tarball.Programs.Read = append(s.Tarball.Programs.Read, script.Read("package/b.js", []byte(`if (!process.env.A) throw 1`)))
		}), nil},
		{"in a file that is not parsed, beside one that only asks for it", ships(`if (process.env.A) x()`, func(s *Subject) {
			validated(s)
			s.Tarball.Programs.Read = append(s.Tarball.Programs.Read, script.Read("package/b.ts", []byte(`x(process.env.A)`)))
		}), []string{"env-unvalidated package/b.ts always"}},
		{"in a file that is parsed, behind one that is not", ships(`x = 0755; process.env.A`, func(s *Subject) {
			validated(s)
			s.Tarball.Programs.Read = append(s.Tarball.Programs.Read, script.Read("package/b.js", []byte(`x(process.env.A)`)))
		}), []string{"env-unvalidated package/b.js always"}},
		{"documented", ships(`x(process.env.A)`, documented), nil},
		{"not documented", ships(`x(process.env.B)`, documented), undocumented},
		{"in a file that is not there", ships(`x(process.env.A)`, func(s *Subject) {
			documented(s)
			s.EnvDoc = new(string)
		}), undocumented},
		{"not declared is told once", ships(`x(process.env.B)`, func(s *Subject) {
			documented(s)
			validated(s)
			s.Policy.Env.Declared = &[]string{"A"}
		}), []string{"env-undeclared package/a.js always"}},
	})
}
