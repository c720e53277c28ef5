package gate

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/tarball"
)

// evidenceFolder returns the folder of -out in which a member's evidence is: its
// name, or, where a file system or the evidence cannot have that, its directory,
// with "+" for "/". It is one element of a path.
func evidenceFolder(m lockfile.WorkspaceMember) string {
	if usableName(m.Manifest.Name) {
		return strings.ReplaceAll(m.Manifest.Name, "/", "+")
	}
	return strings.ReplaceAll(strings.Trim(path.Clean(m.Folder), "./"), "/", "+")
}

// usableName reports whether a package's name can name a folder beside the
// evidence files, on every file system.
func usableName(name string) bool {
	bare := name
	if scope, after, scoped := strings.Cut(name, "/"); scoped {
		if !strings.HasPrefix(scope, "@") || !plain(scope[1:]) {
			return false
		}
		bare = after
	}
	taken := func(file string) bool { return strings.EqualFold(file, bare) }
	return plain(bare) && len(name) <= maxCopyName && !slices.ContainsFunc(fixedEvidence, taken)
}

// plain reports whether a name consists of letters, digits and -_. alone, and
// neither begins nor ends with a period.
func plain(name string) bool {
	odd := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.", c))
	}
	return name != "" && !strings.ContainsFunc(name, odd) && name[0] != '.' && name[len(name)-1] != '.'
}

// apart returns an error if two members have one name, or if their evidence would
// be in one folder, also where a file system does not tell capital letters. So each
// member's findings have a category of their own at code scanning, too: in a common
// one, those of the last member would close the alerts of all others.
func apart(members []lockfile.WorkspaceMember) error {
	of, named := map[string]string{}, map[string]string{}
	var errs []error
	for _, m := range members {
		name, folder := m.Manifest.Name, evidenceFolder(m)
		switch other := named[name]; {
		case name != "" && other != "":
			errs = append(errs, fmt.Errorf("%w: %s and %s are both called %s, and a registry has one package of a name: rename one of "+
				"them, or make it private", ErrUsage, other, m.Folder, name))
		case of[strings.ToLower(folder)] != "":
			errs = append(errs, fmt.Errorf("%w: the evidence of %s and of %s would both be in the folder %s of -out: judge each by itself, "+
				"with -workspace and an -out of its own", ErrUsage, of[strings.ToLower(folder)], m.Folder, folder))
		}
		named[name], of[strings.ToLower(folder)] = m.Folder, m.Folder
	}
	return errors.Join(errs...)
}

// forget removes what earlier runs left in -out of members, so that no old pass
// stands beside the verdict of this run.
func forget(c Where, r *action.Runner) error {
	entries, err := os.ReadDir(c.Out)
	if err != nil {
		return fmt.Errorf("read the folder of the evidence: %w", disk.Cause(err))
	}
	var errs []error
	for _, e := range entries {
		old := c
		if old.Out = filepath.Join(c.Out, e.Name()); !e.IsDir() || !judgedThere(old.Out) {
			continue
		}
		folder, err := openFolder(old, r)
		if err == nil {
			err = folder.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// judgedThere reports whether a run left evidence in a folder.
func judgedThere(folder string) bool {
	for _, name := range []string{verdictFile, runFile} {
		if info, err := os.Lstat(filepath.Join(folder, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// putMerged writes the verdict about all members, and one list of the checksums of
// all tarballs. Nothing changes it afterwards.
func (o *Outcome) putMerged(folder *disk.Folder) error {
	o.Whole.Sort()
	var sums256, sums512 []tarball.Sum
	for i := range o.Whole.Members {
		m := &o.Whole.Members[i]
		if file := m.Copy(); file != "" {
			sums256 = append(sums256, tarball.Sum{Hex: m.Document.Tarball.SHA256, Name: file})
			sums512 = append(sums512, tarball.Sum{Hex: m.Document.Tarball.SHA512, Name: file})
		}
	}
	var files []*file
	if len(sums256) > 0 {
		files = []*file{given(sums256File, tarball.Sums(sums256)), given(sums512File, tarball.Sums(sums512))}
	}
	return o.putVerdict(folder, files)
}
