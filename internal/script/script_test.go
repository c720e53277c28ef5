package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told writes what was found: env names, "?" behind one that is only tested, "!"
// before one that is tested for its absence.
func told(p Program) string {
	var all []string
	for _, v := range p.Env {
		name := v.Name
		if !v.Flows {
			name += "?"
		}
		if !slices.Contains(all, v.Name) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, name := range p.Tested {
		all = append(all, "!"+name)
	}
	if len(p.Whole) > 0 {
		all = append(all, "whole")
	}
	for _, m := range p.Hosts {
		all = append(all, "//"+m.Name)
	}
	if len(p.Open) > 0 {
		all = append(all, "//?")
	}
	for _, m := range p.Imports {
		name := "<" + m.Name
		if m.Type {
			name += " type"
		}
		all = append(all, name)
	}
	for _, m := range p.Effects {
		all = append(all, "*"+m.Name)
	}
	return strings.Join(all, " ")
}

func TestEnvironment(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`x(process.env.A)`, "A"},
		{`x(process.env['A'], process.env["B"], process.env[` + "`C`" + `], process?.env?.D, process.env?.["E"])`, "A B C D E"},
		{`const {A, B: b = 1, "C-D": c} = process.env; x(A, b, c)`, "A B C-D"},
		{`const {A, ...rest} = process.env`, "A whole"},
		{`const {env} = process; x(env.A)`, "A"},
		{`const {env: {A}} = process; const {process: {env: {B}}} = globalThis`, "A B"},
		{`const env = process.env; x(env.A); function f() { return env.B }`, "A B"},
		{`const e = process.env; const f = e; x(f.A)`, "A"},
		{`let e; e = process.env; x(e.A)`, "A"},
		{`import {env} from 'node:process'; x(env.A)`, "A <node:process"},
		{`import {env as e} from 'process'; x(e.A)`, "A <process"},
		{`import p from 'node:process'; x(p.env.A)`, "A <node:process"},
		{`import * as p from 'node:process'; x(p.env.A)`, "A <node:process"},
		{`const p = require('process'); x(p.env.A)`, "A <process"},
		{`const {env} = require("node:process"); x(env.A)`, "A <node:process"},
		{`var node_process_1 = __importDefault(require("node:process")); x(node_process_1.default.env.A)`, "A <node:process"},
		{`var s = i(require("process"), 1); x((0, s.default).env.A)`, "A <process"},
		{`x(globalThis.process.env.A, global.process.env.B, window.process.env.C, globalThis["process"]["env"]["D"])`, "A B C D"},
		{`x(import.meta.env.VITE_A, import.meta.env.MODE, Bun.env.B)`, "VITE_A B"},
		{`x(Deno.env.get("A"), Deno.env.has("B")); Deno.env.set("C", "1"); Deno.env.toObject()`, "A B? whole"},
		{`x((globalThis.process || {}).env.A, (process.env || {}).B)`, "A B"},
		{`const env = typeof process !== "undefined" ? process.env : {}; x(env.A)`, "A"},
		{`(function (p) { x(p.env.A) })(process); ((e) => x(e.B))(process.env)`, "A B"},
		{`function f(env = process.env) { return env.A }`, "A"},
		{`function f(e) { return e.A } f(process.env)`, "A"},
		{`const o = {env: process.env}`, "whole"},
		{`const K = "SECRET_" + "A"; x(process.env[K])`, "SECRET_A"},
		{`x(process.env[name])`, "whole"},
		{`x(process.env["A" + b])`, "whole"},
		{`x(process.env[` + "`A_${b}`" + `])`, "whole"},
		{`spawn("a", {env: process.env}); spawn({...process.env}); f(process.env)`, "whole"},
		{`for (const k in process.env) x(k)`, "whole"},
		{`for (const k of ["A", "B"]) x(process.env[k])`, "A B"},
		{`const get = (n) => process.env[n]; get("A"); get("B")`, "A B"},
		{`const get = (n) => process.env[n]; get(y)`, "whole"},
		{`if (["A", "B"].some(k => k in process.env)) x()`, "A? B?"},
		{`const has = (n) => n in process.env; if (has("A")) x()`, "A?"},
		{`process.env.A = "1"; delete process.env.B; process.env["C"] = 1`, ""},
		{`process.env.A ??= "1"`, "A?"},
		{`if (process.env.A) x(); x(process.env.B === "1", !process.env.C); "D" in process.env`, "A? B? C? D?"},
		{`process.env.A ? x() : y(); process.env.B && x(); process.env.C == null || x()`, "A? B? C?"},
		{`if (process.env && process.env.A === "x") x()`, "A?"},
		{`function f(process) { return process.env.A }`, ""},
		{`// process.env.A` + "\n" + `/* process.env.B */ "process.env.C"`, ""},
		{`const s = ` + "`${process.env.A}`", "A"},
		{`x(process.env.A.toLowerCase())`, "A"},
		{`x(["a"].includes(process.env.A))`, "A?"},
		{`export const env = process.env`, "whole"},
		{`import {env} from "process"; export {env}`, "whole <process"},
		{`const env = process.env; export {env as e}`, "whole"},
		{`export {env} from "node:process"`, "whole <node:process"},
		{`export * from "node:process"`, "whole <node:process"},
		{`export {argv} from "node:process"; import {cwd} from "process"; export {cwd}`, "<node:process <process"},
		{`import("process").then(({env}) => x(env.A)); import("node:process").then((p) => x(p.env.B))`, "A B <process <node:process"},
		{`let e; ({env: e} = process); x(e.A)`, "A whole"},
		{`const {["env"]: e} = process; x(e.A)`, "A"},
		{`x(pro\u0063ess.env.\u{41})`, "A"},
	} {
		check(t, "a.js", c.src, c.want)
	}
}

