package script

import (
	"bytes"
	"unsafe"

	"github.com/tdewolff/parse/v2/js"
)

// A reading is that of one parsed file.
type reading struct {
	program *Program
	tree    *js.AST
	lines   *lines

	imports    map[string]string                      // what the names that import statements bind stand for
	inits      map[*js.Var][]js.IExpr                 // what is assigned to a variable
	parts      map[*js.Var]part                       // variables that a pattern takes from something
	loops      map[*js.Var]js.IExpr                   // the lists whose elements a variable is
	params     map[*js.Var]param                      // parameters of functions that have a name
	calls      map[*js.Var][]*js.CallExpr             // the calls of a variable
	throws     map[*js.Var]bool                       // functions with a throw in them
	failing    map[js.INode]bool                      // conditional nodes with a branch that throws
	memo       map[*js.Var]string                     // see whatVar
	folded     map[*js.Var]string                     // see fold
	objects    map[*js.ObjectExpr]map[string]js.IExpr // see propertiesOf
	properties map[js.IExpr]string                    // what properties of object literals stand for
	expanded   map[*js.Var]bool                       // parameters whose calls were looked at
	names      int                                    // of lists that were looked at
	steps      int                                    // of value

	carriers map[carrier]map[string]bool // the variables of the environment whose values they hold
	seen     map[string]bool             // what was noted
}

// A part is what `{key: v} = from` makes of v.
type part struct {
	from js.IExpr
	key  string
}

// A param is a place in a function's parameters.
type param struct {
	function *js.Var
	at       int
}

const maxInits = 4 // assignments to one variable that are looked at

// run fills in the program.
func (r *reading) run() {
	r.imports, r.inits, r.parts = map[string]string{}, map[*js.Var][]js.IExpr{}, map[*js.Var]part{}
	r.loops, r.params, r.calls = map[*js.Var]js.IExpr{}, map[*js.Var]param{}, map[*js.Var][]*js.CallExpr{}
	r.throws, r.failing = map[*js.Var]bool{}, map[js.INode]bool{}
	r.objects = map[*js.ObjectExpr]map[string]js.IExpr{}
	r.properties, r.expanded = map[js.IExpr]string{}, map[*js.Var]bool{}
	r.memo, r.folded = map[*js.Var]string{}, map[*js.Var]string{}
	r.carriers, r.seen = map[carrier]map[string]bool{}, map[string]bool{}
	for i, pass := range []func(*walk, js.INode){r.bind, r.use, r.guard} {
		js.Walk(&walk{enter: pass}, r.tree)
		if i == 0 {
			r.bindArguments()
		}
		clear(r.memo) // what a pass learns may be of use to the next
		clear(r.folded)
		clear(r.properties)
	}
	r.program.Tested = sortedNames(r.seen, "tested ")
}

// A walk calls enter for each node of a tree; above are the nodes around it, the
// outermost first.
type walk struct {
	enter func(w *walk, n js.INode)
	above []js.INode
	done  bool // nothing more is entered
}

func (w *walk) Enter(n js.INode) js.IVisitor {
	if w.done {
		return nil
	}
	w.enter(w, n)
	w.above = append(w.above, n)
	return w
}

func (w *walk) Exit(js.INode) { w.above = w.above[:len(w.above)-1] }

// up returns the nth node around the current one, 0 the next; nil: there is none.
func (w *walk) up(n int) js.INode {
	if n >= len(w.above) {
		return nil
	}
	return w.above[len(w.above)-1-n]
}

// bind is the first pass: what names stand for, and where the program throws.
func (r *reading) bind(w *walk, n js.INode) {
	switch n := n.(type) {
	case *js.ImportStmt:
		r.bindImport(n)
	case *js.VarDecl:
		for i := range n.List {
			r.assign(n.List[i].Binding, n.List[i].Default)
		}
	case *js.BinaryExpr:
		if n.Op == js.EqToken || n.Op == js.NullishEqToken || n.Op == js.OrEqToken {
			r.assignTo(n.X, n.Y)
		}
	case *js.Params:
		for i := range n.List {
			r.assign(n.List[i].Binding, n.List[i].Default)
		}
	case *js.FuncDecl:
		if n.Name != nil {
			r.inits[root(n.Name)] = append(r.inits[root(n.Name)], n)
			r.bindParams(root(n.Name), &n.Params)
		}
	case *js.ForOfStmt:
		if d, ok := n.Init.(*js.VarDecl); ok && len(d.List) == 1 {
			if v, ok := d.List[0].Binding.(*js.Var); ok {
				r.loops[root(v)] = n.Value
			}
		}
	case *js.CallExpr:
		r.bindCall(n)
		if r.ends(n) {
			r.fails(w, n)
		}
	case *js.ThrowStmt:
		r.fails(w, n)
	case *js.BlockStmt:
		r.failsBehind(n.List)
	}
}

func (r *reading) bindImport(n *js.ImportStmt) {
	from := moduleValue(unquote(n.Module))
	if n.Default != nil {
		r.imports[string(n.Default)] = from
	}
	for _, a := range n.List {
		switch name := string(a.Name); {
		case a.Binding == nil:
		case name == "*" || name == "default":
			r.imports[string(a.Binding)] = from
		default:
			if name == "" {
				name = string(a.Binding)
			}
			r.imports[string(a.Binding)] = member(from, name)
		}
	}
}

