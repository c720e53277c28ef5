package lockfile

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// Real bun (1.4.5), asked about the same files: `bun pm ls --all` says which
// copies there are, `bun why` who needs whom and how, `bun pm ls --all --prod`
// what is left without development. It reads bun.lock alone and asks no network.
//
// Of edges bun tells those between packages, not copies, since it keeps one
// package for all copies of a version; so do we here. It also tells two for a
// name that stands in two fields; we keep the one that counts. Of a lockfile of
// version 0 this bun forgets what members need: what bun 1.1.39, which wrote it,
// says of the copies is in bun-pm-ls.txt.
func TestBunOracle(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "bun", "v*"))
	if err != nil || len(dirs) != 4 {
		t.Fatalf("%v, %v", dirs, err)
	}
	if os.Getenv("PUBLISHGATE_DATA") != "" && os.Getenv(oracle.Managers) != "" {
		dirs = append(dirs, data(t, "projects", "hono-bun"))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			lock, manifest := bunProject(t, dir)
			g, err := Parse(lock, "bun.lock", manifest)
			if err != nil {
				t.Fatal(err)
			}
			told := func(name string, args ...string) string {
				ask := func() []byte { return askBun(t, dir, args...) }
				if !strings.HasPrefix(dir, "testdata") {
					return string(ask())
				}
				return string(oracle.Text(t, record("bun-"+name+"-"+filepath.Base(dir)+".txt"), asked(ask)))
			}
			ids := bunIDs(t, lock, g)
			var all, prod []string
			for _, p := range g.Packages {
				if key := bunKey(g, p); key != "" {
					all = append(all, key)
					if p.Scope != "dev" && p.Scope != "" {
						prod = append(prod, key)
					}
				}
			}
			if g.Version == "0" {
				text, err := os.ReadFile(filepath.Join(dir, "bun-pm-ls.txt"))
				if err != nil {
					t.Fatal(err)
				}
				same(t, "copies", all, bunTree(string(text)))
				return
			}
			listed, listedProd := bunTree(told("ls", "pm", "ls", "--all")), bunTree(told("ls-prod", "pm", "ls", "--all", "--prod"))
			if strings.HasSuffix(dir, "-names") {
				all, prod, listed, listedProd = lastNames(all), lastNames(prod), lastNames(listed), lastNames(listedProd)
			}
			same(t, "copies", all, listed)
			same(t, "production copies", prod, listedProd)
			theirs := bunEdges(t, told("why", "why", "*", "--depth", "1"), g.Root.Name)
			ours := map[string]bool{}
			for _, p := range g.Packages {
				for _, e := range p.Deps {
					if e.To != nil {
						ours[bunEdge(ids[p], e.Kind, e.Range, ids[e.To])] = true
					}
				}
			}
			twice := 0
			for edge := range theirs {
				if !ours[edge] && secondField(edge, ours) {
					delete(theirs, edge)
					twice++
				}
			}
			same(t, "edges", keysOf(ours), keysOf(theirs))
			t.Logf("%s: %d copies (%d production), %d edges equal; %d that bun tells of a second field", dir, len(all), len(prod), len(ours), twice)
		})
	}
}

