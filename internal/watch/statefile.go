package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
)

// ErrPlace says that there can be no state at a path: it is a link, a folder or
// another thing that is no file.
var ErrPlace = errors.New("the state must be a plain file: name the file itself, no link, folder or device")

// A StateFile is the file in which runs remember what they saw. Several runs may
// have the same one, at once too: each change is made under a lock, to what is there
// then. It is replaced as a whole, so that whoever is killed leaves the old one or
// the new one.
type StateFile struct {
	Path  string
	Limit int64 // bytes that are read at most
}

// lockPoll is how often a run looks whether another one has let go of the file.
const lockPoll = 20 * time.Millisecond

// Check returns ErrPlace where no state can be kept.
func (f StateFile) Check() error {
	info, err := os.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Lstat(filepath.Dir(f.Path)); err == nil && !info.IsDir() {
			return fmt.Errorf("%s: %w", f.Path, ErrPlace)
		}
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", f.Path, disk.Cause(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %w", f.Path, ErrPlace)
	}
	return nil
}

// Read returns the content; nil: there is none yet.
func (f StateFile) Read() ([]byte, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	data, err := disk.ReadNamed(f.Path, f.Limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Update replaces the content by what change makes of it, nil where there is none
// yet. Where change fails nothing is written. Nobody else who does the same comes in
// between.
func (f StateFile) Update(ctx context.Context, change func(old []byte) ([]byte, error)) error {
	if err := f.Check(); err != nil {
		return err
	}
	folder, err := disk.Create(filepath.Dir(f.Path))
	if err != nil {
		return err
	}
	defer folder.Close()
	release, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	old, err := f.Read()
	if err != nil {
		return err
	}
	data, err := change(old)
	if err != nil {
		return err
	}
	err = folder.WriteWith(filepath.Base(f.Path), func(file *os.File) error {
		if _, err := file.Write(data); err != nil {
			return err
		}
		return file.Sync() // before it has its name: else a power cut may leave that name without the bytes
	})
	if err != nil {
		return err
	}
	return f.settle()
}

// settle has the new name of the file written to the disk.
func (f StateFile) settle() error {
	if err := disk.Settle(filepath.Dir(f.Path)); err != nil {
		return fmt.Errorf("keep %s: %w", f.Path, err)
	}
	return nil
}

// lock takes the lock of the file, a file beside it: the one with the content is
// replaced. The lock ends with the process that has it, however that ends.
func (f StateFile) lock(ctx context.Context) (release func(), err error) {
	at := f.Path + ".lock"
	for {
		release, err := disk.Lock(at)
		if err == nil {
			return release, nil
		}
		if !errors.Is(err, disk.ErrLocked) {
			return nil, fmt.Errorf("lock %s: %w", at, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock %s: another run has it: %w", at, context.Cause(ctx))
		case <-time.After(lockPoll):
		}
	}
}
