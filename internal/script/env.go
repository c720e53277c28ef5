package script

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// environment looks at one use of the environment, at a node that stands for it.
func (r *reading) environment(w *walk, n js.INode, stands string, at []byte) {
	i := 0
	for ; wraps(w.up(i), n); i++ {
		n = w.up(i)
	}
	switch p := w.up(i).(type) {
	case *js.DotExpr:
		if js.INode(p.X) == n {
			r.envMember(w, i, p, stands, at)
		}
	case *js.IndexExpr:
		if js.INode(p.X) == n {
			r.envIndex(w, i, p, stands)
		}
	case *js.BindingElement:
		r.envPattern(p.Binding, at)
		if _, ok := w.up(i + 2).(*js.ExportStmt); ok {
			r.whole(at)
		}
	case *js.BinaryExpr:
		r.envOperand(w, i, p, n, at)
	case *js.ExprStmt, *js.IfStmt, *js.UnaryExpr, *js.CondExpr: // a test whether there is one
	case *js.Arg:
		if !r.envArgument(w, i, at) {
			r.whole(at)
		}
	default:
		r.whole(at)
	}
}

// wraps reports whether a node only passes on what the one in it stands for.
func wraps(n, inner js.INode) bool {
	switch n := n.(type) {
	case *js.GroupExpr, *js.CommaExpr:
		return true
	case *js.BinaryExpr:
		return n.Op == js.OrToken || n.Op == js.NullishToken || n.Op == js.AndToken && js.INode(n.Y) == inner
	case *js.CondExpr:
		return js.INode(n.Cond) != inner
	}
	return false
}

// envMember looks at what follows "env.", i nodes up.
func (r *reading) envMember(w *walk, i int, p *js.DotExpr, stands string, at []byte) {
	name := propertyOf(p)
	if stands == denoEnv {
		call, ok := w.up(i + 1).(*js.CallExpr)
		switch {
		case name == "set" || name == "delete":
		case ok && (name == "get" || name == "has") && len(call.Args.List) > 0:
			if v, ok := r.constant(call.Args.List[0].Value); ok {
				r.read(w, i+1, v, name == "has", partOf(call.Args.List[0].Value))
				return
			}
			r.envComputed(w, i+1, call.Args.List[0].Value, name == "has", at)
		default:
			r.whole(at)
		}
		return
	}
	switch {
	case name == "":
		r.whole(at)
	case stands == metaEnv && slices.Contains([]string{"MODE", "DEV", "PROD", "SSR", "BASE_URL"}, name): // constants of Vite's
	case name == "hasOwnProperty" || name == "propertyIsEnumerable":
		if call, ok := w.up(i + 1).(*js.CallExpr); ok && len(call.Args.List) == 1 {
			if v, ok := r.constant(call.Args.List[0].Value); ok {
				r.read(w, i+1, v, true, at)
				return
			}
		}
		r.whole(at)
	case name == "toString" || name == "valueOf":
		r.whole(at)
	default:
		r.read(w, i, name, false, partOf(p))
	}
}

// envIndex looks at env[…], i nodes up.
func (r *reading) envIndex(w *walk, i int, p *js.IndexExpr, stands string) {
	if v, ok := r.constant(p.Y); ok && stands != denoEnv {
		r.read(w, i, v, false, partOf(p.Y))
		return
	}
	r.envComputed(w, i, p.Y, false, partOf(p.X))
}

// envComputed looks at a read whose name is an expression: an element of a list of
// names, or what the calls of the function around it say. test means that it is
// only asked whether there is one.
func (r *reading) envComputed(w *walk, i int, name js.IExpr, test bool, at []byte) {
	v, ok := ungroup(name).(*js.Var)
	if !ok {
		r.whole(at)
		return
	}
	if list, ok := r.loops[root(v)]; ok {
		if names, ok := r.listed(list, 0); ok {
			for _, n := range names {
				r.read(w, i, n.name, test, n.at)
			}
			return
		}
	}
	p, ok := r.params[root(v)]
	calls := r.calls[p.function]
	if !ok || len(calls) == 0 || int(p.function.Uses) > len(calls)+1 {
		r.whole(at)
		return
	}
	if r.expanded[root(v)] {
		return
	}
	r.expanded[root(v)] = true
	for _, c := range calls {
		known := false
		if p.at < len(c.Args.List) {
			var name string
			if name, known = r.constant(c.Args.List[p.at].Value); known {
				r.noteRead(name, !test, partOf(c.Args.List[p.at].Value))
				if r.throws[p.function] {
					r.first("tested " + name)
				}
			}
		}
		if !known {
			r.whole(at)
		}
	}
}

// maxListed is the most names of lists that are looked at in one file, each time
// a list is used.
const maxListed = 200_000

// A listedName is a text of a list, and where it stands in the file.
type listedName struct {
	name string
	at   []byte
}

// listed returns the texts of a list that is written out.
func (r *reading) listed(e js.IExpr, through int) (names []listedName, ok bool) {
	switch e := ungroup(e).(type) {
	case *js.ArrayExpr:
		if r.names += len(e.List); r.names > maxListed {
			return nil, false
		}
		for _, item := range e.List {
			name, ok := r.constant(item.Value)
			if !ok || item.Spread {
				return nil, false
			}
			names = append(names, listedName{name, partOf(item.Value)})
		}
		return names, len(names) > 0
	case *js.Var:
		if inits := r.inits[root(e)]; len(inits) == 1 && through < 4 {
			return r.listed(inits[0], through+1)
		}
	}
	return nil, false
}

