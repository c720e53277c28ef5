package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// gather finds the files of the package, then those of its bundled
// dependencies.
func (l *listing) gather() error {
	own, err := readFields(l.folder.Manifest, true)
	if err != nil {
		return err
	}
	return l.gatherWith(own)
}

func (l *listing) gatherWith(own *fields) error {
	l.own = own
	above, err := l.rulesAbove()
	if err != nil {
		return err
	}
	rules, err := l.rules.compile(l.ctx, defaultRules+above)
	if err != nil {
		return err
	}
	w := &walker{l: l, source: path.Clean(l.folder.Dir), pkg: l.own, uses: everyLayer}
	w.chain = []*walker{w}
	w.rules[layerDefault] = rules
	members, err := l.members()
	if err != nil {
		return err
	}
	w.rulesOfJSON = len(members) > 0
	if err := w.walk(); err != nil {
		return err
	}
	return l.bundle(members)
}

var everyLayer = [layers]bool{true, true, true, true, true}

// members lists the directories of the package's own workspaces.
func (l *listing) members() ([]string, error) {
	patterns := l.folder.Manifest.Workspaces
	if len(patterns) == 0 {
		return nil, nil
	}
	return lockfile.NewCheckout(l.folder.Root, l.folder.Dir, l.folder.Dir).Members(patterns)
}

// rulesAbove returns the ignore rules that a workspace member inherits: those
// of the workspaces' root and of the directories between, in each the
// .npmignore or else the .gitignore. npm applies them as if they were in the
// member's own file (npm-packlist 10, readOutOfTreeIgnoreFiles).
func (l *listing) rulesAbove() (string, error) {
	root, err := l.workspacesAbove()
	if err != nil || root == "" {
		return "", err
	}
	var text strings.Builder
	parent := path.Dir(l.folder.in(""))
	between := strings.TrimPrefix(parent, root)
	if root == "." {
		between = parent
	}
	folders := []string{root}
	for part := range strings.FieldsFuncSeq(between, func(r rune) bool { return r == '/' }) {
		folders = append(folders, path.Join(folders[len(folders)-1], part))
	}
	for _, at := range slices.Compact(folders) { // "." in between repeats a directory
		for _, name := range []string{".npmignore", ".gitignore"} {
			data, err := disk.Read(l.folder.Root, path.Join(at, name), maxIgnoreFile)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			text.Write(data)
			text.WriteByte('\n')
			break
		}
	}
	return text.String(), nil
}

// workspacesAbove returns the directory above the package whose workspaces
// include it; "" if there is none. It never looks above the root.
func (l *listing) workspacesAbove() (string, error) {
	dir := l.folder.in("")
	for at := dir; at != "."; {
		if at = path.Dir(at); l.folder.Within != "" && at == path.Clean(l.folder.Within) {
			return at, nil
		}
		data, err := disk.Read(l.folder.Root, path.Join(at, "package.json"), npm.MaxManifest)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		m, err := npm.ParseManifest(data, path.Join(at, "package.json"))
		if err != nil {
			return "", err
		}
		if len(m.Workspaces) == 0 {
			continue
		}
		members, err := lockfile.NewCheckout(l.folder.Root, at, dir).Sharing(l.folder.Shared).Members(m.Workspaces)
		if err != nil {
			return "", err
		}
		for _, member := range members {
			if path.Join(at, member) == dir {
				return at, nil
			}
		}
	}
	return "", nil
}

// packageRules reads the rules in package.json about the files of its package
// (npm-packlist 10, processPackage).
func (w *walker) packageRules() error {
	var files, strict strings.Builder
	files.WriteString("*\n")
	var required []string
	w.required = map[string][]string{}
	for _, pattern := range w.pkg.files {
		if err := w.l.ctx.Err(); err != nil {
			return err
		}
		if strings.HasPrefix(pattern, "./") {
			pattern = pattern[1:]
		}
		if strings.HasSuffix(pattern, "/*") {
			pattern += "*"
		}
		switch info := w.named(pattern); {
		case info == nil: // no such file, so it is a pattern
			fmt.Fprintf(&files, "!%s\n", pattern)
		case info.Mode().IsRegular():
			required = append(required, "!"+pattern+"\n")
			file := path.Clean("/" + strings.TrimPrefix(pattern, "/"))[1:]
			w.required[path.Dir(file)] = append(w.required[path.Dir(file)], path.Base(file))
		case info.IsDir():
			fmt.Fprintf(&files, "!%s\n!%s/**\n", pattern, pattern)
		}
	}
	slices.Reverse(required) // npm prepends each one
	strict.WriteString(strings.Join(required, "") + strictRules)
	for _, name := range w.pkg.always() {
		fmt.Fprintf(&strict, "!/%s\n", name)
	}
	var err error
	if w.pkg.commands, err = w.binFiles(); err != nil {
		return err
	}
	for _, name := range w.pkg.commands {
		fmt.Fprintf(&strict, "!/%s\n", name)
	}
	if w.pkg.hasFiles {
		if w.rules[layerPackage], err = w.l.rules.compile(w.l.ctx, files.String()); err != nil {
			return fmt.Errorf("files of package.json: %w", err)
		}
	}
	w.rules[layerStrict], err = w.l.rules.compile(w.l.ctx, strict.String())
	return err
}

// always returns the files that package.json refers to and that are packed in
// any case.
func (f *fields) always() []string {
	var all []string
	for _, name := range []string{f.browser, f.main} {
		if name != "" {
			all = append(all, name)
		}
	}
	for _, target := range f.bin {
		all = append(all, target)
	}
	return all
}

// named returns the file that a pattern of `files` names literally; nil if
// there is none.
func (w *walker) named(pattern string) fs.FileInfo {
	name := strings.ReplaceAll(strings.TrimLeft(pattern, "!"), `\`, "/")
	info, err := w.l.folder.Root.Lstat(path.Join(w.source, name))
	if err != nil || strings.HasSuffix(name, "/") && info.Mode().IsRegular() {
		return nil
	}
	return info
}

// binFiles lists the contents of directories.bin, all of which npm treats as
// commands, directories included, except names that begin with a dot.
func (w *walker) binFiles() ([]string, error) {
	if w.pkg.binDir == "" {
		return nil, nil
	}
	var all []string
	err := w.commands(path.Join(w.source, w.pkg.binDir), w.pkg.binDir, 0, func(name string) { all = append(all, name) })
	return all, err
}

// commands lists the files in a directory, if there is one at source. shown is
// the directory as package.json spells it: a trailing slash is kept, and then
// npm does not recognize its files as commands.
func (w *walker) commands(source, shown string, depth int, found func(name string)) error {
	info, err := w.l.folder.Root.Lstat(source)
	if err != nil || !info.IsDir() || depth > maxDepth {
		return nil
	}
	entries, err := readFolder(w.l.folder.Root, source)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := shown + "/" + e.Name()
		found(name)
		if e.IsDir() {
			if err := w.commands(path.Join(source, e.Name()), name, depth+1, found); err != nil {
				return err
			}
		}
	}
	return nil
}
