package main

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What all packages may allocate before main runs, in bytes: ours, and with the
// libraries. Each run of the program pays for it, even one that prints a version.
// What is not needed by all runs is made at its first use: sync.OnceValue, and
// pattern.New for expressions.
const (
	maxOurStart = 64 << 10
	maxAllStart = 2600 << 10
)

// testsOnly are packages of the test binary that are not in the program: these
// tests themselves, their servers, and a library that checks schemas.
var testsOnly = regexp.MustCompile("^(" + strings.TrimSuffix(module, "/") + "(/internal/testserver/.*)?|github.com/santhosh-tekuri/.*)$")

// initLine is a line of GODEBUG=inittrace=1: package, bytes.
var initLine = regexp.MustCompile(`(?m)^init (\S+) @.*, (\d+) bytes, \d+ allocs$`)

// TestStart holds what is done before main: it counts bytes, which do not depend
// on the machine as times do.
func TestStart(t *testing.T) {
	cmd := publishgate(t, "version")
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("version: %v\n%s", err, out)
	}
	type made struct {
		name  string
		bytes int
	}
	var all, ours []made
	for _, m := range initLine.FindAllStringSubmatch(string(out), -1) {
		bytes, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		p := made{m[1], bytes}
		if testsOnly.MatchString(p.name) {
			continue
		}
		if strings.HasPrefix(p.name, module) {
			ours = append(ours, p)
		}
		all = append(all, p)
	}
	if len(ours) < 5 || len(all) < 100 {
		t.Fatalf("%d packages, %d of them ours: that cannot be all", len(all), len(ours))
	}
	for _, c := range []struct {
		whose string
		made  []made
		most  int
	}{{"our packages", ours, maxOurStart}, {"all packages", all, maxAllStart}} {
		sum := 0
		for _, p := range c.made {
			sum += p.bytes
		}
		slices.SortFunc(c.made, func(a, b made) int { return b.bytes - a.bytes })
		t.Logf("%s allocate %d bytes before main", c.whose, sum)
		if sum > c.most {
			t.Errorf("%s allocate %d bytes before main, at most %d are expected; the most: %v", c.whose, sum, c.most, c.made[:5])
		}
	}
}

// TestPatterns compiles each expression of pattern.New, which the program
// compiles only when it needs it.
func TestPatterns(t *testing.T) {
	found := 0
	err := filepath.WalkDir("internal", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "testdata" || d.Name() == "testserver" {
			return filepath.SkipDir
		}
		found += compile(t, dir)
		return nil
	})
	if err != nil || found < 100 {
		t.Errorf("%d expressions found, %v: that cannot be all", found, err)
	}
}

// compile compiles the expressions of one folder and returns their number. Types
// are looked at for the constants that an expression is put together from.
func compile(t *testing.T, dir string) int {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set, texts := token.NewFileSet(), map[ast.Expr]types.TypeAndValue{}
	var files []*ast.File
	var calls []*ast.CallExpr
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && types.ExprString(call.Fun) == "pattern.New" {
				calls = append(calls, call)
			}
			return true
		})
	}
	if len(calls) == 0 {
		return 0
	}
	// Imports are not followed, so there are errors, but none in a constant.
	config := types.Config{Error: func(error) {}}
	_, _ = config.Check(dir, set, files, &types.Info{Types: texts})
	for _, call := range calls {
		text := texts[call.Args[0]].Value
		if text == nil {
			t.Errorf("%s: the expression is no constant", set.Position(call.Pos()))
		} else if _, err := regexp.Compile(constant.StringVal(text)); err != nil {
			t.Errorf("%s: %v", set.Position(call.Pos()), err)
		}
	}
	return len(calls)
}
