package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/source"
)

// maxIncidents is how many files of the folder of the records are read.
const maxIncidents = 100

// readIncidents reads the records of incidents that concern the package, if the
// policy names where they are: in the package's directory, and at the root of the
// commit. On a change under test those are the base commit's, with those that
// only the change has; what the change makes of each stands beside it.
func readIncidents(e *policy.Effective, p place, git gitCheckout, name string) (*check.Incidents, error) {
	folder := e.Records.Folder
	if folder == "" {
		return nil, nil
	}
	if git.repo == nil {
		return &check.Incidents{Why: "is in no commit: there is no git checkout"}, nil
	}
	head, why, err := git.records(git.head, p.dir, folder)
	if err != nil || why != "" {
		return &check.Incidents{Why: why}, err
	}
	base := map[string]bool{}
	if git.base != nil {
		if base, why, err = git.records(git.base, git.home, folder); err != nil || why != "" {
			return &check.Incidents{Why: why}, err
		}
	}
	if len(head)+len(base) == 0 {
		return &check.Incidents{Why: "is not in commit " + git.head.Short() + "; where there was no incident yet, commit a README.md in it"}, nil
	}
	files := maps.Clone(head)
	maps.Copy(files, base)
	all := &check.Incidents{}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		read := func(v *source.Revision, has bool) (*check.Incident, error) {
			if !has {
				return nil, nil
			}
			return git.incident(v, file, name, incident.Clocks(e.Incident))
		}
		before, err := read(git.base, base[file])
		if err != nil {
			return nil, err
		}
		change, err := read(git.head, head[file])
		switch {
		case err != nil:
			return nil, err
		case before == nil:
			before = change
		case change != nil:
			before.Change = change
		case head[file]:
			before.Change = &check.Incident{File: file, Why: "is about another package in this change"}
		}
		if before != nil {
			all.Records = append(all.Records, *before)
		}
	}
	return all, nil
}

// records returns the files that must be records, true, and what else is at the
// folder's places, false. Empty: a commit has no such folder. why says as a clause
// why they cannot be listed.
func (c gitCheckout) records(v *source.Revision, dir, folder string) (all map[string]bool, why string, err error) {
	all = map[string]bool{}
	count := 0
	for _, at := range slices.Compact([]string{path.Join(dir, folder), path.Clean(folder)}) {
		files, err := c.repo.Below(v, at, 10*maxIncidents)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, source.ErrLarge), errors.Is(err, source.ErrLink):
			return nil, fmt.Sprintf("cannot be read whole: %v", err), nil
		case err != nil:
			return nil, "", gitError(err)
		}
		for _, file := range files {
			is := (file == at || strings.HasSuffix(strings.ToLower(file), ".json")) && !incident.IsDraft(path.Base(file))
			if all[file] = is; is {
				count++
			}
		}
	}
	if count > maxIncidents {
		why = fmt.Sprintf("has more than %d records; move those with nothing left elsewhere", maxIncidents)
	}
	return all, why, nil
}

// incident reads a record; nil: it does not concern the package.
func (c gitCheckout) incident(v *source.Revision, file, name string, clocks incident.Clocks) (*check.Incident, error) {
	one := &check.Incident{File: file}
	data, err := c.repo.ReadFile(v, file, incident.MaxRecord)
	if errors.Is(err, source.ErrMissing) {
		return nil, gitError(err)
	}
	if err != nil {
		one.Why = fmt.Sprintf("cannot be read: %v", err)
		return one, nil
	}
	r, err := incident.Parse(data)
	if err != nil {
		one.Why = fmt.Sprintf("is %v", err)
		return one, nil
	}
	if !r.Concerns(name) {
		return nil, nil
	}
	left, latest, err := r.Owed(clocks)
	if err != nil {
		one.Why = fmt.Sprintf("is %v", err)
		return one, nil
	}
	one.About = display.Clip(string(r.Kind)+" "+r.Package+"@"+r.Range, 200)
	one.Began, one.Latest, one.Again = r.Began(), latest, r.Again(file)
	for _, step := range left {
		one.Left = append(one.Left, check.IncidentStep(step))
	}
	return one, nil
}
