package disk

import (
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// An unnamed draft is no file of its folder, also where the system has no /proc to
// name it by.
func TestDraftUnnamed(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	must(t, err)
	defer root.Close()
	file, err := unnamed(root)
	if err != nil {
		t.Logf("this file system has no files without a name (%v): the draft has one", err)
		testDraft(t, (*Folder).DraftUnnamed, 1)
		return
	}
	must(t, file.Close())
	testDraft(t, (*Folder).DraftUnnamed, 0)
	testDraft(t, elsewhere, 0)
}

// elsewhere is DraftUnnamed with a file that gets no name in the folder, since it
// is in memory.
func elsewhere(f *Folder, name string, content func(*os.File) error) (*Draft, error) {
	d, err := f.DraftUnnamed(name, content)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.NewSectionReader(d.unnamed, 0, 1<<20))
	if err != nil {
		return nil, err
	}
	_ = d.unnamed.Close()
	fd, err := unix.MemfdCreate(name, 0)
	if err != nil {
		return nil, err
	}
	d.unnamed = os.NewFile(uintptr(fd), name)
	_, err = d.unnamed.Write(data)
	return d, err
}
