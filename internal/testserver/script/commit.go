package script

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// commit [-sha256] [-tag NAME] DIR [PATH…] commits the folder as it stands,
// without the paths named, what npm installed, and tarballs; $COMMIT is the
// commit's name from then on. With -sha256 a new repository has such names.
func commit(ts *testscript.TestScript, neg bool, args []string) {
	tag, long := "", false
	if len(args) > 1 && args[0] == "-sha256" {
		long, args = true, args[1:]
	}
	if len(args) > 2 && args[0] == "-tag" {
		tag, args = args[1], args[2:]
	}
	if neg || len(args) == 0 {
		ts.Fatalf("usage: commit [-sha256] [-tag NAME] DIR [PATH…]")
	}
	dir, without := ts.MkAbs(args[0]), args[1:]
	files := map[string]string{}
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch name := d.Name(); {
		case d.IsDir() && (name == ".git" || name == "node_modules" || name == "publishgate-out" || slices.Contains(without, rel)):
			return filepath.SkipDir
		case d.IsDir(), strings.HasSuffix(name, ".tgz"), slices.Contains(without, rel):
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			files[rel] = "link:" + filepath.ToSlash(target)
			return err
		}
		data, err := os.ReadFile(path)
		files[rel] = string(data)
		return err
	}))
	repo, err := gitrepo.Init(dir)
	ts.Check(err)
	repo.SHA256 = repo.SHA256 || long
	sha, err := repo.Commit(files)
	ts.Check(err)
	if tag != "" {
		ts.Check(repo.Tag(tag, sha))
	}
	ts.Setenv("COMMIT", sha)
}
