package report

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// The format of verdict.json about several packages, under the same rules as that
// about one. docs/merged.schema.json is generated from it. It holds what the members
// said when it was written: what was done later is in run.json.
type (
	jsonMerged struct {
		Schema   int            `json:"schema"` // 1
		Result   string         `json:"result" enum:"pass,block,unknown"`
		Reason   string         `json:"reason" enum:",registry-mismatch,findings,refused,usage,signal,deadline,not-published,not-signed,not-deprecated,upload,partial,source-down,input"`
		Counts   jsonCounts     `json:"counts"`
		Members  []mergedMember `json:"members"` // by directory, then by name
		LeftOut  []mergedLeft   `json:"leftOut"`
		Problems []string       `json:"problems"` // why evidence was not taken, or which is missing
		Tool     jsonTool       `json:"tool"`
	}
	mergedMember struct {
		Name     string         `json:"name"`
		Version  string         `json:"version"`
		Dir      string         `json:"dir"` // from the workspace's root; empty: it is not known
		Result   string         `json:"result" enum:"pass,block,unknown"`
		Reason   string         `json:"reason" enum:",registry-mismatch,findings,refused,usage,signal,deadline,not-published,not-signed,not-deprecated,upload,partial,source-down,input"`
		Counts   jsonCounts     `json:"counts"`
		Tarball  *mergedTarball `json:"tarball"`
		Evidence string         `json:"evidence"` // its folder, beside this file
		Verdict  *jsonFile      `json:"verdict"`  // its own verdict.json
	}
	mergedTarball struct {
		File   string `json:"file"` // from this file's folder
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
		SHA512 string `json:"sha512"`
	}
	mergedLeft struct {
		Dir string `json:"dir"`
		Why string `json:"why"`
	}
)

// Sort puts the members in the order of verdict.json, whatever order they came in.
func (w *Whole) Sort() {
	slices.SortStableFunc(w.Members, func(a, b Member) int {
		p, q := a.Document.Package, b.Document.Package
		return cmp.Or(cmp.Compare(a.Folder, b.Folder), cmp.Compare(p.Name, q.Name), cmp.Compare(p.Version, q.Version),
			cmp.Compare(a.Evidence, b.Evidence))
	})
	slices.SortFunc(w.LeftOut, func(a, b Skip) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why)) })
	slices.Sort(w.Problems)
}

// Worst returns the reason that counts most among those of the members. A problem
// is one, and so is it that there are no members.
func (w *Whole) Worst() Reason {
	worst := Fine
	if len(w.Members) == 0 || len(w.Problems) > 0 {
		worst = Input
	}
	for _, m := range w.Members {
		if r := m.reason(); r.Before(worst) {
			worst = r
		}
	}
	return worst
}

// reason returns why the member did not pass: Input where its run says nothing is
// wrong, and there is no verdict that passed.
func (m *Member) reason() Reason {
	if r := m.Document.reason(); r != Fine || m.Document.Ending() == policy.Pass {
		return r
	}
	return Input
}

// Copy returns the path of the copy of the member's tarball, from the folder of all
// evidence. It is "" if there is none.
func (m *Member) Copy() string {
	if m.Tarball == "" || m.Document.Tarball == nil {
		return ""
	}
	return path.Join(m.Evidence, m.Tarball)
}

// MergedJSON writes verdict.json about all members, which Sort has put in order. It
// returns to's error.
func MergedJSON(to io.Writer, w *Whole) error {
	worst := w.Worst()
	out := jsonMerged{Schema: schema, Result: worst.Result().String(), Reason: string(worst), Members: []mergedMember{},
		LeftOut: []mergedLeft{}, Problems: append([]string{}, w.Problems...), Tool: jsonTool{"publishgate", w.Version}}
	for i := range w.Members {
		m := &w.Members[i]
		d, r := m.Document, m.reason()
		row := mergedMember{Name: d.Package.Name, Version: d.Package.Version, Dir: m.Folder, Result: r.Result().String(), Reason: string(r),
			Counts: jsonCounts(d.Verdict.Counts), Evidence: m.Evidence}
		if file := m.Copy(); file != "" {
			row.Tarball = &mergedTarball{file, d.Tarball.Size, d.Tarball.SHA256, d.Tarball.SHA512}
		}
		if d.Run != nil && d.Run.Verdict != (File{}) {
			row.Verdict = &jsonFile{path.Join(m.Evidence, d.Run.Verdict.Name), d.Run.Verdict.SHA256}
		}
		out.Members = append(out.Members, row)
		out.Counts = out.Counts.and(row.Counts)
	}
	for _, s := range w.LeftOut {
		out.LeftOut = append(out.LeftOut, mergedLeft{s.What, s.Why})
	}
	text, err := display.NewEncoder().Append(nil, out, 0)
	if err == nil {
		_, err = to.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

func (c jsonCounts) and(d jsonCounts) jsonCounts {
	return jsonCounts{c.Block + d.Block, c.Warn + d.Warn, c.Waived + d.Waived, c.Critical + d.Critical, c.High + d.High,
		c.Moderate + d.Moderate, c.Low + d.Low, c.Info + d.Info}
}