// unquote returns the value of a string literal.
func unquote(p []byte) string {
	if len(p) < 2 {
		return ""
	}
	return decode(p[1 : len(p)-1])
}

// assign notes that a pattern takes its parts from an expression.
func (r *reading) assign(to js.IBinding, from js.IExpr) {
	if from == nil {
		return
	}
	switch to := to.(type) {
	case *js.Var:
		r.keep(root(to), from)
	case *js.BindingObject:
		for i := range to.List {
			item := &to.List[i]
			v, ok := item.Value.Binding.(*js.Var)
			if !ok {
				continue
			}
			key := string(v.Data)
			if item.Key != nil {
				if key, ok = r.keyOf(item.Key); !ok {
					continue
				}
			}
			r.parts[root(v)] = part{from, key}
		}
	}
}

// keyOf returns the name of a property that is written out, or computed from
// constants.
func (r *reading) keyOf(p *js.PropertyName) (string, bool) {
	if p.IsComputed() {
		return r.constant(p.Computed)
	}
	return nameOf(p), true
}

// assignTo is assign for an assignment.
func (r *reading) assignTo(to, from js.IExpr) {
	switch to := ungroup(to).(type) {
	case *js.Var:
		if root(to).Decl != js.NoDecl {
			r.keep(root(to), from)
		}
	case *js.ObjectExpr: // ({env: e} = process)
		for i := range to.List {
			v, ok := to.List[i].Value.(*js.Var)
			if !ok || to.List[i].Name == nil || root(v).Decl == js.NoDecl || len(r.inits[root(v)]) > 0 {
				continue
			}
			if key, ok := r.keyOf(to.List[i].Name); ok {
				r.parts[root(v)] = part{from, key}
			}
		}
	}
}

func (r *reading) keep(v *js.Var, from js.IExpr) {
	if len(r.inits[v]) < maxInits {
		r.inits[v] = append(r.inits[v], from)
	}
	if f, ok := ungroup(from).(*js.ArrowFunc); ok {
		r.bindParams(v, &f.Params)
	}
	if f, ok := ungroup(from).(*js.FuncDecl); ok {
		r.bindParams(v, &f.Params)
	}
}

func (r *reading) bindParams(f *js.Var, params *js.Params) {
	for i := range params.List {
		if v, ok := params.List[i].Binding.(*js.Var); ok {
			r.params[root(v)] = param{f, i}
		}
	}
}

// bindCall notes what a call tells of names: the arguments of a function that is
// called where it stands, and the list that a function is called for.
func (r *reading) bindCall(n *js.CallExpr) {
	if v, ok := n.X.(*js.Var); ok {
		r.calls[root(v)] = append(r.calls[root(v)], n)
		return
	}
	args := n.Args.List
	called := ungroup(n.X)
	if d, ok := called.(*js.DotExpr); ok {
		switch propertyOf(d) {
		case "call":
			if called = ungroup(d.X); len(args) > 0 {
				args = args[1:]
			}
		case "then": // import("x").then((x) => …)
			if call, ok := ungroup(d.X).(*js.CallExpr); ok && isImport(call.X) && len(args) > 0 {
				if p := paramsOf(args[0].Value); p != nil && len(p.List) > 0 {
					r.assign(p.List[0].Binding, call)
				}
			}
			return
		case "forEach", "filter", "map", "find", "some", "every", "flatMap":
			if len(args) > 0 {
				if p := paramsOf(args[0].Value); p != nil && len(p.List) > 0 {
					if v, ok := p.List[0].Binding.(*js.Var); ok {
						r.loops[root(v)] = d.X
					}
				}
			}
			return
		}
	}
	if p := paramsOf(called); p != nil {
		for i := range min(len(p.List), len(args)) {
			r.assign(p.List[i].Binding, args[i].Value)
		}
	}
}

// bindArguments notes what the calls of functions give for their parameters.
func (r *reading) bindArguments() {
	for v, p := range r.params {
		for _, call := range r.calls[p.function][:min(maxInits, len(r.calls[p.function]))] {
			if p.at < len(call.Args.List) {
				r.keep(v, call.Args.List[p.at].Value)
			}
		}
	}
}

// paramsOf returns the parameters of a function expression; nil: it is none.
func paramsOf(e js.IExpr) *js.Params {
	switch f := ungroup(e).(type) {
	case *js.ArrowFunc:
		return &f.Params
	case *js.FuncDecl:
		return &f.Params
	}
	return nil
}

// propertyOf returns the name behind a dot.
func propertyOf(d *js.DotExpr) string {
	if name := dotted(d); bytes.IndexByte(name, '\\') < 0 {
		return asString(name)
	}
	return decode(dotted(d))
}

// dotted returns the name behind a dot, as it stands in the file; nil: it is
// private.
func dotted(d *js.DotExpr) []byte {
	switch y := d.Y.(type) {
	case js.LiteralExpr:
		return y.Data
	case *js.LiteralExpr:
		return y.Data
	}
	return nil
}

// asString returns a text of the file without copying it: nothing changes the
// file's bytes, but what is kept beyond the reading must be cloned.
func asString(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }
