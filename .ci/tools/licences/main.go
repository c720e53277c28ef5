// Licences writes to stdout the licences of all that is linked into publishgate's
// binaries: of each module, and of Go's own library, the files that its authors put
// beside the packages in use. Run it in the root, with the systems as arguments:
//
//	go run .ci/tools/licences/main.go [-tags TAGS] linux/amd64 …
//
// It fails where a module has no licence. Same modules, same bytes.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const ours = "github.com/publishgate/publishgate"

// A pack is what go list says of a package.
type pack struct {
	ImportPath, Dir string
	Standard        bool
	Module          *module
}

type module struct {
	Path, Version, Dir string
	Replace            *module
}

func main() {
	tags := flag.String("tags", "", "build tags")
	flag.Parse()
	if err := run(os.Stdout, *tags, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, tags string, systems []string) error {
	if len(systems) == 0 {
		return errors.New("no system is named, such as linux/amd64")
	}
	files := map[string]map[string]bool{} // by module, with its version
	for _, system := range systems {
		packs, err := list(tags, system)
		if err != nil {
			return err
		}
		if err := collect(files, packs); err != nil {
			return err
		}
	}
	return write(w, files)
}

// list asks Go for all packages of the program on a system.
func list(tags, system string) ([]pack, error) {
	goos, goarch, _ := strings.Cut(system, "/")
	command := exec.Command("go", "list", "-deps", "-tags", tags, "-json=ImportPath,Dir,Standard,Module", ".")
	command.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s: %w", system, err)
	}
	var packs []pack
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pack
		if err := decoder.Decode(&p); err == io.EOF {
			return packs, nil
		} else if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
}

// collect adds the licence files of each package: those in its folder and in the
// folders above it, up to the module's.
func collect(files map[string]map[string]bool, packs []pack) error {
	for _, p := range packs {
		name, root := "", ""
		switch {
		case p.Standard:
			goroot, _, found := strings.Cut(filepath.ToSlash(p.Dir), "/src/")
			if !found {
				continue // unsafe and the like, which have no files
			}
			name, root = "the Go programming language and its standard library", filepath.FromSlash(goroot)
		case p.Module == nil:
			return fmt.Errorf("%s is of no module", p.ImportPath)
		case p.Module.Path == ours:
			continue
		default:
			from := p.Module
			if from.Replace != nil {
				from = from.Replace
			}
			name, root = from.Path+" "+from.Version, from.Dir
		}
		if files[name] == nil {
			files[name] = map[string]bool{}
		}
		for dir := p.Dir; ; dir = filepath.Dir(dir) {
			found, err := licenceFiles(dir)
			if err != nil {
				return err
			}
			for _, file := range found {
				files[name][file] = true
			}
			if dir == root || len(dir) <= len(root) {
				break
			}
		}
	}
	return nil
}

var (
	licence = regexp.MustCompile(`(?i)^(un)?(licen[cs]es?|copying)([-._].*)?$`)
	beside  = regexp.MustCompile(`(?i)^(notices?|patents|copyright)([-._].*)?$`)
)

func licenceFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var found []string
	for _, e := range entries {
		if e.Type().IsRegular() && filepath.Ext(e.Name()) != ".go" && (licence.MatchString(e.Name()) || beside.MatchString(e.Name())) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, err
}

// write has each text once, after the names of the modules that it is of.
func write(w io.Writer, files map[string]map[string]bool) error {
	heads := map[string]string{} // by the text
	var order []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		licensed := false
		for _, file := range slices.Sorted(maps.Keys(files[name])) {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			licensed = licensed || licence.MatchString(filepath.Base(file))
			text := strings.Trim(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
			if _, there := heads[text]; !there {
				order = append(order, text)
			}
			if head := name + ": " + filepath.Base(file) + "\n"; !strings.Contains(heads[text], head) {
				heads[text] += head
			}
		}
		if !licensed {
			return fmt.Errorf("%s has no licence file", name)
		}
	}
	var out strings.Builder
	out.WriteString("What is linked into publishgate's binaries beside its own code, and its licences.\n")
	for _, text := range order {
		fmt.Fprintf(&out, "\n%s\n%s\n%s\n", strings.Repeat("=", 80), heads[text], text)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
