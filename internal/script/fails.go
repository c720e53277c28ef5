package script

import (
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"github.com/publishgate/publishgate/internal/pattern"
)

// ends reports whether a call ends the program or the work.
func (r *reading) ends(call *js.CallExpr) bool {
	name := ""
	switch f := call.X.(type) {
	case *js.Var:
		name = asString(f.Data)
	case *js.DotExpr:
		name = propertyOf(f)
	}
	if name == "exit" {
		w := r.value(call.X)
		return w == "process.exit" || w == "Deno.exit"
	}
	return failing[name] || strings.HasPrefix(name, "throw")
}

// failing are names of functions that only report failure.
var failing = map[string]bool{"fail": true, "panic": true, "die": true, "fatal": true, "bail": true, "raise": true, "reject": true,
	"abort": true}

// asserting are names of functions that fail if their argument is not as it
// should be.
var asserting = pattern.New(`(?i)^(assert|invariant|ensure|must|require|validate|verify|expect|demand|need|` +
	`check(env|required|defined|present|exists))`)

// fails notes that the program fails at a node: the nearest condition around it
// decides whether it does, and the function around it is one that may.
func (r *reading) fails(w *walk, n js.INode) {
	child, conditional := n, false
	for i := range w.above {
		above := w.up(i)
		switch a := above.(type) {
		case *js.IfStmt:
			if !conditional && child != a.Cond {
				if r.failing[a] {
					return
				}
				r.failing[a], conditional = true, true
			}
		case *js.CondExpr:
			if !conditional && child != a.Cond {
				r.failing[a], conditional = true, true
			}
		case *js.BinaryExpr:
			if logical(a.Op) && !conditional && child == a.Y {
				r.failing[a], conditional = true, true
			}
		case *js.SwitchStmt:
			if !conditional {
				r.failing[a], conditional = true, true
			}
		case *js.BlockStmt:
			if !conditional {
				if r.failing[a] {
					return // as for the failure before in this block
				}
				r.failing[a] = true
			}
		case *js.FuncDecl:
			if called(w, i) {
				break
			}
			if a.Name != nil {
				r.throws[root(a.Name)] = true
			}
			r.namedBy(w.up(i + 1))
			return
		case *js.ArrowFunc:
			if called(w, i) {
				break
			}
			r.namedBy(w.up(i + 1))
			return
		case *js.MethodDecl, *js.ClassDecl:
			return
		}
		child = above
	}
}

// called reports whether the function, which is i nodes up, is called where it
// stands: (() => { throw … })().
func called(w *walk, i int) bool {
	if _, ok := w.up(i + 1).(*js.GroupExpr); ok {
		_, ok = w.up(i + 2).(*js.CallExpr)
		return ok
	}
	return false
}

// namedBy notes that the function that is assigned in n throws.
func (r *reading) namedBy(n js.INode) {
	switch n := n.(type) {
	case *js.BindingElement:
		if v, ok := n.Binding.(*js.Var); ok {
			r.throws[root(v)] = true
		}
	case *js.BinaryExpr:
		if v, ok := n.X.(*js.Var); ok && n.Op == js.EqToken {
			r.throws[root(v)] = true
		}
	}
}

// failsBehind notes the conditions right before a throw that spare it:
// `if (key) return key; throw …`.
func (r *reading) failsBehind(list []js.IStmt) {
	for i := 1; i < len(list); i++ {
		if _, ok := list[i].(*js.ThrowStmt); ok {
			if before, ok := list[i-1].(*js.IfStmt); ok && returns(before.Body) {
				r.failing[before] = true
			}
		}
	}
}

// returns reports whether a statement ends with a return.
func returns(s js.IStmt) bool {
	if b, ok := s.(*js.BlockStmt); ok {
		if len(b.List) == 0 {
			return false
		}
		s = b.List[len(b.List)-1]
	}
	_, ok := s.(*js.ReturnStmt)
	return ok
}

func logical(op js.TokenType) bool {
	return op == js.OrToken || op == js.AndToken || op == js.NullishToken
}

// validates reports whether a call refuses arguments that are not as they should
// be.
func (r *reading) validates(n *js.CallExpr) bool {
	name := ""
	switch x := ungroup(n.X).(type) {
	case *js.Var:
		if name = asString(x.Data); r.throws[root(x)] {
			return true
		}
	case *js.DotExpr:
		if name = propertyOf(x); r.value(x.X) == "console" {
			return false
		}
	}
	if name != requireCall && asserting.MatchString(name) {
		return true
	}
	w := r.value(n.X)
	if _, export, ok := strings.Cut(w, "#"); ok && asserting.MatchString(export) || strings.HasPrefix(w, moduleRoot+"assert") {
		return true
	}
	budget := maxSteps
	return r.schema(n.X, &budget)
}