// askBun asks the real bun about a copy of a folder, offline.
func askBun(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bunProgram(t, "bun", "node_modules", "@oven", "bun-linux-x64", "bin", "bun"), args...)
	cmd.Dir, cmd.Env = work, []string{"HOME=" + work, "PATH=" + os.Getenv("PATH"), "NO_COLOR=1"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("bun %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return bytes.ReplaceAll(out, []byte(work), []byte("{}"))
}

// bunProgram is a path in the folder of real package managers, or skips.
func bunProgram(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv(oracle.Managers)
	if dir == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the real package managers are not here")
	}
	file := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// same compares two lists as sets.
func same(t *testing.T, what string, ours, theirs []string) {
	t.Helper()
	if len(theirs) == 0 && len(ours) > 0 {
		t.Errorf("bun tells of no %s", what)
	}
	for _, one := range ours {
		if !slices.Contains(theirs, one) {
			t.Errorf("%s: ours only: %s", what, one)
		}
	}
	for _, one := range theirs {
		if !slices.Contains(ours, one) {
			t.Errorf("%s: theirs only: %s", what, one)
		}
	}
}

func keysOf(set map[string]bool) []string {
	var all []string
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// bunIDs finds each package's "name@resolution" by the line it stands at.
func bunIDs(t *testing.T, lock []byte, g *npm.Graph) map[*npm.Package]string {
	t.Helper()
	doc, err := strict.ParseJSONC(lock, strict.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[int]string{}
	for k, v := range doc.Get("packages").Members() {
		for id := range v.Elements() {
			at[k.Line()] = strings.Replace(id.Text(), "@file:", "@", 1)
			break
		}
	}
	ids := map[*npm.Package]string{}
	for _, p := range g.Packages {
		switch {
		case p == g.Root:
			ids[p] = "root"
		case p.Workspace && !p.Link:
			ids[p] = p.Name + "@workspace"
		default:
			ids[p] = at[p.Line]
		}
	}
	return ids
}

// bunKey is a copy as `bun pm ls` shows it: the names on the way to it and what
// it resolves to. "": it shows none.
func bunKey(g *npm.Graph, p *npm.Package) string {
	host, name, ok := split(p.Location)
	if !ok {
		return ""
	}
	way := []string{name}
	for host != "" {
		up, n, ok := split(host)
		if !ok {
			for _, m := range g.Packages {
				if m.Workspace && m.Location == host {
					way = append(way, m.Name)
				}
			}
			break
		}
		way, host = append(way, n), up
	}
	slices.Reverse(way)
	resolution := p.Version
	switch {
	case p.Link:
		resolution = "workspace:" + p.Target.Location
	case p.Source != npm.SourceRegistry || strings.HasPrefix(p.Resolved, "http"):
		resolution = strings.TrimPrefix(p.Resolved, "file:")
	}
	if path, ok := strings.CutPrefix(resolution, "git+https://github.com/"); ok { // bun shows the shorthand
		resolution = "github:" + strings.Replace(path, ".git#", "#", 1)
	}
	return strings.Join(way, ">") + " " + resolution
}

// lastNames leaves the ways to copies out: bun lists what a displaced member has
// behind each link to the member, and not in the member's own folder.
func lastNames(keys []string) []string {
	var all []string
	for _, k := range keys {
		all = append(all, k[strings.LastIndexByte(k, '>')+1:])
	}
	return all
}

var treeLine = regexp.MustCompile(`^([│ ]*)[├└]── (@?[^@]+)@(.*)$`)

// bunTree reads what `bun pm ls --all` prints.
func bunTree(text string) []string {
	var all, way []string
	for line := range strings.Lines(text) {
		m := treeLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		depth := len([]rune(m[1])) / 4
		way = append(way[:depth], m[2])
		all = append(all, strings.Join(way, ">")+" "+m[3])
	}
	return all
}

var whyLine = regexp.MustCompile(`^  [├└]─ (dev |peer |optional peer |optional )?(.+?)(?: \(requires (.*)\))?$`)

// bunEdges reads what `bun why '*' --depth 1` prints: each package, then who
// needs it.
func bunEdges(t *testing.T, text, root string) map[string]bool {
	t.Helper()
	edges, to := map[string]bool{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch m := whyLine.FindStringSubmatch(line); {
		case line == "" || strings.Contains(line, "deeper dependencies hidden") || strings.Contains(line, "No dependents found"):
		case m == nil:
			if strings.HasPrefix(line, " ") {
				t.Fatalf("cannot read %q", line)
			}
			if name, folder, ok := strings.Cut(line, "@workspace:"); ok && folder != "" {
				line = name + "@workspace"
			}
			to = line
		default:
			from, rng := m[2], m[3]
			if from == root || from == "the root package" {
				from = "root"
			}
			kind := map[string]npm.EdgeKind{"dev ": npm.EdgeDev, "peer ": npm.EdgePeer, "optional peer ": npm.EdgePeerOptional,
				"optional ": npm.EdgeOptional}[m[1]]
			if m[3] == "" {
				kind = npm.EdgeWorkspace
			}
			edges[bunEdge(from, kind, rng, to)] = true
		}
	}
	return edges
}

var aliasRange = regexp.MustCompile(`^@?[^@:]+@(.+)$`)

func bunEdge(from string, kind npm.EdgeKind, rng, to string) string {
	if kind == npm.EdgeWorkspace {
		rng = ""
	}
	if m := aliasRange.FindStringSubmatch(rng); m != nil {
		rng = m[1] // bun shows "alias@range"
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s", from, kind, rng, to)
}

// secondField says whether there is an edge of ours between the same two, of
// another kind.
func secondField(edge string, ours map[string]bool) bool {
	e := strings.Split(edge, "\t")
	for our := range ours {
		o := strings.Split(our, "\t")
		if o[0] == e[0] && o[3] == e[3] && o[1] != e[1] {
			return true
		}
	}
	return false
}
