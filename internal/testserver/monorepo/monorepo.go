// Package monorepo makes workspaces of many small packages, for tests: each member
// needs some packages that all need, some of its own, and members before it.
package monorepo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Workspace says how large one is.
type Workspace struct {
	Members int
	Shared  int // packages that every member needs
	Own     int // packages that each member needs alone
	Links   int // members before it that each member needs, at most
}

// Name returns the name of a member, counted from 0.
func Name(i int) string { return fmt.Sprintf("@acme/m%03d", i) }

// Folder returns the folder of a member.
func Folder(i int) string { return fmt.Sprintf("packages/m%03d", i) }

// sum is the checksum that every locked package has.
const sum = "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="

// needs returns the packages that a member asks for, without members.
func (w Workspace) needs(i int) (names []string) {
	for k := range w.Shared {
		names = append(names, fmt.Sprintf("shared-%d", k))
	}
	for k := range w.Own {
		names = append(names, fmt.Sprintf("own-%d-%d", i, k))
	}
	return names
}

// links returns the members that a member asks for.
func (w Workspace) links(i int) (members []int) {
	for k := 2; k < w.Links+2 && i/k > 0; k++ { // a chain of them is short
		members = append(members, i/k)
	}
	return slices.Compact(members)
}

// below returns the package that a package needs; "": none.
func below(name string) string {
	if strings.HasSuffix(name, "-below") {
		return ""
	}
	return name + "-below"
}

// all returns every package of the lockfile.
func (w Workspace) all() (names []string) {
	add := func(name string) { names = append(names, name, below(name)) }
	for k := range w.Shared {
		add(fmt.Sprintf("shared-%d", k))
	}
	for i := range w.Members {
		for k := range w.Own {
			add(fmt.Sprintf("own-%d-%d", i, k))
		}
	}
	return names
}

// Write makes the workspace of a manager in a folder: "npm", "pnpm", "yarn" or "bun".
func (w Workspace) Write(dir, manager string) error {
	root := `{"name": "mono", "private": true, "workspaces": ["packages/*"]}` + "\n"
	files := map[string]string{"package.json": root}
	switch manager {
	case "pnpm":
		files["package.json"] = `{"name": "mono", "private": true, "packageManager": "pnpm@10.0.0"}` + "\n"
		files["pnpm-workspace.yaml"], files["pnpm-lock.yaml"] = "packages: [\"packages/*\"]\n", w.pnpm()
	case "npm":
		files["package-lock.json"] = w.npm()
	case "yarn":
		files["yarn.lock"] = w.yarn()
	case "bun":
		files["bun.lock"] = w.bun()
	}
	for i := range w.Members {
		var deps []string
		for _, k := range w.links(i) {
			deps = append(deps, fmt.Sprintf("    %q: \"^1.0.0\"", Name(k)))
		}
		for _, name := range w.needs(i) {
			deps = append(deps, fmt.Sprintf("    %q: \"^1.0.0\"", name))
		}
		files[Folder(i)+"/package.json"] = fmt.Sprintf("{\n  \"name\": %q,\n  \"version\": \"1.0.0\",\n  \"license\": \"MIT\",\n"+
			"  \"main\": \"index.js\",\n  \"dependencies\": {\n%s\n  }\n}\n", Name(i), strings.Join(deps, ",\n"))
		files[Folder(i)+"/index.js"] = fmt.Sprintf("'use strict'\nmodule.exports = function add%d (a, b) {\n  return a + b + %d\n}\n", i, i)
		files[Folder(i)+"/README.md"] = "# " + Name(i) + "\n"
		files[Folder(i)+"/LICENSE"] = "MIT License\n"
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
