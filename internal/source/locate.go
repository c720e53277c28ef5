package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// locate finds and opens the .git directory of the checkout: .git itself, or
// the directory named in a .git file, as in worktrees and submodules
// (gitrepository-layout(5)). Such a file may point anywhere, as in git. Nothing
// found there is run or shown.
func (r *Repository) locate() error {
	info, err := r.root.Lstat(".git")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNone
	case err != nil:
		return fmt.Errorf("read .git: %w", disk.Cause(err))
	}
	at := filepath.Join(r.root.Name(), ".git")
	named := info.Mode().IsRegular()
	if named {
		if at, err = r.follow(); err != nil {
			return err
		}
	}
	if r.own, err = os.OpenRoot(at); err != nil {
		return cannotOpen(at, err)
	}
	if _, err := r.own.Lstat("HEAD"); errors.Is(err, fs.ErrNotExist) {
		if named {
			return fmt.Errorf("read .git: it leads to %s, which is no repository", at)
		}
		return ErrNone
	}
	if r.common, err = r.shared(at); err != nil {
		return err
	}
	return nil
}

// follow reads a .git file: "gitdir: " and a path.
func (r *Repository) follow() (string, error) {
	data, err := disk.Read(r.root, ".git", maxSmall)
	if err != nil {
		return "", err
	}
	path, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if !ok || path == "" || strings.ContainsAny(path, "\x00\n") {
		return "", errors.New("read .git: a file that names no repository")
	}
	return absolute(r.root.Name(), path), nil
}

// shared opens the directory that a worktree shares with its main checkout,
// named in the file commondir; without that file it is at itself.
func (r *Repository) shared(at string) (*os.Root, error) {
	data, err := disk.Read(r.own, "commondir", maxSmall)
	if errors.Is(err, fs.ErrNotExist) {
		return r.own, nil
	}
	if err != nil {
		return nil, err
	}
	path := absolute(at, strings.TrimRight(string(data), "\r\n"))
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	return root, nil
}

func absolute(base, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// cannotOpen explains why a repository cannot be opened. If it does not exist,
// the usual reason is a container that was given only the checkout.
func cannotOpen(path string, err error) error {
	err = fmt.Errorf("open the git repository %s: %w", path, disk.Cause(err))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; a worktree or submodule needs the repository it belongs to beside it", err)
	}
	return err
}
