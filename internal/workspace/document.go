package workspace

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// MaxOutput is the most bytes of plain text that a job's output may have: GitHub
// counts UTF-16, and lets 1 MiB.
const MaxOutput = 1 << 19

// An included is an entry of the matrix: one package, or a shard of several.
type included struct {
	Shard     int      `json:"shard,omitempty"` // from 1
	Of        int      `json:"of,omitempty"`
	Name      string   `json:"name"` // of a shard "shard 1 of 3"
	Dir       string   `json:"dir,omitempty"`
	Version   string   `json:"version,omitempty"`
	State     State    `json:"state,omitempty"`
	Last      string   `json:"last,omitempty"`
	Needs     []string `json:"needs,omitempty"`
	With      []With   `json:"with,omitempty"`
	After     []int    `json:"after,omitempty"` // shards that hold what a package of this one depends on
	Weight    int64    `json:"weight,omitempty"`
	Workspace string   `json:"workspace,omitempty"` // for -workspace
	Evidence  string   `json:"evidence,omitempty"`  // the folder that gate writes of it
	Members   []member `json:"members"`             // what is judged: of one package itself, of a private one nothing
}

// A member is one package of an entry. It says nothing of others, which may be in
// a later shard.
type member struct {
	Name     string `json:"name"`
	Dir      string `json:"dir"`
	Version  string `json:"version,omitempty"`
	State    State  `json:"state,omitempty"`
	Last     string `json:"last,omitempty"`
	Weight   int64  `json:"weight,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

// Matrix returns the plan as the value of strategy.matrix: one line of plain
// JSON without a backslash, for fromJSON. Each name in an entry has an entry
// before it. fit leaves out what makes it longer than MaxOutput, as far as it
// can, and brief says that it did.
func (p *Plan) Matrix(fit bool) (doc []byte, brief bool, err error) {
	doc, err = p.matrix(func(*included) {})
	if err != nil || !fit || len(doc) <= MaxOutput {
		return doc, false, err
	}
	doc, err = p.matrix(func(i *included) {
		i.Needs, i.With, i.Last, i.Evidence, i.Workspace = nil, nil, "", "", ""
		for n := range i.Members {
			m := &i.Members[n]
			*m = member{Name: m.Name, Dir: m.Dir}
		}
	})
	return doc, true, err
}

func (p *Plan) matrix(cut func(*included)) ([]byte, error) {
	all, above := []included{}, p.above()
	add := func(i included) {
		cut(&i)
		all = append(all, i)
	}
	if p.Shards == nil {
		for i, e := range p.Entries {
			if e.printable() {
				one := p.include(i)
				one.Workspace = p.pick(i, above)
				if e.State != Private {
					one.Members = []member{{Name: e.Name, Dir: e.Dir, Version: e.Version, State: e.State}}
				}
				add(one)
			}
		}
	}
	in := map[string]int{}
	for n, shard := range p.Shards {
		for _, i := range shard {
			in[p.Entries[i].Name] = n
		}
	}
	for n, shard := range p.Shards {
		s := included{Shard: n + 1, Of: len(p.Shards), Name: fmt.Sprintf("shard %d of %d", n+1, len(p.Shards)), After: p.after(n, in)}
		var picks []string
		for _, i := range shard {
			e := p.Entries[i]
			s.Members = append(s.Members, member{e.Name, e.Dir, e.Version, e.State, e.Last, e.Weight, evidence(e)})
			s.Weight += e.Weight
			picks = append(picks, p.pick(i, above))
		}
		s.Workspace = strings.Join(picks, ",")
		add(s)
	}
	line, err := display.NewEncoder().Compact(map[string]any{"include": all})
	return slices.Clone(line), err
}

// printable reports whether an entry may be in the matrix. Only what is private
// may have a name or a folder that may not.
func (e Entry) printable() bool {
	return e.State != Private || badFolder(e.Dir) == "" &&
		(e.Name == "" || badName(e.Name) == "") && (e.Version == "" || badVersion(e.Version) == "")
}

// include returns an entry of one package.
func (p *Plan) include(i int) included {
	e := p.Entries[i]
	one := included{Name: e.Name, Dir: e.Dir, Version: e.Version, State: e.State, Last: e.Last, Needs: e.Needs, Weight: e.Weight,
		Evidence: evidence(e), Members: []member{}}
	before := p.Entries[:i]
	for _, w := range e.With {
		if slices.ContainsFunc(before, func(b Entry) bool { return b.Name == w.Name }) {
			one.With = append(one.With, w)
		}
	}
	return one
}

// evidence returns the folder that gate writes of a package.
func evidence(e Entry) string { return strings.ReplaceAll(cmp.Or(e.Name, e.Dir), "/", "+") }

// pick returns what -workspace takes for one package and no other: its folder,
// or its name where further members are below the folder.
func (p *Plan) pick(i int, above map[string]bool) string {
	e := p.Entries[i]
	switch {
	case e.Dir == ".":
		return ""
	case e.Name != "" && above[e.Dir]:
		return e.Name
	}
	return "./" + e.Dir
}

// above returns the folders that have packages below them.
func (p *Plan) above() map[string]bool {
	all := map[string]bool{}
	for _, e := range p.All {
		for at := path.Dir(e.Dir); at != "." && at != "/" && !all[at]; at = path.Dir(at) {
			all[at] = true
		}
	}
	return all
}

// after returns the numbers of the other shards that hold what the packages of a
// shard depend on. in says which shard holds a package.
func (p *Plan) after(n int, in map[string]int) (shards []int) {
	for _, i := range p.Shards[n] {
		for _, name := range p.Entries[i].Needs {
			if at, has := in[name]; has && at != n {
				shards = append(shards, at+1)
			}
		}
	}
	slices.Sort(shards)
	return slices.Compact(shards)
}
