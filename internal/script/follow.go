package script

import (
	"maps"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// A carrier is a place that holds a value: a variable, or a property of one or
// of this.
type carrier struct {
	variable *js.Var // nil: this
	path     string  // ".apiKey"
}

func (r *reading) hold(c carrier, name string) {
	if r.carriers[c] == nil {
		r.carriers[c] = map[string]bool{}
	}
	if len(r.carriers[c]) < MaxMentions {
		r.carriers[c][name] = true
	}
}

// follow follows the value of a read, whose expression is i nodes up, to what it
// is assigned to, and reports whether it goes anywhere.
func (r *reading) follow(w *walk, i int, name string) (flows bool) {
	child, path, going := w.up(i), "", true
	for i++; ; i++ {
		above := w.up(i)
		switch a := above.(type) {
		case *js.GroupExpr, *js.TemplatePart, *js.Element, *js.ArrayExpr, *js.ObjectExpr, *js.Args, *js.NewExpr, *js.DotExpr, *js.IndexExpr:
			switch above.(type) {
			case *js.TemplatePart, *js.Element, *js.NewExpr:
				flows = flows || going
			}
		case *js.TemplateExpr:
			flows = flows || going
		case *js.UnaryExpr:
			if a.Op == js.NotToken || a.Op == js.TypeofToken || a.Op == js.VoidToken {
				going = false
			}
		case *js.BinaryExpr:
			switch {
			case compares(a.Op), a.Op == js.AndToken && js.INode(a.X) == child:
				going = false
			case a.Op == js.EqToken && js.INode(a.Y) == child:
				if c, ok := target(a.X); ok {
					c.path += path
					r.hold(c, name)
				}
				flows = flows || going
			}
		case *js.CondExpr:
			if js.INode(a.Cond) == child {
				going = false
			}
		case *js.Arg:
			if call, ok := w.up(i + 2).(*js.CallExpr); ok && tests(call) {
				going = false
			}
			flows = flows || going
		case *js.CallExpr:
		case *js.Property:
			if a.Name != nil && !a.Name.IsComputed() {
				path = "." + nameOf(a.Name) + path
			}
			flows = flows || going
		case *js.BindingElement:
			if v, ok := a.Binding.(*js.Var); ok {
				r.hold(carrier{root(v), path}, name)
			}
			return flows || going
		case *js.Field:
			if !a.Name.IsComputed() {
				r.hold(carrier{nil, "." + fieldName(&a.Name) + path}, name)
			}
			return flows || going
		case *js.IfStmt:
			r.push(a, child, name)
			return flows
		case *js.ReturnStmt, *js.ArrowFunc, *js.BlockStmt:
			if _, ok := above.(*js.ReturnStmt); ok {
				flows = flows || going
			}
			if !looping(w, i) {
				return flows
			}
		case *js.ExprStmt, *js.DoWhileStmt, *js.WhileStmt, *js.ForStmt, *js.SwitchStmt, nil:
			return flows
		default:
			return flows || going
		}
		child = above
	}
}

// looping reports whether the node i up, or the one around it, is a function that
// is called for each element of a list: what it returns is what the list's method
// returns.
func looping(w *walk, i int) bool {
	for n := range 3 {
		if _, ok := w.up(i + n).(*js.ArrowFunc); ok {
			if call, ok := w.up(i + n + 3).(*js.CallExpr); ok {
				d, ok := call.X.(*js.DotExpr)
				return ok && slices.Contains([]string{"filter", "map", "find", "some", "every", "flatMap"}, propertyOf(d))
			}
			return false
		}
	}
	return false
}

// push notes what the body of an if collects the names of absent variables in:
// `if (!process.env.A) missing.push("A")`.
func (r *reading) push(n *js.IfStmt, child js.INode, name string) {
	if js.INode(n.Cond) != child {
		return
	}
	s := n.Body
	if b, ok := s.(*js.BlockStmt); ok && len(b.List) > 0 {
		s = b.List[0]
	}
	if e, ok := s.(*js.ExprStmt); ok {
		if call, ok := e.Value.(*js.CallExpr); ok {
			if d, ok := call.X.(*js.DotExpr); ok && (propertyOf(d) == "push" || propertyOf(d) == "add") {
				if c, ok := target(d.X); ok {
					r.hold(c, name)
				}
			}
		}
	}
}

// tests reports whether a call only asks something of its argument.
func tests(call *js.CallExpr) bool {
	switch f := call.X.(type) {
	case *js.Var:
		return string(f.Data) == "Boolean"
	case *js.DotExpr:
		return slices.Contains([]string{"includes", "has", "test", "isNaN", "isInteger", "isFinite"}, propertyOf(f))
	}
	return false
}

func compares(op js.TokenType) bool {
	switch op {
	case js.EqEqToken, js.EqEqEqToken, js.NotEqToken, js.NotEqEqToken, js.LtToken, js.LtEqToken, js.GtToken, js.GtEqToken,
		js.InToken, js.InstanceofToken:
		return true
	}
	return false
}

// target returns the place that an expression assigns to or reads.
func target(e js.INode) (carrier, bool) {
	path := ""
	for range maxDeep {
		switch n := e.(type) {
		case *js.GroupExpr:
			e = n.X
		case *js.Var:
			return carrier{root(n), path}, true
		case *js.LiteralExpr:
			return carrier{nil, path}, n.TokenType == js.ThisToken
		case *js.DotExpr:
			name := propertyOf(n)
			if y, ok := n.Y.(*js.Var); ok {
				name = string(y.Data)
			}
			e, path = n.X, "."+name+path
		default:
			return carrier{}, false
		}
	}
	return carrier{}, false
}

func fieldName(n *js.ClassElementName) string {
	if n.Private != nil {
		return string(n.Private.Data)
	}
	return nameOf(&n.PropertyName)
}

// guard is the third pass: the variables for whose absence the program stops, and
// what else holds their values.
func (r *reading) guard(w *walk, n js.INode) {
	if len(r.program.Env) == 0 {
		return
	}
	switch n := n.(type) {
	case *js.BindingElement:
		if v, ok := n.Binding.(*js.Var); ok && n.Default != nil {
			r.derive(carrier{variable: root(v)}, n.Default)
		}
	case *js.IfStmt:
		r.testedIn(n, n.Cond)
	case *js.CondExpr:
		r.testedIn(n, n.Cond)
	case *js.SwitchStmt:
		r.testedIn(n, n.Init)
	case *js.BinaryExpr:
		switch {
		case logical(n.Op):
			if !r.failing[n] && r.fallsTo(n.Y) {
				r.failing[n] = true
			}
			r.testedIn(n, n.X)
		case n.Op == js.EqToken:
			if c, ok := target(n.X); ok {
				r.derive(c, n.Y)
			}
		}
	case *js.CallExpr:
		if r.validates(n) {
			for i := range n.Args.List {
				r.mention(n.Args.List[i].Value, func(name string) { r.first("tested " + name) })
			}
		}
	}
}

// fallsTo reports whether an expression is the call of a function that throws.
func (r *reading) fallsTo(e js.IExpr) bool {
	call, ok := ungroup(e).(*js.CallExpr)
	if !ok {
		return false
	}
	if v, ok := call.X.(*js.Var); ok && r.throws[root(v)] {
		return true
	}
	return r.ends(call)
}

// testedIn notes the variables in the condition of a node with a branch that fails.
func (r *reading) testedIn(n js.INode, cond js.IExpr) {
	if s, ok := n.(*js.IfStmt); ok && !r.failing[n] {
		r.failing[n] = r.callsFailure(s.Body) || s.Else != nil && r.callsFailure(s.Else)
	}
	if r.failing[n] {
		r.mention(cond, func(name string) { r.first("tested " + name) })
	}
}

// callsFailure reports whether a statement begins with the call of a function that
// throws, or returns one.
func (r *reading) callsFailure(s js.IStmt) bool {
	if b, ok := s.(*js.BlockStmt); ok {
		return slices.ContainsFunc(b.List[:min(len(b.List), 20)], r.callsFailure)
	}
	switch s := s.(type) {
	case *js.ExprStmt:
		return r.fallsTo(s.Value)
	case *js.ReturnStmt:
		return s.Value != nil && r.fallsTo(s.Value)
	}
	return false
}

// derive notes that a place holds what an expression is made of.
func (r *reading) derive(c carrier, from js.IExpr) {
	switch ungroup(from).(type) {
	case *js.ArrowFunc, *js.FuncDecl, *js.ClassDecl, *js.ObjectExpr:
		return
	}
	var names []string
	r.mention(from, func(name string) { names = append(names, name) })
	for _, name := range names {
		r.hold(c, name)
	}
}

// mention yields the variables whose values stand in an expression.
func (r *reading) mention(e js.IExpr, found func(name string)) {
	if e == nil {
		return
	}
	left := maxMentioned
	js.Walk(&walk{enter: func(w *walk, n js.INode) {
		if left--; left < 0 {
			w.done = true
			return
		}
		switch n := n.(type) {
		case *js.Var, *js.DotExpr:
			if c, ok := target(n); ok {
				for name := range r.carriers[c] {
					found(name)
				}
			}
			if d, ok := n.(*js.DotExpr); ok && isEnvironment(r.value(d.X)) && r.value(d.X) != denoEnv {
				found(propertyOf(d))
			}
		case *js.IndexExpr:
			if isEnvironment(r.value(n.X)) {
				if name, ok := r.constant(n.Y); ok {
					found(name)
				} else if v, ok := ungroup(n.Y).(*js.Var); ok {
					names, _ := r.listed(r.loops[root(v)], 0)
					for _, n := range names {
						found(n.name)
					}
				}
			}
		case *js.CallExpr:
			if len(n.Args.List) > 0 && strings.HasPrefix(r.value(n.X), denoEnv+".") {
				if name, ok := r.constant(n.Args.List[0].Value); ok {
					found(name)
				}
			}
		case *js.BinaryExpr:
			if n.Op == js.InToken && isEnvironment(r.value(n.Y)) {
				if name, ok := r.constant(n.X); ok {
					found(name)
				}
			}
		}
	}}, e)
}

const maxMentioned = 2000 // nodes of one condition that are looked at

func isEnvironment(w string) bool { return w == theEnvironment || w == metaEnv || w == denoEnv }

// sortedNames returns the keys of a set that begin with a prefix, without it.
func sortedNames(set map[string]bool, prefix string) []string {
	var names []string
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			names = append(names, name)
		}
	}
	return names
}
