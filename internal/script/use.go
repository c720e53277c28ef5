package script

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// use is the second pass: what the program uses.
func (r *reading) use(w *walk, n js.INode) {
	switch n := n.(type) {
	case *js.ImportStmt:
		r.loaded(unquote(n.Module), n.Module)
	case *js.ExportStmt:
		if n.Module != nil {
			r.loaded(unquote(n.Module), n.Module)
		}
	case *js.CallExpr:
		r.call(n)
	case *js.BindingElement:
		if p, ok := n.Binding.(*js.BindingObject); ok && n.Default != nil {
			r.nested(p, r.value(n.Default), 0)
		}
	case *js.Var:
		if d, ok := w.up(0).(*js.DotExpr); ok && js.INode(d.Y) == js.INode(n) {
			return // a private name
		}
		if binds(w, n) {
			return
		}
		r.named(w, n, n.Data)
	case *js.DotExpr:
		if y, ok := n.Y.(*js.LiteralExpr); ok {
			r.named(w, n, y.Data)
		} else if y, ok := n.Y.(js.LiteralExpr); ok {
			r.named(w, n, y.Data)
		}
	case *js.IndexExpr:
		r.named(w, n, partOf(n.Y))
		if r.value(n.X) == globalObject {
			if _, ok := r.constant(n.Y); !ok {
				r.effect("globalThis[…]", partOf(n.Y))
			}
		}
	case *js.NewExpr:
		if r.value(n.X) == "Function" {
			r.effect("Function", partOf(n.X))
		}
	case *js.LiteralExpr:
		if n.TokenType == js.StringToken && (!within(w, n) || len(n.Data) > maxFolded) {
			r.addresses(decode(n.Data[1:len(n.Data)-1]), n.Data)
		}
	case *js.TemplateExpr:
		if !within(w, n) {
			r.addresses(r.fold(n, 0), partOf(n))
		}
	case *js.BinaryExpr:
		if n.Op == js.AddToken && !within(w, n) {
			r.addresses(r.fold(n, 0), partOf(n))
		}
	case *js.Property:
		if n.Name != nil && !n.Name.IsComputed() && slices.Contains([]string{"host", "hostname", "servername"}, nameOf(n.Name)) {
			r.bareHost(n.Value)
		}
	}
}

// binds reports whether a variable stands where it is bound, not used.
func binds(w *walk, n *js.Var) bool {
	switch p := w.up(0).(type) {
	case *js.BindingElement:
		return js.INode(p.Binding) == js.INode(n)
	case *js.FuncDecl, *js.ClassDecl, *js.BindingObject:
		return true
	}
	return false
}

// within reports whether an expression is a part of a text that is put together
// around it.
func within(w *walk, n js.INode) bool {
	for i := 0; ; i++ {
		switch p := w.up(i).(type) {
		case *js.GroupExpr:
		case *js.BinaryExpr:
			return p.Op == js.AddToken
		default:
			return false
		}
	}
}

// partOf returns a text of the file from which an expression's line is told.
func partOf(e js.INode) []byte {
	for range maxDeep {
		switch n := e.(type) {
		case *js.Var:
			return n.Data
		case *js.LiteralExpr:
			return n.Data
		case js.LiteralExpr:
			return n.Data
		case *js.TemplateExpr:
			if len(n.List) > 0 {
				return n.List[0].Value
			}
			return n.Tail
		case *js.BinaryExpr:
			e = n.X
		case *js.GroupExpr:
			e = n.X
		case *js.CallExpr:
			e = n.X
		case *js.DotExpr:
			e = n.Y
		case *js.IndexExpr:
			e = n.X
		default:
			return nil
		}
	}
	return nil
}

// addresses notes the hosts in a text.
func (r *reading) addresses(s string, at []byte) {
	hostsIn(s, func(host string) { r.host(host, at) }, func() {
		if r.first("open") {
			r.program.Open = append(r.program.Open, Mention{Line: r.lines.of(at)})
		}
	})
}

func (r *reading) host(host string, at []byte) {
	if len(r.program.Hosts) < MaxMentions && r.first("host "+host) {
		r.program.Hosts = append(r.program.Hosts, Mention{strings.Clone(host), r.lines.of(at)})
	}
}

// bareHost notes an expression that is a host's name and nothing else.
func (r *reading) bareHost(e js.IExpr) {
	if s, ok := r.constant(e); ok {
		if host := tidyHost(s); isHost(host, false) && (named.MatchString(host) || isAddress(host)) {
			r.host(host, partOf(e))
		}
	}
}

// loaded notes a module; name "" is one whose name is computed.
func (r *reading) loaded(name string, at []byte) {
	if len(r.program.Imports) < MaxMentions && r.first("import "+name) {
		r.program.Imports = append(r.program.Imports, Import{Mention: Mention{strings.Clone(name), r.lines.of(at)}})
	}
}

// effect notes what acts on the outside.
func (r *reading) effect(name string, at []byte) {
	if len(r.program.Effects) < MaxMentions && r.first("effect "+name) {
		r.program.Effects = append(r.program.Effects, Mention{strings.Clone(name), r.lines.of(at)})
	}
}

func (r *reading) first(key string) bool {
	if r.seen[key] {
		return false
	}
	r.seen[key] = true
	return true
}

// call notes what a call loads, and the hosts that it is given.
func (r *reading) call(n *js.CallExpr) {
	args := n.Args.List
	f := r.value(n.X)
	switch {
	case len(args) == 0:
	case isImport(n.X) || slices.Contains(loaders, f):
		name, ok := r.constant(args[0].Value)
		if !ok {
			name = ""
		}
		r.loaded(name, partOf(args[0].Value))
	case f == "define":
		for i := range args {
			if list, ok := args[i].Value.(*js.ArrayExpr); ok {
				for _, e := range list.List {
					if name, ok := r.constant(e.Value); ok && name != "require" && name != "exports" && name != "module" {
						r.loaded(name, partOf(e.Value))
					}
				}
			}
		}
	case connects(f):
		for i := range args {
			r.bareHost(args[i].Value)
		}
	}
	if f == "Function" || f == "eval" {
		r.effect(f, partOf(n.X))
	}
}

// loaders are functions that load the module their first argument names.
var loaders = []string{requireCall, "require.resolve", "import.meta.resolve", "import.meta.require", "process.getBuiltinModule"}

// connects reports whether a function of a module takes the name of a host.
func connects(f string) bool {
	name, _, found := strings.Cut(strings.TrimPrefix(f, moduleRoot), "#")
	return found && strings.HasPrefix(f, moduleRoot) && slices.Contains([]string{"net", "tls", "dns", "dns/promises", "dgram", "http2"}, name)
}

// named looks at a name or a chain of names.
func (r *reading) named(w *walk, n js.INode, at []byte) {
	stands := r.value(n)
	switch stands {
	case "":
		return
	case theEnvironment, metaEnv, denoEnv:
		r.environment(w, n, stands, at)
		return
	}
	if !acts(stands) {
		return
	}
	if u, ok := w.up(0).(*js.UnaryExpr); ok && u.Op == js.TypeofToken {
		return
	}
	if d, ok := w.up(0).(*js.DotExpr); ok && js.INode(d.X) == n && (stands == "Deno" || stands == "Bun") {
		if p := propertyOf(d); p == "env" || p == "version" {
			return
		}
	}
	r.effect(stands, at)
}
