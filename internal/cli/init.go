package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/migrate"
	"github.com/publishgate/publishgate/internal/starter"
)

// initOptions are the flags of init.
func initOptions() []option {
	return []option{
		{name: "policy", arg: "NAME", def: starter.Minimal, does: "what to begin with: " + strings.Join(starter.Bases(), ", ")},
		{name: "owner", arg: "NAME", does: "who answers for the exceptions of ignore lists that are imported; without it they are " +
			"marked as unassigned"},
		{name: "dry-run", def: "false", does: "print what would be written, and write nothing"},
	}
}

// runInit writes a starter policy and a workflow, made from what is there. All of
// it is written, or nothing; no file is overwritten.
func runInit(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, initOptions())
	s := &settings{values: v, known: slices.Concat(initOptions(), named("out")), mistakes: mistakes}
	base, dry := s.word("policy", starter.Bases()...), s.truth("dry-run")
	w := gate.Where{Dir: s.folder(dirs), Out: s.text("out")}
	o := migrate.Options{Owner: s.text("owner"), Now: p.Now()}
	if err := s.usage(); err != nil {
		return err
	}
	found, err := gate.Look(ctx, w, starter.Scope(base), p.Now().UTC())
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(found.Root)
	if err != nil {
		return fmt.Errorf("open %s: %w", w.Dir, disk.Cause(err))
	}
	defer root.Close()
	notes := importLists(root, found, o)
	files, err := starter.Files(found.Facts, base)
	if err != nil {
		return err
	}
	say := &display.Printer{Out: p.Stdout}
	if dry {
		for _, f := range files {
			say.Printf("# %s", f.Path)
			if _, err := p.Stdout.Write(append(f.Data, '\n')); err != nil {
				return fmt.Errorf("write to standard output: %w", err)
			}
		}
		return nil
	}
	if err := writeNew(root, files); err != nil {
		return err
	}
	at := shownIn{w.Dir, found.Folder}
	for _, f := range files {
		say.Printf("wrote %s", at.file(f.Path))
	}
	for _, note := range append(notes, found.Unknown...) {
		say.Printf("note: %s", note)
	}
	for i, step := range nextSteps(found, base, at) {
		say.Printf("%d. %s", i+1, step)
	}
	return nil
}

// importLists converts the ignore lists of other tools that were found. It
// returns what could not be converted.
func importLists(root *os.Root, found *gate.Survey, o migrate.Options) (notes []string) {
	for _, name := range found.Names {
		format, known := migrate.Find("", name)
		if !known {
			continue
		}
		data, err := disk.Read(root, name, migrate.MaxBytes)
		if err == nil {
			o.File = name
			var r migrate.Result
			if r, err = format.Convert(data, o); err == nil {
				if r.Converted > 0 {
					found.Imported = append(found.Imported, starter.Ignored{File: name, YAML: r.YAML})
				}
				for _, n := range r.Notes {
					notes = append(notes, fmt.Sprintf("%s:%d: %s", name, n.Line, n))
				}
			}
		}
		if err != nil && !errors.Is(err, migrate.ErrNothing) {
			notes = append(notes, fmt.Sprintf("%s was not imported: %s", name, err))
		}
	}
	return notes
}

// writeNew writes files that must not be there yet: all of them, or none.
func writeNew(root *os.Root, files []starter.File) (err error) {
	var there []string
	for _, f := range files {
		if err := free(root, f.Path); err != nil {
			there = append(there, err.Error())
		}
	}
	if len(there) > 0 {
		return &UsageError{append(there, "nothing was written")}
	}
	var made []string // what to take back, in order
	defer func() {
		for _, name := range slices.Backward(made) {
			if err != nil {
				_ = root.Remove(name)
			}
		}
	}()
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if _, err := root.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
				made = append(made, dir)
			}
		}
		slices.SortStableFunc(made, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
		if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
			return cannotWrite(f.Path, err)
		}
		file, err := root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return cannotWrite(f.Path, err)
		}
		made = append(made, f.Path)
		_, err = file.Write(f.Data)
		if err := errors.Join(err, file.Close()); err != nil {
			return cannotWrite(f.Path, err)
		}
	}
	return nil
}

func cannotWrite(name string, err error) error {
	return fmt.Errorf("write %s: %w: nothing was written", name, disk.Cause(err))
}

// free returns an error if there is a file already, or a link on the way to it.
func free(root *os.Root, name string) error {
	if _, err := root.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already and is not overwritten: move it away, or keep it and write what is missing by hand "+
			"(publishgate init -dry-run prints it)", name)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := root.Lstat(dir); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no folder, so that %s cannot be written: make a folder of it", dir, name)
		}
	}
	return nil
}

// nextSteps says what is left for a person to do.
func nextSteps(found *gate.Survey, base string, at shownIn) (steps []string) {
	add := func(format string, args ...any) { steps = append(steps, fmt.Sprintf(format, args...)) }
	own := at.file(path.Join(found.Folder, ".publishgate.yml"))
	if create := found.Manager.Create; create != "" {
		add("Make the lockfile that the gate judges and the workflow installs, in %s: %s (if git ignores it: git add -f)", at.dir, create)
	}
	if found.Candidates > 0 {
		add("Look at each of the %d candidates for secrets in %s: what stays there does not block. Renew what is real, and take it out.",
			found.Candidates, at.file(path.Join(found.Folder, ".secrets.baseline")))
	}
	switch {
	case base != starter.Minimal:
		add("Put your names, dates and packages into %s and SECURITY-POLICY.md beside it, then: publishgate policy coverage %s", own, at.dir)
	case len(found.Packages) > 0 && slices.ContainsFunc(found.Packages, func(p starter.Package) bool { return p.Access == "" }):
		add("Say in %s whether what is published is public or restricted (publish.access).", own)
	}
	if len(found.Imported) > 0 {
		add("Read the exceptions in %s: each needs a reason, and an owner who answers for it.", own)
	}
	if found.AllPacked && !found.Monorepo {
		add("Name in files of package.json what belongs into the package: without that npm packs what was written here, and all else.")
	}
	add("Put the commit of a release of publishgate in the place of COMMIT in %s, and commit the files.",
		at.file(".github/workflows/"+starter.WorkflowFile))
	if found.Monorepo {
		add("Judge the members here: publishgate -workspaces %s", at.dir)
	} else {
		add("Judge it here: publishgate %s", at.dir)
	}
	repository := found.Repository
	if repository == "" {
		repository = "OWNER/REPOSITORY"
	}
	const trust = "Let npm trust the workflow, with npm 11.15 or later: npm trust github %s --file %s --repo %s --allow-stage-publish"
	switch n := len(found.Packages); {
	case n > 3:
		add(trust+" (each of the %d members, once it exists at npm)", "NAME", starter.WorkflowFile, repository, n)
	default:
		for _, pkg := range found.Packages {
			add(trust, pkg.Name, starter.WorkflowFile, repository)
		}
	}
	switch {
	case found.Monorepo:
		add("Release a member: on GitHub, Actions, publishgate, Run workflow, from %s, which must be protected. Then: npm stage approve ID",
			found.Branch)
	case len(found.Packages) > 0:
		add("Release: push a tag such as v1.2.3, that of the version in package.json. Then: npm stage approve ID")
	}
	return steps
}

// shownIn says where a survey was made: in the folder as the user named it, and as
// the checkout has it.
type shownIn struct{ dir, folder string }

// file returns a path of the checkout as the user would name it.
func (s shownIn) file(name string) string {
	rel, err := filepath.Rel(filepath.FromSlash(s.folder), filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.Join(s.dir, rel)
}
