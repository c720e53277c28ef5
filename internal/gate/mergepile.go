package gate

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/report"
)

// A pile is the evidence of several runs, before it is merged.
type pile struct {
	pieces   []*piece
	problems []string // what is wrong with it, a sentence each
	leftOut  []report.Skip
	acts     []report.Act
}

func (p *pile) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// maxPieces is how many folders of evidence are merged.
const maxPieces = 20_000

// find adds the evidence in a folder: its own, or that of the folders in it.
func (p *pile) find(folder string) {
	shown := filepath.ToSlash(filepath.Clean(folder))
	entries, err := os.ReadDir(folder)
	switch {
	case err != nil:
		p.problem("%s: it cannot be read: %s", shown, disk.Cause(err))
		return
	case judgedThere(folder):
		p.add(folder, shown)
		return
	}
	found := 0
	for _, e := range entries {
		if below := filepath.Join(folder, e.Name()); e.IsDir() && judgedThere(below) {
			p.add(below, shown+"/"+e.Name())
		} else if info, err := os.Stat(below); e.Type()&fs.ModeSymlink != 0 && (err != nil || info.IsDir()) {
			p.problem("%s/%s: it is a link, which is not followed: copy the folder it leads to", shown, e.Name())
		} else if e.IsDir() {
			p.problem("%s/%s: it holds no evidence: its run did not begin, or was killed", shown, e.Name())
		} else {
			continue
		}
		found++
	}
	if found == 0 {
		p.problem("%s: it holds no evidence: its run did not begin, or was killed", shown)
	}
}

// add adds a folder of evidence, of one package or of several.
func (p *pile) add(folder, shown string) {
	if len(p.pieces) >= maxPieces {
		p.problem("%s: more than %d folders of evidence: merge in steps", shown, maxPieces)
		return
	}
	x, merged, err := readPiece(folder, shown)
	switch {
	case err != nil:
		p.problem("%s: %s", shown, oneLine(err))
	case merged != nil:
		p.addMembers(folder, shown, merged)
	default:
		p.pieces = append(p.pieces, x)
	}
}

// addMembers adds the evidence of a run over several packages. Each that its verdict
// names must be there, and no other.
func (p *pile) addMembers(folder, shown string, m *report.Merged) {
	p.problems, p.leftOut, p.acts = append(p.problems, m.Problems...), append(p.leftOut, m.LeftOut...), append(p.acts, m.Run.Acts...)
	worst := report.Fine
	named := map[string]bool{}
	for _, row := range m.Members {
		at := shown + "/" + row.Evidence
		if !oneElement(row.Evidence) || named[row.Evidence] {
			p.problem("%s: it names %.100q as the folder of %.100s", shown, row.Evidence, row.Name)
			continue
		}
		named[row.Evidence] = true
		x, several, err := readPiece(filepath.Join(folder, row.Evidence), at)
		if err == nil && several != nil {
			err = report.ErrSeveral
		}
		if err == nil {
			err = x.agrees(row)
		}
		if err != nil {
			p.problem("%s: %s", at, oneLine(err))
			continue
		}
		x.dir, x.folder = row.Folder, row.Evidence
		if r := x.document.Run.Reason; r.Before(worst) {
			worst = r
		}
		p.pieces = append(p.pieces, x)
	}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if e.IsDir() && !named[e.Name()] && judgedThere(filepath.Join(folder, e.Name())) {
			p.problem("%s/%s: the verdict beside it does not name it: it is of another run", shown, e.Name())
		}
	}
	if err != nil {
		p.problem("%s: %s", shown, disk.Cause(err))
	}
	if r := m.Run.Reason; r.Before(worst) && len(m.Problems) == 0 {
		p.problem("%s: the run over its packages ended with %s", shown, r)
	}
}

// oneElement reports whether a name can be that of a folder beside a verdict.
func oneElement(name string) bool {
	return filepath.IsLocal(name) && !strings.ContainsAny(name, `/\`) && name != "." && name[0] != '.' && len(name) <= maxCopyName
}

// unite leaves one piece of evidence of each package: what is there twice with the
// same bytes is one, and of what contradicts itself there is none.
func (p *pile) unite() {
	slices.SortStableFunc(p.pieces, func(a, b *piece) int {
		return strings.Compare(strings.Join([]string{a.name(), a.dir, a.shown}, "\x00"), strings.Join([]string{b.name(), b.dir, b.shown}, "\x00"))
	})
	of, named := map[string]*piece{}, map[string]*piece{} // by folder, and by name
	bad := map[*piece]bool{}
	var order []*piece
	for _, x := range p.pieces {
		key := strings.ToLower(x.folder)
		other := cmp.Or(of[key], named[x.name()])
		switch {
		case other == nil:
			of[key], order = x, append(order, x)
			if x.name() != "" {
				named[x.name()] = x
			}
		case x.same(other):
			if other.dir == "" {
				other.dir = x.dir
			}
		case x.name() == other.name():
			bad[other] = true
			p.problem("%s and %s are both evidence of %s, and differ: judge it again", other.shown, x.shown, other.name())
		default:
			bad[x] = true
			p.problem("%s and %s would both be in the folder %s: rename one of the packages", other.shown, x.shown, x.folder)
		}
	}
	p.pieces = slices.DeleteFunc(order, func(x *piece) bool { return bad[x] })
}

// left returns the members that were left out and that nobody judged, once each.
func (p *pile) left() []report.Skip {
	judged := map[string]bool{}
	for _, x := range p.pieces {
		judged[x.dir] = true
	}
	all := slices.DeleteFunc(p.leftOut, func(s report.Skip) bool { return judged[s.What] })
	slices.SortFunc(all, func(a, b report.Skip) int { return strings.Compare(a.What+"\x00"+a.Why, b.What+"\x00"+b.Why) })
	return slices.Compact(all)
}

// done returns what the runs over several packages did, once each.
func (p *pile) done() []report.Act {
	slices.SortFunc(p.acts, func(a, b report.Act) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.What, b.What), cmp.Compare(a.Text, b.Text), cmp.Compare(a.State, b.State))
	})
	return slices.Compact(p.acts)
}
