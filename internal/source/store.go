package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// A store is one object directory: loose objects, each in a file of its own,
// and packs.
type store struct {
	root  *os.Root
	packs []*pack
}

func (s *store) close() {
	for _, p := range s.packs {
		p.close()
	}
	_ = s.root.Close()
}

// openStores opens the object directory and its alternates.
func (r *Repository) openStores() error {
	root, err := r.common.OpenRoot("objects")
	if err != nil {
		return fmt.Errorf("open the objects of the git repository: %w", disk.Cause(err))
	}
	return r.addStore(root, 0)
}

// addStore lists the packs of an object directory, then adds the directories
// named in its info/alternates (gitrepository-layout(5)), which `git clone
// --reference` writes. Like git, it skips an alternate that does not exist: a
// missing object is then reported.
func (r *Repository) addStore(root *os.Root, depth int) error {
	s := &store{root: root}
	r.stores = append(r.stores, s)
	if err := s.listPacks(); err != nil {
		return err
	}
	data, err := disk.Read(root, "info/alternates", maxSmall)
	if errors.Is(err, fs.ErrNotExist) || depth == maxLinks {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if len(r.stores) > maxAltLines {
			return fmt.Errorf("the git repository borrows from more than %d others", maxAltLines)
		}
		other, err := os.OpenRoot(absolute(root.Name(), line))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return cannotOpen(line, err)
		}
		if err := r.addStore(other, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// listPacks lists the packs that have an index; they are opened when needed.
func (s *store) listPacks() error {
	folder, err := s.root.Open("pack")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the packs of the git repository: %w", disk.Cause(err))
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("read the packs of the git repository: %w", disk.Cause(err))
	}
	slices.Sort(names)
	for _, name := range names {
		base, ok := strings.CutSuffix(name, ".idx")
		if !ok || !strings.HasPrefix(name, "pack-") {
			continue
		}
		if len(s.packs) == maxPacks {
			return fmt.Errorf("the git repository has more than %d packs: run git gc", maxPacks)
		}
		s.packs = append(s.packs, &pack{root: s.root, name: filepath.Join("pack", base)})
	}
	return nil
}
