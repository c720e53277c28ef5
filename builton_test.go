package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// builtOn is a row of the table in CONTRIBUTING.md: package, file, line, file,
// line again, what it does, the test, the test's room.
var builtOn = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\[([^]:]+):(\\d+)\\]\\(([^)#]+)#L(\\d+)\\) \\| (.+) \\| " +
	"`(Test\\w+)` in (\\S+) \\|$")

// TestBuiltOn holds the table of the libraries that we build on against the
// code that goes into the binary: each is imported there, its room uses
// what the table names, and the test that would go red is there.
func TestBuiltOn(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := builtOn.FindAllStringSubmatch(string(text), -1)
	if len(rows) != 7 {
		t.Fatalf("%d rows read, the table has 7", len(rows))
	}
	for _, row := range rows {
		library, file, line, does, test, room := row[1], row[2], row[3], row[6], row[7], row[8]
		at := importedAt(t, file, library)
		switch {
		case at == 0:
			t.Errorf("%s does not import %s", file, library)
		case *update:
			moved := strings.ReplaceAll(row[0], ":"+line+"]", fmt.Sprintf(":%d]", at))
			moved = strings.ReplaceAll(moved, "#L"+line+")", fmt.Sprintf("#L%d)", at))
			text = []byte(strings.Replace(string(text), row[0], moved, 1))
		case far(line, at) || row[4] != file || row[5] != line:
			t.Errorf("CONTRIBUTING.md has %s at line %s of %s, it is at line %d: run go test . -run TestBuiltOn -update", library, line, file, at)
		}
		if filepath.Dir(file) != room {
			t.Errorf("%s is not in the room %s of its test", file, room)
		}
		used := usedIn(t, room)
		names := regexp.MustCompile("`([a-z]+\\.[A-Z]\\w+)`").FindAllStringSubmatch(does, -1)
		if len(names) < 2 {
			t.Errorf("%s: the table names %d uses", library, len(names))
		}
		for _, name := range names {
			if !used[name[1]] {
				t.Errorf("%s no longer uses %s", room, name[1])
			}
		}
		if tests, err := filepath.Glob(filepath.Join(room, "*_test.go")); err != nil || !declares(t, tests, test) {
			t.Errorf("%s has no %s (%v)", room, test, err)
		}
	}
	if *update {
		if err := os.WriteFile("CONTRIBUTING.md", text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// far reports whether a line of the table is not within sight of the import: one
// import more or less above it is no reason to write the table anew.
func far(line string, at int) bool {
	n, err := strconv.Atoi(line)
	return err != nil || n-at > 10 || at-n > 10
}

// importedAt returns the line at which a file imports a package, 0 if it does not.
func importedAt(t *testing.T, file, imported string) int {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == imported {
			return set.Position(spec.Pos()).Line
		}
	}
	return 0
}

// usedIn returns what the code of a room uses of others, as package.Name.
func usedIn(t *testing.T, room string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(room, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no code in %s: %v", room, err)
	}
	used := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					used[x.Name+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return used
}

// declares reports whether one of the files declares a function.
func declares(t *testing.T, files []string, name string) bool {
	t.Helper()
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
				return true
			}
		}
	}
	return false
}
