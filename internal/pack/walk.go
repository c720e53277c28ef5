package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/pack/minimatch"
)

// A listing is the result of walking a directory.
type listing struct {
	ctx    context.Context // checked for each file and each rule
	folder Folder
	own    *fields // of the packed package itself
	rules  compiler
	packed map[string]string // path in the package → path relative to the root
	files  []packed          // the same, in npm's order
	seen   int               // files and directories visited
	buffer []minimatch.Name
}

// packed is one file: its path in the package, and its source relative to the
// root.
type packed struct{ path, source string }

// A walker visits one directory (ignore-walk, Walker; npm-packlist,
// PackWalker).
type walker struct {
	l      *listing
	chain  []*walker // from the package's root down to this one
	name   minimatch.Name
	source string // the directory, relative to the root
	shown  string // the directory in the package, "" for its root

	exact    bool         // the directory itself is packed, whatever the rules above it say
	uses     [layers]bool // the layers that apply here
	rules    ruleSet
	required map[string][]string // entries of `files` directly in a directory, by that directory
	pkg      *fields             // of the package whose root this is; nil for a subdirectory

	// rulesOfJSON reproduces a bug of npm in the root of workspaces: in each
	// directory below, it reads package.json as an ignore file.
	rulesOfJSON bool
}

// child returns the walker of a subdirectory.
func (w *walker) child(name string, folded minimatch.Name, exact bool) (*walker, error) {
	c := &walker{
		l: w.l, name: folded, source: path.Join(w.source, name), shown: path.Join(w.shown, name),
		exact: exact, rulesOfJSON: w.rulesOfJSON,
		uses: [layers]bool{layerDefault: true, layerPackage: w.rulesOfJSON, layerNPMIgnore: true,
			layerGitIgnore: true, layerStrict: true},
	}
	c.chain = append(w.chain[:len(w.chain):len(w.chain)], c)
	strict := "/.git\n"
	if own := w.required[name]; len(own) > 0 {
		strict += "!" + strings.Join(own, "\n!") + "\n"
	}
	var err error
	if c.rules[layerDefault], err = compiledDefaults(); err != nil {
		return nil, err
	}
	c.rules[layerStrict], err = w.l.rules.compile(w.l.ctx, strict)
	return c, err
}

// walk visits the directory and everything below it.
func (w *walker) walk() error {
	if len(w.chain) > maxDepth {
		return fmt.Errorf("%s: folders are nested deeper than %d", w.shown, maxDepth)
	}
	entries, err := readFolder(w.l.folder.Root, w.source)
	if err != nil {
		return err
	}
	if w.l.seen += len(entries); w.l.seen > maxSeen {
		return fmt.Errorf("more than %d files and folders stand in the folder", maxSeen)
	}
	for _, e := range entries {
		if err := w.readRules(e.Name()); err != nil {
			return err
		}
	}
	if w.rules[layerPackage] != nil {
		w.rules[layerNPMIgnore], w.rules[layerGitIgnore] = nil, nil
	} else if w.rules[layerNPMIgnore] != nil {
		w.rules[layerGitIgnore] = nil
	}
	for _, e := range entries {
		if err := w.entry(e); err != nil {
			return err
		}
	}
	return nil
}

// readFolder lists a directory.
func readFolder(root *os.Root, name string) ([]fs.DirEntry, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("read the folder %s: %w", name, disk.Cause(err))
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("read the folder %s: %w", name, disk.Cause(err))
	}
	return entries, nil
}

// readRules reads an ignore file of the directory, if it is a regular file.
func (w *walker) readRules(name string) error {
	var at layer
	switch {
	case name == "package.json" && w.uses[layerPackage] && w.pkg != nil:
		return w.packageRules()
	case name == "package.json" && w.uses[layerPackage]:
		at = layerPackage
	case name == ".npmignore" && w.uses[layerNPMIgnore]:
		at = layerNPMIgnore
	case name == ".gitignore" && w.uses[layerGitIgnore]:
		at = layerGitIgnore
	default:
		return nil
	}
	file := path.Join(w.source, name)
	text, err := disk.Read(w.l.folder.Root, file, maxIgnoreFile)
	if err != nil {
		return err
	}
	if w.rules[at], err = w.l.rules.compile(w.l.ctx, string(text)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// entry decides about one file or directory.
func (w *walker) entry(e fs.DirEntry) error {
	if err := w.l.ctx.Err(); err != nil {
		return err
	}
	name := e.Name()
	if w.l.isOurs(w.source, name) {
		return nil
	}
	if strings.Contains(name, "*") || !e.IsDir() && !e.Type().IsRegular() {
		return nil // npm skips names that Windows does not allow, and links, pipes and devices
	}
	folded := minimatch.Part(strings.ToValidUTF8(name, string(utf8.RuneError)))
	if !e.IsDir() {
		if !w.passes(folded, asFile) {
			return nil
		}
		if !utf8.ValidString(name) {
			return unreadable(w.source, name)
		}
		w.l.packed[path.Join(w.shown, name)] = path.Join(w.source, name)
		return nil
	}
	if !w.passes(folded, asFolder) {
		return nil
	}
	if !utf8.ValidString(name) || strings.Contains(name, `\`) {
		return unreadable(w.source, name)
	}
	c, err := w.child(name, folded, w.passes(folded, asFile) || w.passes(folded, asFileSlash))
	if err != nil {
		return err
	}
	return c.walk()
}

// isOurs reports whether an entry is in the directory that the caller writes
// to.
func (l *listing) isOurs(folder, name string) bool {
	return l.folder.Without != "" && path.Join(folder, name) == l.folder.in(l.folder.Without)
}

var errName = errors.New("npm cannot read a name that is not valid UTF-8, nor a folder's that holds a " +
	"backslash: rename it, or leave it out")

func unreadable(folder, name string) error {
	return fmt.Errorf("%s: %w", path.Join(folder, name), errName)
}
