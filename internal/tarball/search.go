package tarball

import (
	"runtime"
	"sync"

	"github.com/publishgate/publishgate/internal/secret"
)

// A search looks for secrets in the files while they are read, in goroutines
// of its own. Files go round robin to the workers, so that each file is read
// in order by one of them; the answer does not depend on how many there are.
type search struct {
	scanner *secret.Scanner
	free    chan []byte
	queues  []chan job
	done    sync.WaitGroup

	files []found
	cur   int // index in files of the open file
	buf   []byte
}

type found struct {
	path    string
	secrets []secret.Candidate
	skipped string
}

type job struct {
	file int
	path string
	data []byte
	last bool
}

const (
	searchBuffer  = 64 << 10
	searchBuffers = 32
	searchWorkers = 4
)

func newSearch(scanner *secret.Scanner) *search {
	s := &search{scanner: scanner, cur: -1}
	if scanner == nil {
		return s
	}
	s.free = make(chan []byte, searchBuffers)
	for range searchBuffers {
		s.free <- nil
	}
	for range min(runtime.GOMAXPROCS(0), searchWorkers) {
		q := make(chan job, searchBuffers)
		s.queues = append(s.queues, q)
		s.done.Go(func() { s.work(q) })
	}
	return s
}

func (s *search) open(path string) {
	s.files = append(s.files, found{path: path})
	s.cur = len(s.files) - 1
	if s.scanner == nil {
		s.files[s.cur].skipped = "the search for secrets was switched off"
	}
}

// write copies p, which belongs to the caller.
func (s *search) write(p []byte) {
	if s.scanner == nil {
		return
	}
	for len(p) > 0 {
		if s.buf == nil {
			if s.buf = <-s.free; s.buf == nil {
				s.buf = make([]byte, 0, searchBuffer)
			}
		}
		n := min(cap(s.buf)-len(s.buf), len(p))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
		if len(s.buf) == cap(s.buf) {
			s.send(false)
		}
	}
}

// end closes the file. One without content was never sent: there is nothing to
// find in it.
func (s *search) end(size int64) {
	if s.scanner != nil && size > 0 {
		s.send(true)
	}
}

func (s *search) send(last bool) {
	s.queues[s.cur%len(s.queues)] <- job{s.cur, s.files[s.cur].path, s.buf, last}
	s.buf = nil
}

// work scans the files of one queue. It writes to s.files only once the queue
// is closed, when the walk has ended and the list no longer grows.
func (s *search) work(q chan job) {
	var file *secret.File
	open := -1
	results := map[int]found{}
	for j := range q {
		if j.file != open {
			file, open = s.scanner.File(j.path), j.file
		}
		if j.data != nil {
			file.Write(j.data)
			s.free <- j.data[:0]
		}
		if j.last {
			secrets, skipped := file.Close()
			if len(secrets) > 0 || skipped != "" {
				results[j.file] = found{j.path, secrets, skipped}
			}
		}
	}
	for i, r := range results {
		s.files[i] = r // each file has one worker: no two write to one place
	}
}

// close waits for the workers and returns what they found, in archive order.
func (s *search) close() ([]Secret, []Unscanned) {
	for _, q := range s.queues {
		close(q)
	}
	s.done.Wait()
	var secrets []Secret
	var unscanned []Unscanned
	for _, f := range s.files {
		for _, c := range f.secrets {
			secrets = append(secrets, Secret{c.Rule, c.Description, f.path, c.Line, c.Column, c.Hash, c.SHA1})
		}
		if f.skipped != "" {
			unscanned = append(unscanned, Unscanned{f.path, f.skipped})
		}
	}
	return secrets, unscanned
}