// envPattern looks at {A, B: b} = env.
func (r *reading) envPattern(to js.IBinding, at []byte) {
	switch to := to.(type) {
	case *js.Var: // another name for it
	case *js.BindingObject:
		for i := range to.List {
			item := &to.List[i]
			name := ""
			if v, ok := item.Value.Binding.(*js.Var); ok {
				name = string(v.Data)
				if item.Key == nil || !item.Key.IsComputed() {
					defer r.hold(carrier{variable: root(v)}, keyOf(item, name))
				}
			}
			if item.Key != nil && item.Key.IsComputed() {
				r.whole(at)
				continue
			}
			r.noteRead(keyOf(item, name), true, keyPlace(item, at))
		}
		if to.Rest != nil {
			r.whole(at)
		}
	default:
		r.whole(at)
	}
}

// nested looks at the patterns within a pattern that takes its parts from what w
// stands for: {env: {A}} = process.
func (r *reading) nested(to *js.BindingObject, w string, deep int) {
	for i := range to.List {
		inner, ok := to.List[i].Value.Binding.(*js.BindingObject)
		if !ok || deep > maxDeep || to.List[i].Key == nil || to.List[i].Key.IsComputed() {
			continue
		}
		m := member(w, nameOf(to.List[i].Key))
		if isEnvironment(m) {
			r.envPattern(inner, to.List[i].Key.Literal.Data)
		}
		r.nested(inner, m, deep+1)
	}
}

func keyOf(item *js.BindingObjectItem, name string) string {
	if item.Key != nil {
		return nameOf(item.Key)
	}
	return name
}

// keyPlace returns a text of the file where a part of a pattern stands. The parser
// copies the key of one that is its own name.
func keyPlace(item *js.BindingObjectItem, at []byte) []byte {
	if v, ok := item.Value.Binding.(*js.Var); ok && (item.Key == nil || bytes.Equal(v.Data, item.Key.Literal.Data)) {
		return v.Data
	}
	if item.Key != nil {
		return item.Key.Literal.Data
	}
	return at
}

// envOperand looks at an operator beside the environment.
func (r *reading) envOperand(w *walk, i int, p *js.BinaryExpr, n js.INode, at []byte) {
	switch {
	case p.Op == js.InToken && js.INode(p.Y) == n:
		if name, ok := r.constant(p.X); ok {
			r.read(w, i, name, true, partOf(p.X))
			return
		}
		r.envComputed(w, i, p.X, true, at)
	case p.Op == js.EqToken && js.INode(p.X) == n, p.Op == js.AndToken, compares(p.Op): // set, or a test
	case p.Op == js.EqToken:
		switch to := ungroup(p.X).(type) {
		case *js.Var:
			if root(to).Decl == js.NoDecl {
				r.whole(at)
			}
		case *js.ObjectExpr:
			for j := range to.List {
				if item := &to.List[j]; item.Name != nil && !item.Name.IsComputed() {
					r.noteRead(nameOf(item.Name), true, item.Name.Literal.Data)
				} else {
					r.whole(at)
				}
			}
		default:
			r.whole(at)
		}
	default:
		r.whole(at)
	}
}

// envArgument looks at the environment as an argument, and reports whether it is
// known what is done with it.
func (r *reading) envArgument(w *walk, i int, at []byte) bool {
	call, ok := w.up(i + 2).(*js.CallExpr)
	if !ok {
		return false
	}
	args := call.Args.List
	f := r.value(call.X)
	switch {
	case (f == "Object.hasOwn" || f == "Reflect.has" || f == "Reflect.get") && len(args) > 1:
		if name, ok := r.constant(args[1].Value); ok {
			r.read(w, i+2, name, f != "Reflect.get", partOf(args[1].Value))
			return true
		}
		return false
	case paramsOf(call.X) != nil, r.takes(call):
		return true // a parameter stands for it
	case r.checks(call):
		names := r.schemaNames(call)
		for _, name := range names {
			r.noteRead(name, true, at)
			r.first("tested " + name)
		}
		return len(names) > 0
	}
	return false
}

// takes reports whether a function of this file is called, whose parameters are
// bound to what it is given.
func (r *reading) takes(call *js.CallExpr) bool {
	v, ok := call.X.(*js.Var)
	if !ok || len(r.calls[root(v)]) > maxInits {
		return false
	}
	for _, init := range r.inits[root(v)] {
		if p := paramsOf(init); p != nil && len(p.List) >= len(call.Args.List) {
			return true
		}
	}
	return false
}

// read notes a read of a variable; the expression of its value is i nodes up.
func (r *reading) read(w *walk, i int, name string, test bool, at []byte) {
	e := w.up(i)
	switch p := w.up(i + 1).(type) {
	case *js.BinaryExpr:
		if p.Op == js.EqToken && js.INode(p.X) == e {
			return // it is set
		}
	case *js.UnaryExpr:
		if p.Op == js.DeleteToken {
			return
		}
	}
	flows := r.follow(w, i, name)
	r.noteRead(name, flows && !test, at)
}

func (r *reading) noteRead(name string, flows bool, at []byte) {
	if name == "" || len(name) > 256 || strings.Contains(name, "\n") {
		r.whole(at)
		return
	}
	key := "read " + name
	if flows {
		key = "flow " + name
	}
	if r.first(key) && r.room(len(r.program.Env)) {
		r.program.Env = append(r.program.Env, Variable{Mention{strings.Clone(name), r.lines.of(at)}, flows})
	}
}

func (r *reading) whole(at []byte) {
	if r.first("whole") {
		r.program.Whole = append(r.program.Whole, Mention{Line: r.lines.of(at)})
	}
}
