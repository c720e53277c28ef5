package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// givenLater are the files with an http.Client whose transport is set elsewhere,
// and where.
var givenLater = map[string]string{"internal/cli/voice.go": "action.Runner.Use, called by gate.connect"}

// TestOneWayOut reads the source of the binary: nothing reaches the network but
// through the transport of internal/web, which tells of each request, and nothing
// is printed but through display.Printer, or as a result on standard output.
func TestOneWayOut(t *testing.T) {
	clients := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (path == "build" || d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")) {
			if d != nil && d.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			slices.ContainsFunc(apart, func(dir string) bool { return within(room, dir) }) {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			why := ""
			switch n := n.(type) {
			case *ast.SelectorExpr:
				why = wayOut(room, dotted(n))
			case *ast.CompositeLit:
				if n.Type != nil && dotted(n.Type) == "http.Client" {
					clients++
					why = clientWithout(filepath.ToSlash(path), n)
				}
			case *ast.CallExpr:
				if to := dotted(n.Fun); (strings.HasPrefix(to, "fmt.Fprint") || to == "io.WriteString") && len(n.Args) > 0 &&
					strings.HasSuffix(dotted(n.Args[0]), ".Stderr") {
					why = "a message is printed by display.Printer, which escapes it"
				}
			}
			if why != "" {
				t.Errorf("%s: %s", set.Position(n.Pos()), why)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if clients < 8 {
		t.Errorf("%d clients found, that cannot be all", clients)
	}
}

// wayOut says why a name may not be used in a room; "": it may.
func wayOut(room, name string) string {
	switch name {
	case "http.DefaultClient", "http.DefaultTransport", "http.Get", "http.Post", "http.PostForm", "http.Head":
		return name + " takes a proxy from the environment, and nobody sees its requests"
	case "http.Transport":
		if room != "internal/web" {
			return "a transport is made by web.NewTransport"
		}
	case "os.Stdout", "os.Stderr":
		if room != "." {
			return "the streams come from cli.Process"
		}
	case "fmt.Print", "fmt.Printf", "fmt.Println", "log.Print", "log.Printf", "log.Println":
		return name + " prints what nobody escaped"
	}
	return ""
}

// clientWithout says that a client gets no transport; "": it gets one.
func clientWithout(path string, made *ast.CompositeLit) string {
	for _, e := range made.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && dotted(kv.Key) == "Transport" {
			return ""
		}
	}
	if givenLater[path] != "" {
		return ""
	}
	return "an http.Client without a transport uses Go's, whose requests nobody sees"
}

// dotted returns a name, "http.Client", or "" for what is none.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if of := dotted(e.X); of != "" {
			return of + "." + e.Sel.Name
		}
	}
	return ""
}
