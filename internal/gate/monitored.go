package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/source"
)

// readWatched reads when the monitor last looked at the package, if the policy
// names its state: in the branch of origin that the policy names, or in the commit.
// On a change under test that is the base commit's alone: a change says nothing of
// whether somebody looked.
func readWatched(e *policy.Effective, p place, git gitCheckout, name string) (*check.Watched, error) {
	file := e.Monitor.State
	if file == "" {
		return nil, nil
	}
	if git.base != nil {
		git.head = nil
	}
	read := git.read
	if e.Monitor.Branch != "" {
		read = git.readOf(e.Monitor.Branch)
	}
	data, why, err := read(p, file, monitor.MaxBytes)
	switch {
	case err != nil:
		return nil, gitError(err)
	case why != "":
		return &check.Watched{Why: why}, nil
	}
	s, err := monitor.Read(data)
	if err != nil {
		return &check.Watched{Why: fmt.Sprintf("cannot be read: %v", err)}, nil
	}
	w := &check.Watched{}
	if known := s.Packages[name]; known != nil {
		w.Looks = make(map[string]time.Time, len(known.Looks))
		for topic, at := range known.Looks {
			w.Looks[string(topic)] = at
		}
	}
	return w, nil
}

// read returns a file of the base commit or else of the head, in the package's
// directory or else at the root; why says as a clause that there is none.
func (c gitCheckout) read(p place, file string, limit int64) (data []byte, why string, err error) {
	if c.repo == nil {
		return nil, "is in no commit: there is no git checkout", nil
	}
	for _, v := range []*source.Revision{c.base, c.head} {
		home := p.dir
		if v == c.base {
			home = c.home
		}
		for _, at := range []string{path.Join(home, file), file} {
			if v == nil {
				continue
			}
			if data, err = c.repo.ReadFile(v, at, limit); !errors.Is(err, fs.ErrNotExist) {
				return data, "", err
			}
		}
	}
	if c.head == nil {
		return nil, "is not in base commit " + c.base.Short(), nil
	}
	return nil, "is not in commit " + c.head.Short(), nil
}

// readOf returns read for a branch of origin, as the clone has it. It is not asked
// for: the gate runs no git.
func (c gitCheckout) readOf(branch string) func(place, string, int64) ([]byte, string, error) {
	return func(p place, file string, limit int64) (data []byte, why string, err error) {
		if c.repo == nil {
			return nil, "is in no branch: there is no git checkout", nil
		}
		v, err := c.repo.Branch("origin", branch)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, source.ErrMissing) {
			shown := display.Text(branch)
			return nil, fmt.Sprintf("is on the branch %s of origin, which this clone does not have: fetch it before, "+
				"`git fetch --depth 1 origin +refs/heads/%s:refs/remotes/origin/%s`", shown, shown, shown), nil
		}
		if err != nil {
			return nil, "", err
		}
		for _, at := range []string{path.Join(p.dir, file), file} {
			if data, err = c.repo.ReadFile(v, at, limit); !errors.Is(err, fs.ErrNotExist) {
				return data, "", err
			}
		}
		return nil, fmt.Sprintf("is not on the branch %s of origin, as this clone has it", display.Text(branch)), nil
	}
}
