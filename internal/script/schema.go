package script

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// validators are libraries whose schemas refuse what is not as they say.
var validators = []string{"zod", "joi", "@hapi/joi", "valibot", "yup", "superstruct", "arktype", "ajv", "envalid", "convict",
	"runtypes", "io-ts", "@sinclair/typebox", "typebox", "@effect/schema", "effect", "@t3-oss/env-core", "@t3-oss/env-nextjs",
	"myzod", "znv", "env-schema", "ow", "class-validator"}

// schema reports whether a function comes from a library of schemas, or is a
// method of what does.
func (r *reading) schema(e js.INode, budget *int) bool {
	if *budget--; *budget < 0 {
		return false
	}
	switch e := e.(type) {
	case *js.GroupExpr:
		return r.schema(e.X, budget)
	case *js.DotExpr:
		return r.schema(e.X, budget)
	case *js.CallExpr:
		return r.schema(e.X, budget)
	case *js.NewExpr:
		return r.schema(e.X, budget)
	case *js.Var:
		w := r.value(e)
		if name, ok := strings.CutPrefix(w, moduleRoot); ok {
			name, _, _ = strings.Cut(name, "#")
			for _, known := range validators {
				if name == known || strings.HasPrefix(name, known+"/") {
					return true
				}
			}
		}
		for _, init := range r.inits[root(e)] {
			if r.schema(init, budget) {
				return true
			}
		}
	}
	return false
}

// checks reports whether a call checks what it is given against a schema.
func (r *reading) checks(call *js.CallExpr) bool {
	budget := maxSteps
	return r.schema(call.X, &budget)
}

// schemaNames returns the keys of the schema that a call checks the environment
// with: cleanEnv(process.env, {A: str()}), z.object({A: z.string()}).parse(…).
func (r *reading) schemaNames(call *js.CallExpr) (names []string) {
	add := func(o *js.ObjectExpr) {
		for i := range o.List {
			if p := &o.List[i]; p.Name != nil && !p.Name.IsComputed() {
				names = append(names, nameOf(p.Name))
			}
		}
	}
	var look func(e js.INode, deep int)
	look = func(e js.INode, deep int) {
		if deep > 12 {
			return
		}
		switch e := e.(type) {
		case *js.GroupExpr:
			look(e.X, deep+1)
		case *js.ObjectExpr:
			add(e)
		case *js.Var:
			for _, init := range r.inits[root(e)] {
				look(init, deep+1)
			}
		case *js.CallExpr:
			look(e.X, deep+1)
			for i := range e.Args.List {
				look(e.Args.List[i].Value, deep+1)
			}
		case *js.DotExpr:
			look(e.X, deep+1)
		}
	}
	look(call, 0)
	slices.Sort(names)
	return slices.Compact(names)
}
