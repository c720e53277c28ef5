package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/verify"
)

// The limits of folders of evidence.
const (
	MaxFolders  = 20_000   // with a verdict, in all folders that are named
	maxEntries  = 200_000  // files and folders that are walked past
	maxDepth    = 6        // of folders in a folder that is named
	maxEvidence = 64 << 20 // bytes of one file that is read: an SBOM is the largest
)

// An Evidence is one folder that a run of the gate wrote, by what its verdict says.
// It is foreign until its signature is verified.
type Evidence struct {
	Folder        string // path as people see it
	Name, Version string
	SHA512        string // of the tarball that was judged, in hex
	Passed        bool
}

// ReadEvidence finds the folders with a verdict.json in folders that the user named,
// themselves or below them. Each is read for what it is about. A verdict that cannot
// be read is an error: it may be the one that matters. A named folder without any is
// one too.
func ReadEvidence(folders []string) ([]Evidence, error) {
	var all []Evidence
	var errs []error
	walked := 0
	for _, folder := range folders {
		before := len(all)
		err := filepath.WalkDir(folder, func(at string, entry fs.DirEntry, err error) error {
			if walked++; walked > maxEntries || len(all) >= MaxFolders {
				return fmt.Errorf("%s: more than %d files or %d verdicts", folder, maxEntries, MaxFolders)
			}
			rel, _ := filepath.Rel(folder, at)
			switch {
			case err != nil:
				return err
			case entry.IsDir() && strings.Count(filepath.ToSlash(rel), "/") >= maxDepth:
				return filepath.SkipDir
			case entry.IsDir() || entry.Name() != "verdict.json":
				return nil
			}
			e, err := evidenceOf(filepath.Dir(at))
			if errors.Is(err, errOfSeveral) {
				return nil // each has its own, below
			}
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			all = append(all, e)
			return nil
		})
		if err == nil && len(all) == before && len(errs) == 0 {
			err = fmt.Errorf("%s: there is no verdict.json in it, nor in a folder below", folder)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read evidence: %w", err))
		}
	}
	return all, errors.Join(errs...)
}

// errOfSeveral means that a verdict is about several packages.
var errOfSeveral = errors.New("it is about several packages")

func evidenceOf(folder string) (e Evidence, err error) {
	data, err := readIn(folder, "verdict.json")
	if err != nil {
		return e, err
	}
	at := filepath.Join(folder, "verdict.json")
	verdict, err := strict.ParseWithin(data, strict.Limits{Bytes: maxEvidence})
	if err != nil {
		return e, fmt.Errorf("read %s: %w", at, err)
	}
	if verdict.Get("members").Exists() {
		return e, errOfSeveral
	}
	e = Evidence{Folder: folder, Name: verdict.Get("package").Get("name").Text(), Version: verdict.Get("package").Get("version").Text(),
		SHA512: strings.ToLower(verdict.Get("tarball").Get("sha512").Text()), Passed: verdict.Get("result").Text() == "pass"}
	if e.Passed && (e.Name == "" || len(e.SHA512) != 128) {
		return e, fmt.Errorf("read %s: it names no package, or no SHA-512 of its tarball", at)
	}
	return e, nil
}

// readIn reads a file of a folder; a link leads nowhere out of it.
func readIn(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := disk.Read(root, name, maxEvidence)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return data, nil
}

// of returns the evidence about one version, that of passed verdicts first.
func of(all []Evidence, name, version string) (found []Evidence) {
	for _, e := range all {
		if e.Name == name && e.Version == version {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b Evidence) int {
		switch {
		case a.Passed == b.Passed:
			return strings.Compare(a.Folder, b.Folder)
		case a.Passed:
			return -1
		}
		return 1
	})
	return found
}

// shown returns a path of evidence for people.
func (e Evidence) shown() string { return display.Text(path.Clean(filepath.ToSlash(e.Folder))) }

// signed returns the bundles of the folder that may be the signed summary, and what
// that must agree with.
func (e Evidence) signed() (bundles [][]byte, sum verify.Summary, err error) {
	entries, err := os.ReadDir(e.Folder)
	if err != nil {
		return nil, sum, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), verify.BundleSuffix) {
			continue
		}
		data, err := readIn(e.Folder, entry.Name())
		if err != nil {
			return nil, sum, err
		}
		if b, err := verify.ParseBundle(data); err == nil && b.Summarises() {
			bundles = append(bundles, data)
		}
	}
	sum.Verdict, err = readIn(e.Folder, "verdict.json")
	return bundles, sum, err
}

// sbom returns the bytes of the SBOM; nil: there is none.
func (e Evidence) sbom() ([]byte, error) {
	data, err := readIn(e.Folder, "sbom.cdx.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
