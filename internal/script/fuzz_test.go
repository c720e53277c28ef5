package script

import (
	"slices"
	"strings"
	"testing"
)

// FuzzRead reads any bytes as each form of a file. Whatever they are, the lists
// hold each name once, at a line of the file, and a program that is searched
// instead tells the modules that it loads by their names in the file.
func FuzzRead(f *testing.F) {
	for _, src := range []string{
		`import {env as e} from "node:process"; const {A, ...b} = e; if (!A) throw new Error("A"); fetch("https://a.dev/" + A)`,
		"const k = process.env[`A_${b}`]; for (const n of ['A', 'B']) if (!process.env[n]) missing.push(n); x(/[/]'/, `a${`b`}`)",
		`function need(n) { return process.env[n] ?? fail(n) } need("A"); class C { #a = process.env.B; m() { this.#a || need("C") } }`,
		`import a from "./a.json" with {type: "json"}; export * from "b"; require("c"); import(d); (() => { throw 1 })()`,
		"#!/usr/bin/env node\nreturn x <!-- y\n}/1/[", `x = <a href="https://b.dev">Don't</a>`, "var [[[{a: [b]}]]] = c",
		"\xef\xbb\xbfx('\\u{68}')",
	} {
		for _, name := range []string{"a.js", "a.ts", "a.d.ts", "a"} {
			f.Add(name, []byte(src))
		}
	}
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		if len(src) > 64<<10 || !Named(name) {
			return
		}
		p := Read(name, src)
		lines := strings.Count(string(src), "\n") + 1
		var seen []string
		once := func(kind string, m Mention) {
			if m.Line < 1 || m.Line > lines {
				t.Errorf("%s %q at line %d of %d", kind, m.Name, m.Line, lines)
			}
			if key := kind + m.Name; slices.Contains(seen, key) {
				t.Errorf("%s %q twice", kind, m.Name)
			} else {
				seen = append(seen, key)
			}
		}
		for _, m := range p.Hosts {
			once("host", m)
			if m.Name == "" || m.Name != strings.ToLower(m.Name) {
				t.Errorf("host %q", m.Name)
			}
		}
		for _, m := range p.Effects {
			once("effect", m)
		}
		for _, v := range p.Env {
			if v.Line < 1 || v.Line > lines || v.Name == "" {
				t.Errorf("%+v of %d lines", v, lines)
			}
		}
		if again := Read(name, src); told(again) != told(p) {
			t.Errorf("%s\nand then %s", told(p), told(again))
		}
	})
}