func TestTested(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`export class AIConfig { constructor() { this.apiKey = process.env.A; if (!this.apiKey) { throw new Error("A") } } }`, "A !A"},
		{`export class AIConfig { constructor() { this.apiKey = process.env.A } }`, "A"},
		{`export class AIConfig { constructor() { this.apiKey = process.env.A; if (!this.apiKey) console.warn("A") } }`, "A"},
		{`export class AIConfig { constructor() { this.apiKey = process.env.A; if (!this.other) throw new Error("A") } }`, "A"},
		{`class C { #k = process.env.A; m() { if (!this.#k) throw 1 } }`, "A !A"},
		{`class C { k = process.env.A }`, "A"},
		{`const a = process.env.A; if (!a) throw new Error()`, "A !A"},
		{`const a = process.env.A; if (a === undefined) { log(); process.exit(1) }`, "A !A *process.exit"},
		{`const a = process.env.A; if (a) { x(a) } else { throw 1 }`, "A !A"},
		{`const a = process.env.A; if (a) x(a)`, "A"},
		{`if (!process.env.A) throw 1; x(process.env.A)`, "A? A !A"},
		{`const {A} = process.env; if (!A) throw 1`, "A !A"},
		{`const {A = "x"} = process.env; x(A)`, "A"},
		{`x(process.env.A ?? "x", process.env.B || 1)`, "A B"},
		{`function fail() { throw 1 } x(process.env.A ?? fail())`, "A !A"},
		{`const fail = (m) => { throw new Error(m) }; x(process.env.A || fail("A"))`, "A !A"},
		{`x(process.env.A ?? (() => { throw 1 })())`, "A !A"},
		{`import assert from "node:assert"; const a = process.env.A; assert(a, "A")`, "A !A <node:assert"},
		{`import {ok} from "assert"; ok(process.env.A)`, "A !A <assert"},
		{`import {invariant} from "./i.js"; invariant(process.env.A); x(process.env.A)`, "A !A <./i.js"},
		{`console.assert(process.env.A)`, "A"},
		{`function f() { const a = process.env.A; if (a) return a; throw new Error("A") }`, "A !A"},
		{`function f() { const a = process.env.A; if (a) { return a } }`, "A"},
		{`function f() { const a = process.env.A; if (a) x(a); throw 1 }`, "A"},
		{`const a = process.env.A, b = process.env.B; if (a) { if (!b) throw 1 }`, "A B !B"},
		{`function need(n) { const v = process.env[n]; if (!v) throw new Error(n); return v } x(need("A"), need("B"))`, "A B !A !B"},
		{`function get(n) { return process.env[n] } x(get("A"))`, "A"},
		{`const need = (n) => process.env[n] ?? fail(n); x(need("A"))`, "A !A"},
		{`for (const k of ["A", "B"]) if (!process.env[k]) throw 1; x(process.env.A)`, "A? B? A !A !B"},
		{`const missing = ["A", "B"].filter((k) => !process.env[k]); if (missing.length) throw 1; x(process.env.B)`, "A? B? B !A !B"},
		{`["A"].forEach((k) => { if (!process.env[k]) throw 1 }); x(process.env.A)`, "A? A !A"},
		{`const m = []; if (!process.env.A) m.push("A"); if (m.length > 0) throw 1; x(process.env.A)`, "A? A !A"},
		{`const c = {a: process.env.A, b: process.env.B}; if (!c.a) throw 1`, "A B !A"},
		{`const p = Number(process.env.A); if (Number.isNaN(p)) throw 1`, "A !A"},
		{`const a = process.env.A; const b = a?.trim(); if (!b) throw 1`, "A !A"},
		{`import {z} from "zod"; const k = z.string().min(1).parse(process.env.A)`, "A !A <zod"},
		{`import {z} from "zod"; const S = z.object({A: z.string(), B: z.string()}); const e = S.parse(process.env)`, "A B !A !B <zod"},
		{`import {cleanEnv, str} from "envalid"; const env = cleanEnv(process.env, {A: str()})`, "A !A <envalid"},
		{`x(JSON.parse(process.env.A))`, "A"},
		{`switch (process.env.A) { case "a": x(); break; default: throw 1 }`, "A? !A"},
		{`try { if (!process.env.A) throw 1 } finally {} x(process.env.A)`, "A? A !A"},
		{`const a = process.env.A; function f() { if (!a) return Promise.reject(1) }`, "A !A"},
		{`const k = Deno.env.get("A"); if (!k) throw 1`, "A !A"},
	} {
		check(t, "a.mjs", c.src, c.want)
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`let u = "http://b.dev"; if (x) u = "http://" + u; y(u)`, "//b.dev //?"},
		{`y("https://http://b.dev/")`, "//b.dev"},
		{`x("https://api.acme.dev/v1", 'HTTP://Other.Dev:80', "wss://s.acme.dev")`, "//api.acme.dev //other.dev //s.acme.dev"},
		{`x(` + "`https://api.acme.dev/${p}`" + `)`, "//api.acme.dev"},
		{`x(` + "`https://${region}.acme.dev/`" + `)`, "//*.acme.dev"},
		{`x(` + "`https://${host}/v1`" + `, "https://" + h)`, "//?"},
		{`const H = "acme.dev"; x("https://" + "api." + H + "/")`, "//api.acme.dev"},
		{`x("see https://docs.acme.dev for help")`, "//docs.acme.dev"},
		{"// https://a.dev\n/* https://b.dev */ x(/https:\\/\\/c.dev/)", ""},
		{`/*! Licence: https://a.dev */`, ""},
		{`x("http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "http://www.w3.org/2000/svg", "http://0.0.0.0")`, ""},
		{`x("http://203.0.113.7/x", "http://[2001:db8::1]/", "http://metadata/x")`, "//203.0.113.7 //2001:db8::1 //metadata"},
		{`x("postgres://u:p@db.acme.dev:5432/x", "file:///a/b", "webpack://x.y/z")`, "//db.acme.dev"},
		{`x("\x68ttps:\/\/a\u002edev", "https://a%2eb.dev")`, "//a.dev //a.b.dev"},
		{`x("//cdn.acme.dev/x.js", "https:a.dev", "https:\\\\b.dev", "// no host")`, "//cdn.acme.dev //a.dev //b.dev"},
		{`s.startsWith("https://"); x("://", "a://")`, ""},
		{`request({hostname: "api.acme.dev", host: "x"})`, "//api.acme.dev"},
		{`import net from "net"; net.connect(443, "acme.dev")`, "//acme.dev <net"},
		{`x("https://a.dev.", "https://user@b.dev")`, "//a.dev //b.dev"},
		{`x("https://".concat("a.dev")); x("https://api.".concat(b, ".acme.dev/"))`, "//a.dev //*.acme.dev"},
		{`x("https://".concat(h, "/v1")); x("a".concat(b)); [1].concat("x")`, "//?"},
		{`x(["https:/", "a.dev"].join("/")); ["x"].join(", ")`, "//a.dev"},
		{`u.hostname = "a.dev"; u.host = b || "b.dev:80"`, "//a.dev //b.dev"},
		{`function f({host = "a.dev"}) {} request({hostname: process.env.H || "b.dev"})`, "H //a.dev //b.dev"},
		{`const hostname = x ? "a.dev" : "b.dev"; request({hostname})`, "//a.dev //b.dev"},
		{"x(`https://a.dev:${port}/v1`)", "//a.dev"},
		{`import "https://esm.sh/x"`, "<https://esm.sh/x"},
	} {
		check(t, "a.js", c.src, c.want)
	}
}

