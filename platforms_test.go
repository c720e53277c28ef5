package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPathsHaveSlashes reads the source of the binary: what filepath.Rel returns has
// backslashes on Windows, so it is made one of slashes, or used as a path of the
// system and nothing else. A lockfile, a tarball, git and GitHub know slashes alone.
func TestPathsHaveSlashes(t *testing.T) {
	found := 0
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			slices.ContainsFunc(apart, func(dir string) bool { return within(filepath.ToSlash(filepath.Dir(path)), dir) }) {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			var called []string
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					called = append(called, dotted(call.Fun))
				}
				return true
			})
			if !slices.Contains(called, "filepath.Rel") {
				continue
			}
			found++
			if !slices.ContainsFunc([]string{"filepath.ToSlash", "filepath.IsLocal", "filepath.FromSlash"}, func(name string) bool {
				return slices.Contains(called, name)
			}) {
				t.Errorf("%s: what filepath.Rel returns has backslashes on Windows: filepath.ToSlash", set.Position(decl.Pos()))
			}
		}
		return nil
	})
	if err != nil || found < 10 {
		t.Fatalf("%d functions with filepath.Rel, %v: that cannot be all", found, err)
	}
}

// TestCarriageReturns judges packages whose texts have the line ends that git gives
// them in a checkout on Windows: the judgement is the same.
func TestCarriageReturns(t *testing.T) {
	for _, name := range []string{"status-page", "status-page-leaky"} {
		before := ""
		for _, ends := range []string{"\n", "\r\n"} {
			dir, out := filepath.Join(t.TempDir(), name), t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/packages", name))); err != nil {
				t.Fatal(err)
			}
			err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() {
					return err
				}
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				return os.WriteFile(path, bytes.ReplaceAll(text, []byte("\n"), []byte(ends)), 0o644)
			})
			if err != nil {
				t.Fatal(err)
			}
			code, said := runCLI([]string{"-offline", "-out", out, dir})
			var verdict struct {
				Result string
				Counts map[string]any
			}
			if err := json.Unmarshal(read(t, out, "verdict.json"), &verdict); err != nil {
				t.Fatalf("exit %d, %v\n%s", code, err, said)
			}
			counts, err := json.Marshal(verdict)
			if err != nil {
				t.Fatal(err)
			}
			if ends == "\n" {
				before = string(counts)
			} else if string(counts) != before {
				t.Errorf("%s: %s, and with carriage returns %s\n%s", name, before, counts, said)
			}
		}
	}
}
