package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"

	"github.com/publishgate/publishgate/internal/disk"
)

// A Replayer is a transport without a network: it answers with what a Recorder
// kept. A request whose answer is not there is a *RecordingError, never a 404.
type Replayer struct {
	root *os.Root
	dir  string
}

// Replay returns a Replayer of a folder. Close it.
func Replay(dir string) (*Replayer, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the recorded answers in %s: %w", dir, disk.Cause(err))
	}
	return &Replayer{root, dir}, nil
}

// Close closes the folder. Answers that are being read can be read to their end.
func (r *Replayer) Close() error { return r.root.Close() }

// RoundTrip implements http.RoundTripper.
func (r *Replayer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	a, err := ask(req)
	if err != nil {
		return nil, err
	}
	resp, err := open(r, a)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &RecordingError{fmt.Sprintf("the answer to %s is not recorded in %s: record the run again", a, r.dir)}
	}
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// Open opens a recorded answer.
func (r *Replayer) Open(file string) (*os.File, fs.FileInfo, error) { return disk.Open(r.root, file) }

// A folder opens files.
type folder interface {
	Open(file string) (*os.File, fs.FileInfo, error)
}

// open reads the answer to a request. A file with the answer to another one, which
// somebody renamed or wrote, is an error.
func open(f folder, a asked) (*http.Response, error) {
	resp, err := read(f, a.file())
	if err != nil {
		return nil, err
	}
	if resp.Header.Get(askedLine) != a.String() || resp.Header.Get(acceptLine) != oneLine(a.accept) ||
		resp.Header.Get(contentLine) != a.content {
		_ = resp.Body.Close()
		return nil, &RecordingError{fmt.Sprintf("the answer to %s should be in %s, which has that to %.300q", a, a.file(),
			resp.Header.Get(askedLine))}
	}
	for _, name := range []string{askedLine, acceptLine, contentLine} {
		resp.Header.Del(name)
	}
	return resp, nil
}

// read reads a file with a recorded answer. One that is cut, or is none, is a
// *RecordingError; of one that is not there the error wraps fs.ErrNotExist.
func read(f folder, file string) (*http.Response, error) {
	opened, info, err := f.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, &RecordingError{fmt.Sprintf("the recorded answer cannot be used: %v", err)}
	}
	bad := func(why string) (*http.Response, error) {
		_ = opened.Close()
		return nil, &RecordingError{fmt.Sprintf("the recorded answer %s cannot be used: %s", file, why)}
	}
	size := min(info.Size(), maxRecordedHeader+MaxRecordedBytes)
	within := bufio.NewReaderSize(io.NewSectionReader(opened, 0, size), maxRecordedHeader)
	end := headerEnd(within)
	if end < 0 {
		return bad("it has no header, or a long one")
	}
	resp, err := http.ReadResponse(bufio.NewReader(io.NewSectionReader(opened, 0, end)), nil)
	switch {
	case err != nil:
		return bad("its header cannot be read")
	case !slices.Contains(recordable, resp.StatusCode), len(resp.TransferEncoding) > 0:
		return bad("no such answer is recorded")
	case resp.ContentLength != info.Size()-end, resp.ContentLength > MaxRecordedBytes:
		return bad(fmt.Sprintf("it has %d bytes after its header and says %d: is it cut?", info.Size()-end, resp.ContentLength))
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(opened, end, resp.ContentLength), opened}
	return resp, nil
}

// headerEnd returns where the header ends; below 0: it does not, within its limit.
func headerEnd(r *bufio.Reader) int64 {
	start, _ := r.Peek(maxRecordedHeader)
	for i := range start {
		if string(start[i:min(i+4, len(start))]) == "\r\n\r\n" {
			return int64(i + 4)
		}
	}
	return -1
}