func TestImports(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`import "a"; import b from "b"; import * as c from 'c'; import {d} from "d/e"; export * from "f"; export {g} from "g"`,
			"<a <b <c <d/e <f <g"},
		{`await import("a"); import("b/c").then(x); import(d)`, "<a <b/c <"},
		{`require("a"); require.resolve("b"); const r = require; r("c"); module.require("d"); require(e)`, "<a <b <c <d <"},
		{`import {createRequire} from "node:module"; const q = createRequire(import.meta.url); q("a")`, "<node:module <a"},
		{`var __require = ((x) => typeof require !== "undefined" ? require : x)(function(x) {}); __require("fs")`, "<fs"},
		{`process.getBuiltinModule("fs")`, "<fs"},
		{`(function (require) { require("a") })(function () {})`, ""},
		{`define(["require", "a"], function () {})`, "<a"},
		{`import a from "./a.json" with {type: "json"}; import "b" assert { type: 'json' }`, "<./a.json <b"},
		{`require("op" + "enai")`, "<openai"},
		{"import(`@ai-sdk/${x}`); import(`./${x}`)", "<@ai-sdk/… <"},
		{`require.main.require("a"); process.mainModule.require("b"); module.constructor._load("c"); require.call(x, "d")`, "<a <b <c <d"},
		{`import M from "module"; M._load("a"); M.Module._load("b")`, "<module <a <b"},
	} {
		check(t, "a.js", c.src, c.want)
	}
	for _, c := range []struct{ path, src, want string }{
		{"a.d.ts", `import type OpenAI from "openai"; import {X} from 'x'; export * from "y"; let z: import("z").Z; import q = require("q")`,
			"<openai type <x type <y type <z type <q type"},
		{"a.d.mts", "/// <reference types=\"node\" />\n", "<node type"},
		{"a.ts", `import type {A} from "a"; import {B} from "b"; let c: string = process.env.C!; fetch("https://d.dev")`,
			"C //d.dev <a type <b *fetch"},
		{"a.ts", `const e: NodeJS.ProcessEnv = process.env; x(e.A)`, "A"},
		{"a.ts", `const {A: a, B = "x"} = process.env as any; const {env: f} = process; x(f.C)`, "A B C"},
		{"a.ts", `import {env as e} from "process"; x(e.A)`, "A <process"},
		{"a.ts", `x((process as any).env.A)`, "whole"},
		{"a.ts", `const p = process; x(p.env.A)`, "whole"},
		{"a.ts", `const {env: {A}} = process; const {argv} = process; function process(a: X) {} xs.map(process)`, "whole"},
		{"a.ts", `this.env = process.env; fetch<X>("/x")`, "whole *fetch"},
		{"a.tsx", `import A from "a"; export const X = () => <a href="https://b.dev">Don't {process.env.C}</a>`, "C //b.dev <a"},
	} {
		check(t, c.path, c.src, c.want)
	}
}

