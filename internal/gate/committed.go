package gate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/secret"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// The limits of the search of a commit. A file beyond maxSearchedFile is named as
// not searched; beyond maxSearchedAll the commit was not looked at.
const (
	maxSearchedFile = 32 << 20 // bytes
	maxSearchedAll  = 8 << 30  // bytes of all files together
	maxSearchers    = 4
)

// A searched is the search of one commit, which the members of a workspace share.
type searched struct {
	sha    string           // of the commit; empty: none was searched yet
	found  *check.Committed // what every member gets
	teller string           // the member with which the files outside of all members are told
}

// readCommitted searches the files of the commit that is checked out for secrets,
// if the policy asks for it. What it cannot look at is unchecked.
func readCommitted(ctx context.Context, conf Config, s *check.Subject, r rules, p place, git gitCheckout) (*check.Committed,
	[]check.Unchecked, error) {
	if !s.Policy.Secrets.Commit {
		return nil, nil, nil
	}
	unknown := func(why string) (*check.Committed, []check.Unchecked, error) {
		return nil, []check.Unchecked{{Key: "secrets.scope", Why: why}}, nil
	}
	if git.repo == nil {
		return unknown(git.none.Error())
	}
	shared := conf.search
	if shared == nil {
		shared = &searched{}
	}
	if conf.inTurn != nil {
		conf.inTurn() // the first member tells of the files outside of all
	}
	if shared.sha != git.head.SHA {
		defer conf.Log.waitFor("the files of the commit to be searched for secrets")()
		blobs, err := git.repo.Blobs(git.head)
		if err != nil {
			return unknown(gitError(err).Error())
		}
		found, err := searchBlobs(ctx, git.repo, blobs)
		if ctx.Err() != nil {
			return nil, nil, errUnfinished
		}
		if err != nil {
			return unknown(gitError(err).Error())
		}
		*shared = searched{sha: git.head.SHA, found: found, teller: s.Manifest.Name}
	}
	found := *shared.found
	if shared.teller != s.Manifest.Name {
		found.Elsewhere = shared.teller
	}
	var err error
	found.Homes, err = homesOf(found.Secrets, r, p, git, committedManifests(git))
	return &found, nil, err
}

// searchBlobs searches files for secrets. They are read one after the other and
// searched beside each other; the result is in their order.
func searchBlobs(ctx context.Context, repo *source.Repository, blobs []source.Blob) (*check.Committed, error) {
	scanner, err := secret.Default()
	if err != nil {
		return nil, err
	}
	type job struct {
		at   int
		data []byte
	}
	jobs := make(chan job, maxSearchers)
	found := make([][]secret.Candidate, len(blobs))
	skipped := make([]string, len(blobs))
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxSearchers) {
		group.Go(func() {
			for j := range jobs {
				if source.IsPointer(j.data) {
					skipped[j.at] = "a pointer of Git LFS: its content is not in the commit"
					continue
				}
				found[j.at], skipped[j.at] = scanner.Whole("package/"+blobs[j.at].Path, j.data)
			}
		})
	}
	all := &check.Committed{}
	var failed error
	left := int64(maxSearchedAll)
	for i := range blobs {
		if blobs[i].Module {
			skipped[i] = "a submodule: a commit of another repository"
			continue
		}
		data, err := repo.ReadBlob(blobs[i], maxSearchedFile)
		switch left -= int64(len(data)); {
		case ctx.Err() != nil:
			failed = ctx.Err()
		case errors.Is(err, source.ErrLarge):
			skipped[i] = fmt.Sprintf("larger than %d MB", maxSearchedFile>>20)
			continue
		case err != nil:
			failed = fmt.Errorf("%s: %w", blobs[i].Path, err)
		case left < 0:
			failed = fmt.Errorf("the commit has more than %d GB of files", maxSearchedAll>>30)
		}
		if failed != nil {
			break
		}
		all.Files++
		jobs <- job{i, data}
	}
	close(jobs)
	group.Wait()
	if failed != nil {
		return nil, failed
	}
	for i := range blobs {
		for _, c := range found[i] {
			all.Secrets = append(all.Secrets, tarball.Secret{Rule: c.Rule, Description: c.Description, Path: blobs[i].Path, Line: c.Line,
				Column: c.Column, Hash: c.Hash, SHA1: c.SHA1, Doubt: c.Doubt, Within: c.Within})
		}
		if skipped[i] != "" {
			all.Unscanned = append(all.Unscanned, tarball.Unscanned{Path: blobs[i].Path, Why: skipped[i]})
		}
	}
	return all, nil
}

// committedManifests reads the package.json of a directory as the commit has it;
// nil if there is none that can be read.
func committedManifests(git gitCheckout) func(dir string) []byte {
	return func(dir string) []byte {
		data, err := git.repo.ReadFile(git.head, path.Join(dir, "package.json"), npm.MaxManifest)
		if err != nil {
			return nil
		}
		return data
	}
}

// homesOf finds the packages that files with candidates belong to, and their
// policies: the directories above with a package.json.
func homesOf(secrets []tarball.Secret, r rules, p place, git gitCheckout, manifest func(dir string) []byte) ([]check.Home, error) {
	asked := map[string]bool{}
	var homes []check.Home
	for _, c := range secrets {
		for dir := path.Dir(c.Path); !asked[dir]; dir = path.Dir(dir) {
			asked[dir] = true
			data := manifest(dir)
			if data == nil {
				continue
			}
			m, err := npm.ParseManifest(data, "package.json")
			if err != nil {
				continue
			}
			home := check.Home{Dir: dir, Policy: r.parsed.For(m.Name, policy.Flags{})}
			there, then := p, git
			there.dir, then.home = dir, dir
			if home.Policy.Secrets.Known, err = readBaseline(home.Policy, there, then); err != nil {
				return nil, err
			}
			homes = append(homes, home)
		}
	}
	return homes, nil
}
