package script

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// packTime is the time npm gives every packed file.
var packTime = time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC)

// pack FILE DIR packs a folder into a tarball in the form npm pack gives it;
// package-lock.json, node_modules and what is git's stay out, as npm leaves them out.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack FILE DIR")
	}
	var w writer
	dir := ts.MkAbs(args[1])
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return err
		}
		switch name := filepath.Base(rel); {
		case d.IsDir() && (name == "node_modules" || name == "publishgate-out" || name == ".git"):
			return filepath.SkipDir
		case d.IsDir(), rel == "package-lock.json", rel == ".npmrc", name == ".gitignore", strings.HasSuffix(rel, ".tgz"), rel == ".publishgate.yml":
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w.add("package/"+filepath.ToSlash(rel), data)
		return nil
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), w.close(ts), 0o644))
}

// tar FILE NAME=SOURCE… makes a tarball of named entries in the order given;
// SOURCE is a file of the script, NAME may hold escapes as Go strings have them.
func tarball(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tar FILE NAME=SOURCE…")
	}
	var w writer
	for _, arg := range args[1:] {
		at := strings.LastIndexByte(arg, '=')
		if at < 0 {
			ts.Fatalf("%q is not NAME=SOURCE", arg)
		}
		w.add(unescape(ts, arg[:at]), []byte(ts.ReadFile(arg[at+1:])))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), w.close(ts), 0o644))
}

// writer writes plain ustar, as npm does.
type writer struct {
	buf bytes.Buffer
	tar *tar.Writer
	err error
}

func (w *writer) add(name string, data []byte) {
	if w.tar == nil {
		w.tar = tar.NewWriter(&w.buf)
	}
	if err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644, ModTime: packTime}); err != nil && w.err == nil {
		w.err = err
	}
	if _, err := w.tar.Write(data); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *writer) close(ts *testscript.TestScript) []byte {
	ts.Check(w.err)
	ts.Check(w.tar.Close())
	var packed bytes.Buffer
	gz, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	ts.Check(err)
	_, err = io.Copy(gz, &w.buf)
	ts.Check(err)
	ts.Check(gz.Close())
	return packed.Bytes()
}

// mkfifo PATH makes a named pipe, which blocks whoever opens it for reading.
func mkfifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mkfifo PATH")
	}
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o644))
}