func TestEffects(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`fetch("/x"); new WebSocket(u); const f = globalThis.fetch`, "*fetch *WebSocket"},
		{`typeof fetch; a.fetch(); function g(fetch) { fetch() } ({fetch() {}})`, ""},
		{`eval("1"); new Function("x"); Function.prototype.call; Function("y")`, "*eval *Function"},
		{`process.exit(1); process.platform; process.nextTick(x); process.stdout.write("x")`, "*process.exit *process.stdout"},
		{`Deno.readFile("x"); Deno.env.get("A"); Bun.file("x")`, "A? *Deno *Bun"},
		{`localStorage.getItem("x")`, "*localStorage"},
		{`navigator.sendBeacon("/x"); globalThis[k]("x")`, "*navigator.sendBeacon *globalThis[…]"},
	} {
		check(t, "a.js", c.src, c.want)
	}
	for name, want := range map[string]bool{"node:https": true, "https": true, "fs/promises": true, "node:path": false, "util": false,
		"openai": false, "node:new": true, "./a.node": true, "bun:ffi": true, "node:test": true} {
		if got := Acts(name); got != want {
			t.Errorf("Acts(%q): %v", name, got)
		}
	}
}

func check(t *testing.T, path, src, want string) {
	t.Helper()
	p := Read(path, []byte(src))
	if got := told(p); got != want {
		t.Errorf("%s\n got %s\nwant %s", src, got, want)
	}
	if strings.HasSuffix(path, "js") && p.Searched != "" {
		t.Errorf("%s\nwas not parsed: %s", src, p.Searched)
	}
}

