package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/secret"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/starter"
	"github.com/publishgate/publishgate/internal/support"
	monorepo "github.com/publishgate/publishgate/internal/workspace"
)

// A Survey is what is there before a first policy is written.
type Survey struct {
	starter.Facts
	Root    string   // the path of the checkout's root
	Names   []string // files of the folder, of the root and of .github that may be ignore lists, below Root
	Unknown []string // what could not be looked at, for people

	AllPacked bool // a package has no files in package.json, so that npm packs what is written here too
}

// Look surveys a folder for a starter policy and workflow. Nothing is judged,
// asked or written. scope is the secrets.scope of the policy to come. A folder that
// is no package is ErrUsage.
func Look(ctx context.Context, w Where, scope string, today time.Time) (*Survey, error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	defer p.close()
	m, err := readManifest(p)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if err != nil {
		return nil, err
	}
	s := &Survey{Root: p.root.Name(), Facts: starter.Facts{Today: today, Folder: p.dir, Branch: p.branch(), Repository: p.hosted(m)}}
	if !starter.Plain(p.dir) && p.dir != "." {
		return nil, fmt.Errorf("%w: the folder %s has a name that a workflow cannot hold: letters, digits and @ _ . - / are those "+
			"that it can", ErrUsage, p.dir)
	}
	if err := saysSomething(m); err != nil && len(m.Workspaces) == 0 && !p.exists(p.in("pnpm-workspace.yaml")) {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if p.dir != "." && p.exists(".publishgate.yml") {
		return nil, fmt.Errorf("%w: %s is the policy of the whole checkout, and one in %s would take its place there: write what "+
			"holds for this package alone below packages in it", ErrUsage, p.up(".publishgate.yml"), w.Dir)
	}
	manifests, err := s.packages(p, m)
	if err != nil {
		return nil, err
	}
	s.Manager = p.manager(m)
	if tool, needed := lockfile.NeededBy(p.root, p.dir, m); needed && !s.Manager.Locked {
		if s.Manager.Name != tool.Name { // its settings tell
			s.Manager = starter.Manager{Name: tool.Name, Berry: tool.Name == "yarn" && tool != npm.ToolFor("yarn", "1")}
		}
		s.Manager.Create = tool.Create
	}
	s.AllPacked = len(s.Packages) > 0 && slices.ContainsFunc(manifests, packsAll)
	s.building(m, manifests)
	s.documents(p)
	s.NodeFile = p.nodeFile(m)
	s.ignoreLists(p)
	return s, s.secrets(ctx, w, scope, p)
}

// packages finds what can be published: the package itself, or the members of the
// workspace whose root it is.
func (s *Survey) packages(p place, m *npm.Manifest) ([]*npm.Manifest, error) {
	members, err := lockfile.WorkspaceMembers(lockfile.Location{Root: p.root, Dir: p.dir}, m)
	if err != nil {
		return nil, err
	}
	add := func(m *npm.Manifest, folder string) {
		access := m.PublishConfig["access"]
		if access == "private" {
			access = "restricted"
		}
		if access != "public" && access != "restricted" {
			access = ""
		}
		if access == "" && !strings.HasPrefix(m.Name, "@") {
			access = "public" // npm has no other for a name without a scope
		}
		s.Packages = append(s.Packages, starter.Package{Name: m.Name, Folder: folder, Access: access})
	}
	why := monorepo.Unpublished(m)
	if why == "" || len(members) == 0 {
		if why == "" {
			add(m, p.dir)
		}
		return []*npm.Manifest{m}, nil
	}
	s.Monorepo = true
	var manifests []*npm.Manifest
	for _, member := range members {
		folder := path.Join(p.dir, member.Folder)
		switch why := monorepo.Unpublished(member.Manifest); {
		case why != "":
			s.Unknown = append(s.Unknown, fmt.Sprintf("%s is left out of the workflow: %s", folder, why))
		case !starter.Plain(folder):
			s.Unknown = append(s.Unknown, fmt.Sprintf("%s is left out of the workflow: its name has other characters than letters, "+
				"digits and @ _ . - /", folder))
		default:
			add(member.Manifest, folder)
			manifests = append(manifests, member.Manifest)
		}
	}
	if len(s.Packages) == 0 {
		return nil, fmt.Errorf("%w: none of the %d members of the workspace can be published (%s), so there is nothing to judge",
			ErrUsage, len(members), named(members))
	}
	return manifests, nil
}

// packsAll reports whether a package.json does not say which files are packed.
func packsAll(m *npm.Manifest) bool {
	var said struct{ Files any }
	return json.Unmarshal(m.Raw, &said) == nil && said.Files == nil
}

// building says how the packages are built.
func (s *Survey) building(m *npm.Manifest, manifests []*npm.Manifest) {
	has := func(m *npm.Manifest) bool { _, ok := m.Scripts["build"]; return ok }
	switch {
	case has(m):
		s.Build = s.Manager.Build()
	case s.Monorepo && slices.ContainsFunc(manifests, has):
		s.Build = s.Manager.BuildAll()
	}
}

// documents finds the documents that every package has, and the one that lists the
// supported versions of each, as versions.supported reads it.
func (s *Survey) documents(p place) {
	for _, want := range []string{"README", "LICENSE"} {
		everywhere := len(s.Packages) > 0
		for _, pkg := range s.Packages {
			entries, _ := fs.ReadDir(p.root.FS(), pkg.Folder)
			everywhere = everywhere && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
				name, _, _ := strings.Cut(e.Name(), ".")
				info, err := e.Info()
				return e.Type().IsRegular() && strings.EqualFold(name, want) && err == nil && info.Size() > 0
			})
		}
		if everywhere {
			s.Documents = append(s.Documents, want)
		}
	}
	for _, name := range proseFiles {
		text, err := disk.Read(p.root, p.in(name), maxSecurityDoc)
		lists := func(pkg starter.Package) bool { return len(support.Read(string(text), pkg.Name).Rows) > 0 }
		if err == nil && len(s.Packages) > 0 && !slices.ContainsFunc(s.Packages, func(pkg starter.Package) bool { return !lists(pkg) }) {
			s.Supported = name
			return
		}
	}
}

