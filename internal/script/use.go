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
		r.exported(n)
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
		switch d, ok := ungroup(n.X).(*js.DotExpr); {
		case n.Op == js.AddToken && !within(w, n):
			r.addresses(r.fold(n, 0), partOf(n))
		case n.Op == js.EqToken && ok && namesHost(propertyOf(d)):
			r.bareHost(n.Y, 0)
		}
	case *js.Property:
		if n.Name != nil && !n.Name.IsComputed() && namesHost(nameOf(n.Name)) {
			r.bareHost(n.Value, 0)
		}
	case *js.BindingObject:
		for i := range n.List {
			if item := &n.List[i]; item.Key != nil && !item.Key.IsComputed() && namesHost(nameOf(item.Key)) {
				r.bareHost(item.Value.Default, 0)
			}
		}
	}
}

// namesHost reports whether the value of a property of this name is a host.
func namesHost(property string) bool {
	return property == "host" || property == "hostname" || property == "servername"
}

// exported looks at what goes out of the module under its name: the environment,
// as a whole.
func (r *reading) exported(n *js.ExportStmt) {
	module := ""
	if n.Module != nil {
		if module = moduleValue(unquote(n.Module)); module != theProcess {
			return
		}
	}
	if module != "" && len(n.List) == 0 {
		r.whole(n.Module)
	}
	for _, a := range n.List {
		name := a.Name
		if name == nil {
			name = a.Binding
		}
		stands := ""
		switch {
		case module != "" && string(name) == "*":
			stands = theEnvironment
		case module != "":
			stands = member(module, string(name))
		default:
			stands = r.imports[string(name)]
			for _, v := range r.tree.Declared {
				if string(v.Data) == string(name) {
					stands = r.value(v)
				}
			}
		}
		if isEnvironment(stands) || stands == theProcess {
			r.whole(name)
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
		case *js.DotExpr:
			call, ok := w.up(i + 1).(*js.CallExpr)
			return ok && concats(call)
		default:
			return false
		}
	}
}

// concats reports whether a call is "…".concat(…), as compilers write templates.
func concats(call *js.CallExpr) bool {
	d, ok := call.X.(*js.DotExpr)
	return ok && propertyOf(d) == "concat"
}

// joins reports whether a call is […].join(…).
func joins(call *js.CallExpr) bool {
	d, ok := call.X.(*js.DotExpr)
	return ok && propertyOf(d) == "join"
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
	if r.first("host "+host) && r.room(len(r.program.Hosts)) {
		r.program.Hosts = append(r.program.Hosts, Mention{strings.Clone(host), r.lines.of(at)})
	}
}

// bareHost notes an expression that is a host's name and nothing else, or may be.
func (r *reading) bareHost(e js.IExpr, deep int) {
	if s, ok := r.constant(e); ok {
		if host := tidyHost(s); isHost(host, false) && (named.MatchString(host) || isAddress(host)) {
			r.host(host, partOf(e))
		}
		return
	}
	if deep++; deep > 8 {
		return
	}
	switch e := ungroup(e).(type) {
	case *js.BinaryExpr:
		if logical(e.Op) {
			r.bareHost(e.X, deep)
			r.bareHost(e.Y, deep)
		}
	case *js.CondExpr:
		r.bareHost(e.X, deep)
		r.bareHost(e.Y, deep)
	case *js.Var:
		for _, init := range r.inits[root(e)] {
			r.bareHost(init, deep)
		}
	}
}

// loaded notes a module; name "" is one whose name is computed.
func (r *reading) loaded(name string, at []byte) {
	if len(r.program.Imports) >= MaxMentions && beside(name) {
		return
	}
	if r.first("import "+name) && r.room(len(r.program.Imports)) {
		r.program.Imports = append(r.program.Imports, Import{Mention: Mention{strings.Clone(name), r.lines.of(at)}})
	}
}

// beside reports whether a module is a program of the same package, which is read
// itself. An index of thousands of them is nothing odd.
func beside(name string) bool {
	return strings.HasPrefix(name, ".") && !strings.Contains(name, "node_modules/") && !strings.HasSuffix(name, ".node")
}

// effect notes what acts on the outside.
func (r *reading) effect(name string, at []byte) {
	if r.first("effect "+name) && r.room(len(r.program.Effects)) {
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

// room reports whether a list of n still has room.
func (r *reading) room(n int) bool {
	if n < MaxMentions {
		return true
	}
	r.program.Full = true
	return false
}

// call notes what a call loads, and the hosts that it is given.
func (r *reading) call(n *js.CallExpr) {
	args := n.Args.List
	f := r.value(n.X)
	switch {
	case len(args) == 0:
	case isImport(n.X) || slices.Contains(loaders, f):
		r.loadsNamed(args[0].Value)
	case (f == "require.call" || f == "require.apply") && len(args) > 1:
		if list, ok := args[1].Value.(*js.ArrayExpr); ok && len(list.List) > 0 {
			r.loadsNamed(list.List[0].Value)
		} else {
			r.loadsNamed(args[1].Value)
		}
	case concats(n) || joins(n):
		if s := r.fold(n, 0); s != hole {
			r.addresses(s, partOf(n))
		}
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
			r.bareHost(args[i].Value, 0)
		}
	}
	if f == "Function" || f == "eval" {
		r.effect(f, partOf(n.X))
	}
}

// loadsNamed notes the module that an expression names. Of one that is composed the
// package may be known: `@acme/${name}`.
func (r *reading) loadsNamed(e js.IExpr) {
	name, ok := r.constant(e)
	if ok {
		r.loaded(name, partOf(e))
		return
	}
	if known, _, _ := strings.Cut(r.fold(e, 0), hole); strings.Contains(known, "/") && known[0] != '.' && known[0] != '/' {
		r.loaded(known+"…", partOf(e))
	}
	r.loaded("", partOf(e))
}

// loaders are functions that load the module their first argument names.
var loaders = []string{requireCall, "require.resolve", "import.meta.resolve", "import.meta.require", "process.getBuiltinModule",
	"require.main.require", "process.mainModule.require", "module.parent.require", "module.constructor._load",
	moduleRoot + "module#_load", moduleRoot + "module#Module#_load"}

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
