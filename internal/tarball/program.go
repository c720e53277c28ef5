package tarball

import (
	"runtime"
	"sync"

	"github.com/publishgate/publishgate/internal/script"
)

// Programs are what the programs of the archive use, if it was asked for.
type Programs struct {
	Count int              // files that were read, without those that only declare types
	Read  []script.Program // those in which something was found or that were not parsed, in archive order
}

// programReader gathers programs while files are read, in goroutines of its own.
// Each file is held until it was read; at most maxProgramReaders and one more are.
type programReader struct {
	open    bool
	file    int
	path    string
	body    []byte
	jobs    chan programJob
	workers sync.WaitGroup
	large   sync.Mutex // held while one of largeProgram or more is read: its tree is ten times as large
	lock    sync.Mutex
	read    map[int]script.Program
	count   int
	total   int64 // bytes of the files that began
}

type programJob struct {
	file int
	path string
	body []byte
	many bool // what came before is as much as is parsed
}

const (
	maxProgramReaders = 2
	largeProgram      = 1 << 20   // bytes
	maxParsed         = 256 << 20 // bytes; what comes behind them is not parsed
)

// newProgramReader starts the workers; it returns nil, which does nothing, if
// programs were not asked for.
func newProgramReader(wanted bool) *programReader {
	if !wanted {
		return nil
	}
	r := &programReader{jobs: make(chan programJob), read: map[int]script.Program{}}
	for range min(runtime.GOMAXPROCS(0), maxProgramReaders) {
		r.workers.Go(r.work)
	}
	return r
}

// begin begins a file.
func (r *programReader) begin(path string, size int64) {
	if r == nil {
		return
	}
	r.file++
	if r.open = script.Named(path); r.open {
		r.path, r.body = path, make([]byte, 0, min(size, script.MaxSize+1))
	}
}

// write takes the next bytes of the file.
func (r *programReader) write(p []byte) {
	if r != nil && r.open {
		r.body = append(r.body, p[:min(len(p), cap(r.body)-len(r.body))]...)
	}
}

// end ends the file.
func (r *programReader) end() {
	if r != nil && r.open && script.Reads(r.path, r.body) {
		r.total += int64(len(r.body))
		r.jobs <- programJob{r.file, r.path, r.body, r.total > maxParsed}
	}
	if r != nil {
		r.body = nil
	}
}

func (r *programReader) work() {
	for j := range r.jobs {
		read := script.Read
		if j.many {
			read = script.Search
		}
		if len(j.body) >= largeProgram {
			r.large.Lock()
		}
		p := read(j.path, j.body)
		if len(j.body) >= largeProgram {
			r.large.Unlock()
		}
		r.lock.Lock()
		if !p.Types {
			r.count++
		}
		if !p.Empty() {
			r.read[j.file] = p
		}
		r.lock.Unlock()
	}
}

// close waits for the workers and returns what they found.
func (r *programReader) close() *Programs {
	if r == nil {
		return nil
	}
	close(r.jobs)
	r.workers.Wait()
	all := &Programs{Count: r.count}
	for i := range r.file + 1 {
		if p, ok := r.read[i]; ok {
			all.Read = append(all.Read, p)
		}
	}
	return all
}
