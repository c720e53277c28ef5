package script

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
		case d.IsDir(), rel == "package-lock.json", rel == ".npmrc", name == ".gitignore", strings.HasSuffix(rel, ".tgz"),
			rel == ".publishgate.yml":
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

// tar FILE [OPTION… NAME=SOURCE]… makes a tarball of named entries in the order
// given; SOURCE is a file of the script, NAME may hold escapes as Go strings have
// them. Options are about the entry that follows: -mode=0666, -link=TARGET (a
// symbolic link), -type=6 (a type of POSIX), -pax=KEY (an extended header), -gnu
// (the GNU form). -endless leaves out the end of the archive.
func tarball(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tar FILE [OPTION… NAME=SOURCE]…")
	}
	var w writer
	h, endless := plainHeader(), false
	for _, arg := range args[1:] {
		at := strings.LastIndexByte(arg, '=')
		option, value := arg, ""
		if at >= 0 {
			option, value = arg[:at], arg[at+1:]
		}
		switch option {
		case "-endless":
			endless = true
		case "-gnu":
			h.Format = tar.FormatGNU
		case "-mode":
			mode, err := strconv.ParseInt(value, 8, 64)
			ts.Check(err)
			h.Mode = mode
		case "-link":
			h.Typeflag, h.Linkname = tar.TypeSymlink, value
		case "-type":
			h.Typeflag = value[0]
		case "-pax":
			h.PAXRecords = map[string]string{value: "x"}
		default:
			if at < 0 {
				ts.Fatalf("%q is not NAME=SOURCE", arg)
			}
			h.Name = unescape(ts, option)
			var data []byte
			if h.Typeflag == tar.TypeReg {
				data = []byte(ts.ReadFile(value))
			}
			w.write(h, data)
			h = plainHeader()
		}
	}
	if endless {
		ts.Check(w.tar.Flush())
		w.tar = tar.NewWriter(io.Discard)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), w.close(ts), 0o644))
}

// plainHeader is how npm writes the header of a file.
func plainHeader() tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Mode: 0o644, ModTime: packTime}
}

// writer writes plain ustar, as npm does.
type writer struct {
	buf bytes.Buffer
	tar *tar.Writer
	err error
}

func (w *writer) add(name string, data []byte) {
	h := plainHeader()
	h.Name = name
	w.write(h, data)
}

func (w *writer) write(h tar.Header, data []byte) {
	if w.tar == nil {
		w.tar = tar.NewWriter(&w.buf)
	}
	h.Size = int64(len(data))
	if err := w.tar.WriteHeader(&h); err != nil && w.err == nil {
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

// fill writes a text file of that many bytes: lines of 100.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", n/100+1)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:n]), 0o644))
}
