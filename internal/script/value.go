package script

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// What an expression stands for is written as a path: "process.env",
// "module:openai", "require", "Promise.reject". "" is nothing that is known. Bun's
// environment is that of the process, and a module's default export is the
// module.
const (
	theProcess     = "process"
	theEnvironment = "process.env"
	metaEnv        = "import.meta.env"
	denoEnv        = "Deno.env"
	moduleRoot     = "module:"
	requireCall    = "require"
)

// How far an expression is followed: within others, and at all.
const (
	maxDeep  = 40
	maxSteps = 1000
)

const globalObject = "globalThis"

// roots are the names of globals that matter here, with what they stand for.
var roots = func() map[string]string {
	m := map[string]string{"window": globalObject, "self": globalObject, "global": globalObject, "__non_webpack_require__": requireCall}
	for _, name := range slices.Concat(actors, []string{globalObject, theProcess, requireCall, "module", "Promise", "Object", "Reflect",
		"navigator", "define", "console", "Function", "undefined", "Boolean"}) {
		m[name] = name
	}
	return m
}()

// root follows the links that the parser set when it found a declaration.
func root(v *js.Var) *js.Var {
	for v.Link != nil {
		v = v.Link
	}
	return v
}

// value returns what an expression stands for.
func (r *reading) value(e js.INode) string {
	r.steps = 0
	return r.what(e, 0)
}

// what is value within an expression.
func (r *reading) what(e js.INode, deep int) string {
	if r.steps++; deep > maxDeep || r.steps > maxSteps {
		return ""
	}
	deep++
	switch e := e.(type) {
	case *js.Var:
		return r.whatVar(root(e), deep)
	case *js.GroupExpr:
		return r.what(e.X, deep)
	case *js.DotExpr:
		if name := propertyOf(e); name != "" {
			return r.memberOf(e.X, name, deep)
		}
	case *js.IndexExpr:
		if name, ok := r.constant(e.Y); ok {
			return r.memberOf(e.X, name, deep)
		}
	case *js.BinaryExpr:
		switch e.Op {
		case js.OrToken, js.NullishToken, js.AndToken:
			if w := r.what(e.X, deep); w != "" && e.Op != js.AndToken {
				return w
			}
			return r.what(e.Y, deep)
		case js.EqToken:
			return r.what(e.Y, deep)
		}
	case *js.CondExpr:
		if w := r.what(e.X, deep); w != "" && w != "undefined" {
			return w
		}
		return r.what(e.Y, deep)
	case *js.CommaExpr:
		return r.what(e.List[len(e.List)-1], deep)
	case *js.UnaryExpr:
		if e.Op == js.AwaitToken {
			return r.what(e.X, deep)
		}
	case *js.ImportMetaExpr:
		return "import.meta"
	case *js.CallExpr:
		return r.whatCall(e, deep)
	}
	return ""
}

func (r *reading) whatVar(v *js.Var, deep int) string {
	if v.Decl == js.NoDecl {
		name := asString(v.Data)
		if strings.IndexByte(name, '\\') >= 0 {
			name = decode(v.Data)
		}
		if w, ok := r.imports[name]; ok {
			return w
		}
		return roots[name]
	}
	if w, ok := r.memo[v]; ok {
		return w
	}
	r.memo[v] = "" // of itself
	w := ""
	switch p, isPart := r.parts[v]; {
	case isPart:
		w = r.memberOf(p.from, p.key, deep)
	case string(v.Data) == "__require":
		w = requireCall
	default:
		for _, init := range r.inits[v] {
			if w = r.what(init, deep); w == "undefined" {
				w = ""
			}
			if w != "" {
				break
			}
		}
	}
	r.memo[v] = w
	return w
}

// memberOf returns what a property of an expression stands for.
func (r *reading) memberOf(of js.IExpr, name string, deep int) string {
	if v, ok := of.(*js.Var); ok && deep <= maxDeep {
		for _, init := range r.inits[root(v)] {
			if o, ok := init.(*js.ObjectExpr); ok {
				if p := r.propertiesOf(o)[name]; p != nil {
					w, known := r.properties[p]
					if !known {
						r.properties[p] = "" // of itself
						w = r.what(p, deep+1)
						r.properties[p] = w
					}
					return w
				}
			}
		}
	}
	return member(r.what(of, deep), name)
}

// propertiesOf returns the properties of an object literal.
func (r *reading) propertiesOf(o *js.ObjectExpr) map[string]js.IExpr {
	if all, ok := r.objects[o]; ok {
		return all
	}
	all := map[string]js.IExpr{}
	for i := range o.List {
		if p := &o.List[i]; p.Name != nil && !p.Name.IsComputed() {
			switch p.Value.(type) {
			case *js.Var, *js.DotExpr, *js.IndexExpr, *js.GroupExpr, *js.CallExpr, *js.BinaryExpr, *js.CondExpr:
				all[nameOf(p.Name)] = p.Value
			}
		}
	}
	r.objects[o] = all
	return all
}

// member returns what a property of what w stands for does.
func member(w, name string) string {
	switch {
	case w == "" || len(w) > 200:
		return ""
	case w == globalObject:
		return name
	case name == "default" && (w == theProcess || strings.HasPrefix(w, moduleRoot)):
		return w
	case w == "Bun" && name == "env":
		return theEnvironment
	case w == "module" && name == "require":
		return requireCall
	case strings.HasPrefix(w, moduleRoot):
		return w + "#" + name
	}
	return w + "." + name
}

// whatCall returns what a call returns.
func (r *reading) whatCall(e *js.CallExpr, deep int) string {
	if called, ok := ungroup(e.X).(*js.ArrowFunc); ok && len(called.Body.List) == 1 {
		if back, ok := called.Body.List[0].(*js.ReturnStmt); ok && back.Value != nil {
			return r.what(back.Value, deep)
		}
	}
	if len(e.Args.List) == 0 {
		return ""
	}
	first := e.Args.List[0].Value
	switch w := r.what(e.X, deep); {
	case r.loads(e.X, w):
		if name, ok := r.constant(first); ok {
			return moduleValue(name)
		}
	case w == moduleRoot+"module#createRequire":
		return requireCall
	default: // a compiler's helper: __importDefault(require("x"))
		_, plain := e.X.(*js.Var)
		if inner, ok := ungroup(first).(*js.CallExpr); plain && ok && r.loads(inner.X, r.what(inner.X, deep)) {
			return r.what(inner, deep)
		}
	}
	return ""
}

// loads reports whether a call of a function, which stands for w, returns the
// module that its argument names.
func (r *reading) loads(f js.IExpr, w string) bool {
	return isImport(f) || w == requireCall || w == "process.getBuiltinModule" || w == "import.meta.require"
}

// isImport reports whether f is the import of import("x").
func isImport(f js.IExpr) bool {
	l, ok := f.(*js.LiteralExpr)
	return ok && l.TokenType == js.ImportToken
}

// moduleValue returns what a module stands for.
func moduleValue(name string) string {
	name = strings.TrimPrefix(name, "node:")
	if name == "process" {
		return theProcess
	}
	return moduleRoot + name
}

func ungroup(e js.IExpr) js.IExpr {
	for {
		g, ok := e.(*js.GroupExpr)
		if !ok {
			return e
		}
		e = g.X
	}
}

// nameOf returns the name of a property that is not computed.
func nameOf(p *js.PropertyName) string {
	if p.Literal.TokenType == js.StringToken && len(p.Literal.Data) > 1 {
		return decode(p.Literal.Data[1 : len(p.Literal.Data)-1])
	}
	return string(p.Literal.Data)
}