// manager finds the package manager: that of the lockfile, else the one that
// package.json names, else npm.
func (p place) manager(m *npm.Manifest) starter.Manager {
	pinned := m.PackageManager
	if data, err := disk.Read(p.root, "package.json", npm.MaxManifest); pinned == "" && err == nil {
		if root, err := npm.ParseManifest(data, "package.json"); err == nil {
			pinned = root.PackageManager
		}
	}
	name, version, _ := strings.Cut(pinned, "@")
	version, _, _ = strings.Cut(version, "+")
	found := starter.Manager{Name: name}
	for _, f := range lockfile.Formats {
		if data, _, err := p.either(f.File, lockfile.MaxBytes); err == nil && data != nil && (!found.Locked || f.Manager == name) {
			found.Name, found.Locked = f.Manager, true
			found.Berry = f.Manager == "yarn" && bytes.Contains(data, []byte("\n__metadata:"))
		}
	}
	if found.Name == name {
		found.Version = version
	}
	if !slices.Contains([]string{"npm", "pnpm", "yarn", "bun"}, found.Name) {
		found = starter.Manager{Name: "npm"}
	}
	if found.Name == "yarn" && !found.Locked {
		found.Berry = found.Version != "" && !strings.HasPrefix(found.Version, "1.")
	}
	return found
}

// nodeFile returns the file that says which version of Node is worked with, below
// the checkout's root.
func (p place) nodeFile(m *npm.Manifest) string {
	for _, dir := range []string{p.dir, "."} {
		for _, name := range []string{".nvmrc", ".node-version"} {
			if at := path.Join(dir, name); p.exists(at) {
				return at
			}
		}
	}
	if m.Node != "" {
		return p.in("package.json")
	}
	return ""
}

// refName is a branch that a workflow can hold.
var refName = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// branch returns the default branch, as far as the clone tells: that of origin,
// else main or master if there is one, else the one that is checked out.
func (p place) branch() string {
	read := func(name, prefix string) string {
		data, err := disk.Read(p.root, name, 4<<10)
		ref, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "ref: "+prefix)
		if err != nil || !ok || !refName.MatchString(ref) {
			return ""
		}
		return ref
	}
	if ref := read(".git/refs/remotes/origin/HEAD", "refs/remotes/origin/"); ref != "" {
		return ref
	}
	for _, name := range []string{"main", "master"} {
		if p.exists(".git/refs/heads/" + name) {
			return name
		}
	}
	if ref := read(".git/HEAD", "refs/heads/"); ref != "" {
		return ref
	}
	return "main"
}

// onGitHub is the address of a repository at GitHub, or npm's shorthand for one.
var onGitHub = pattern.New(`(?:github\.com[:/]|^github:|^)([A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?$`)

// hosted returns the repository at GitHub that origin is, else the one that
// package.json names; empty: none. A clone of a clone has another origin.
func (p place) hosted(m *npm.Manifest) string {
	named := []string{m.Repository}
	if repo, err := source.Open(p.root); err == nil {
		defer repo.Close()
		if remote, err := repo.Remote("origin"); err == nil && strings.Contains(remote, "github.com") {
			named = []string{remote, m.Repository}
		}
	}
	for _, address := range named {
		if found := onGitHub.FindStringSubmatch(address); found != nil {
			return found[1]
		}
	}
	return ""
}

// ignoreLists lists the files that may hold the ignore list of another tool.
func (s *Survey) ignoreLists(p place) {
	for _, dir := range []string{p.dir, ".", ".github"} {
		entries, _ := fs.ReadDir(p.root.FS(), dir)
		for _, e := range entries {
			if at := path.Join(dir, e.Name()); e.Type().IsRegular() && !slices.Contains(s.Names, at) {
				s.Names = append(s.Names, at)
			}
		}
	}
}

// secrets lists the candidates for secrets in what would be packed.
func (s *Survey) secrets(ctx context.Context, w Where, scope string, p place) error {
	if data, _, err := p.either(".secrets.baseline", maxBaseline); err != nil || data != nil {
		s.HasBaseline = data != nil
		return err
	}
	var all []secret.Known
	for _, pkg := range s.Packages {
		within := inside(p.dir, pkg.Folder)
		found, err := WriteBaseline(ctx, w.below(within), scope)
		if err != nil && scope == "commit" && ctx.Err() == nil {
			s.Unknown = append(s.Unknown, fmt.Sprintf("secrets in the commit were not looked for: %s", err))
			found, err = WriteBaseline(ctx, w.below(within), "packed")
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.Unknown = append(s.Unknown, fmt.Sprintf("secrets in %s were not looked for: %s", pkg.Folder, err))
			continue
		}
		for _, why := range found.Unscanned {
			s.Unknown = append(s.Unknown, "secrets were not looked for in "+why)
		}
		for _, k := range found.Known {
			k.Path = path.Join(within, k.Path)
			all = append(all, k)
		}
	}
	s.Candidates = len(all)
	var err error
	s.Baseline, err = secret.FormatBaseline(all)
	return err
}

// inside returns a slash path relative to a folder that it is in.
func inside(folder, at string) string {
	if folder == "." || at == folder {
		return strings.TrimPrefix(strings.TrimPrefix(at, folder), "/")
	}
	return strings.TrimPrefix(at, folder+"/")
}
