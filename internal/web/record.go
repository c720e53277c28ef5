package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/disk"
)

// indexFile lists the recorded answers, one a line, for people.
const indexFile = "index.txt"

// A Recorder is a transport that keeps the answers that it passes on, one file
// each, for Replay. Kept are those that say what is there or not: 200, 404 and 410,
// and that a server lacks a call: 400, 405 and 501. Of the request the file has the
// method, the address, the Accept header and a digest of the body, and no
// credential: the value of a query's key that sounds like one is left out, an
// answer that holds the credential that was sent is an error, and what is posted
// with one is passed on and not kept.
//
// A file is complete or absent. An answer that cannot be kept takes the earlier
// one away: a recording never has what is not so any more.
type Recorder struct {
	next   http.RoundTripper
	folder *disk.Folder

	mu   sync.Mutex
	busy map[string]*sync.Mutex // by file
}

// Record returns a Recorder that writes to a folder, which is made if it is not
// there. Close it.
func Record(dir string, next http.RoundTripper) (*Recorder, error) {
	folder, err := disk.Create(dir)
	if err != nil {
		return nil, err
	}
	return &Recorder{next: next, folder: folder, busy: map[string]*sync.Mutex{}}, nil
}

// RoundTrip implements http.RoundTripper. An answer is kept before it is passed on.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	secrets := credentials(req)
	if req.Method != http.MethodGet && req.Method != http.MethodPost || req.Method == http.MethodPost && len(secrets) > 0 {
		return r.next.RoundTrip(req)
	}
	req = req.Clone(req.Context()) // its body is read
	a, err := ask(req)
	if err != nil {
		return nil, err
	}
	file := a.file()
	defer r.lock(file)()
	resp, err := r.next.RoundTrip(req)
	if err != nil || !slices.Contains(recordable, resp.StatusCode) || len(secrets) > 0 && isCredential(resp) {
		return r.pass(file, resp, err)
	}
	defer resp.Body.Close()
	if err := r.keep(file, a, resp, secrets); err != nil {
		return r.pass(file, nil, err)
	}
	again, err := open(r.folder, a)
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength, resp.TransferEncoding = again.Body, again.ContentLength, nil
	return resp, nil
}

// pass passes on what is not kept, and takes away what is kept of earlier.
func (r *Recorder) pass(file string, resp *http.Response, err error) (*http.Response, error) {
	if wrong := r.folder.Remove(file); wrong != nil && err == nil {
		_ = resp.Body.Close()
		return nil, &RecordingError{wrong.Error()}
	}
	return resp, err
}

// lock lets one request at a time write a file.
func (r *Recorder) lock(file string) (unlock func()) {
	r.mu.Lock()
	one := r.busy[file]
	if one == nil {
		one = &sync.Mutex{}
		r.busy[file] = one
	}
	r.mu.Unlock()
	one.Lock()
	return one.Unlock
}

// keep writes an answer. An error of the answer's body is a *Fault, and another one
// a *RecordingError.
func (r *Recorder) keep(file string, a asked, resp *http.Response, secrets []string) error {
	err := r.folder.WriteWith(file, func(f *os.File) error {
		head := a.head(resp)
		if _, err := io.WriteString(f, head+fmt.Sprintf(lengthLine, 0)); err != nil {
			return err
		}
		n, err := Copy(&watching{Writer: f, secrets: secrets}, resp.Body, MaxRecordedBytes)
		if err != nil {
			return err
		}
		_, err = f.WriteAt(fmt.Appendf(nil, lengthLine, n), int64(len(head)))
		return err
	})
	var fault *Fault
	if errors.As(err, &fault) {
		return fault
	}
	if err != nil {
		return &RecordingError{fmt.Sprintf("the answer to %s cannot be recorded: %v", a, err)}
	}
	return nil
}

// lengthLine ends the header: the length is known when the body is written.
const lengthLine = "Content-Length: %012d\r\n\r\n"

// head returns what stands before the body, as in an HTTP answer, but for its last
// line.
func (a asked) head(resp *http.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %03d %s\r\n%s: %s\r\n", resp.StatusCode, http.StatusText(resp.StatusCode), askedLine, a.String())
	for name, value := range map[string]string{acceptLine: a.accept, contentLine: a.content} {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, oneLine(value))
		}
	}
	for _, name := range kept {
		for _, value := range resp.Header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\r\n", name, oneLine(value))
		}
	}
	return b.String()
}

// oneLine leaves out what would end a line of a header.
func oneLine(text string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text)
}

// Close writes the index: a line for each answer of the folder, with its status,
// its request and its file.
func (r *Recorder) Close() error {
	defer r.folder.Close()
	list, err := os.ReadDir(r.folder.Path)
	if err != nil {
		return fmt.Errorf("list %s: %w", r.folder.Path, disk.Cause(err))
	}
	var lines []string
	for _, e := range list {
		if path.Ext(e.Name()) != fileEnd || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		answer, err := read(r.folder, e.Name())
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		lines = append(lines, fmt.Sprintf("%s %d %s %d bytes\n", answer.Header.Get(askedLine), answer.StatusCode, e.Name(), answer.ContentLength))
	}
	slices.Sort(lines)
	return r.folder.Write(indexFile, []byte(strings.Join(lines, "")))
}
