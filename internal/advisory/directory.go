package advisory

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// isDocument reports whether a file of that name is read.
func isDocument(name string) bool {
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".jsonl.gz")
}

// unreadEndings are extensions, in lower case, of files that may hold
// advisories and are not read.
var unreadEndings = []string{".json", ".jsonl", ".jsonl.gz", ".json.gz", ".ndjson", ".ndjson.gz", ".zip", ".cdb",
	".json.xz", ".json.bz2", ".json.zst", ".jsonl.xz", ".jsonl.zst", ".tar", ".tar.gz", ".tgz"}

// unread returns an error if a file that is not read may hold advisories:
// silently ignoring it would lose part of the source.
func unread(name string) error {
	for _, end := range unreadEndings {
		if strings.HasSuffix(strings.ToLower(name), end) {
			return errors.New("it is not read for its name: write .json, .jsonl or .jsonl.gz, or keep it elsewhere")
		}
	}
	return nil
}

// folder reads the documents of a directory and those below it. Whatever is
// neither a file nor a directory is an error, links too: what they lead to may
// be anything.
func (c *collector) folder(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == ".github" {
				return fs.SkipDir // git's own files
			}
			return nil
		}
		if err := irregular(d.Type()); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if isDocument(path) {
			return c.file(path)
		}
		if err := unread(path); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		return nil
	})
}

// irregular returns an error for a mode that is not a regular file's.
func irregular(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		return errors.New("a link; put what it leads to in its place")
	}
	return errors.New("not a regular file")
}

// file reads one document, or one per line. The open does not block, even if a
// FIFO has replaced the file meanwhile.
func (c *collector) file(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := irregular(info.Mode()); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return c.stream(path, f)
}

// zip reads the documents of an archive as those of a directory.
func (c *collector) zip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer z.Close()
	for _, entry := range z.File {
		if err := c.entry(path+": "+short(entry.Name), entry); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) entry(shown string, entry *zip.File) error {
	mode := entry.Mode()
	if mode.IsDir() {
		return nil
	}
	err := irregular(mode)
	if err == nil && !isDocument(entry.Name) {
		if err = unread(entry.Name); err == nil {
			return nil
		}
	}
	var r io.ReadCloser
	if err == nil {
		r, err = entry.Open()
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", shown, err)
	}
	defer r.Close()
	return c.stream(shown, r)
}