func TestSearchedInstead(t *testing.T) {
	for name, c := range map[string]struct{ src, why string }{
		"patterns": {"var " + strings.Repeat("[", 3_000_000), "nests"},
		"hidden":   {"x={}/1;var " + strings.Repeat("[", 3_000_000) + "]/1", "brackets"},
		"scopes":   {strings.Repeat("{", 300) + names200(100_000) + strings.Repeat("}", 300), "names"},
		"arrows":   {strings.Repeat("x=>", 900) + "{" + names200(100_000) + "}", "names"},
		"loops":    {strings.Repeat("for(;;)", 900) + "{" + names200(100_000) + "}", "names"},
		"tokens":   {strings.Repeat("1;", 3_000_000), "tokens"},
		"octal":    {"x = 0755; y(process.env.A)", "does not parse"},
		"markup":   {"x = <a>Don't</a>; y(process.env.A)", "does not parse"},
	} {
		p := Read("a.js", []byte(c.src))
		if !strings.Contains(p.Searched, c.why) {
			t.Errorf("%s: %q", name, p.Searched)
		}
		if strings.Contains(c.src, "env.A") && told(p) != "A" {
			t.Errorf("%s: %s", name, told(p))
		}
	}
}

func names200(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d;", i)
	}
	return b.String()
}

func TestLines(t *testing.T) {
	p := Read("a.js", []byte("#!/usr/bin/env node\nimport 'a'\n\nx(process.env.A,\n'https://b.dev')\nfetch(y)\n"))
	if p.Imports[0].Line != 2 || p.Env[0].Line != 4 || p.Hosts[0].Line != 5 || p.Effects[0].Line != 6 {
		t.Errorf("%+v", p)
	}
	p = Read("a.js", []byte("x()\nif (['A', 'B'].some(k => k in process.env)) y()\n"))
	if len(p.Env) != 2 || p.Env[0].Line != 2 || p.Env[1].Line != 2 {
		t.Errorf("a list of names: %+v", p.Env)
	}
}
