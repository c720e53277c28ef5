package disk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// unnamed makes a file in the folder that has no name. It is gone when it is
// closed, or with its process. Not every file system has such files: open(2),
// O_TMPFILE.
func unnamed(root *os.Root) (*os.File, error) {
	return root.OpenFile(".", unix.O_TMPFILE|os.O_RDWR, 0o644)
}

// link gives such a file a name in the folder, which must be free.
func link(file *os.File, root *os.Root, name string) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), int(dir.Fd()), name, unix.AT_SYMLINK_FOLLOW)
}
