package tarball

import (
	"runtime"
	"sync"

	"github.com/publishgate/publishgate/internal/secret"
)

// A search looks for secrets in the files while they are read, in goroutines
// of its own. Each file goes to one worker, so that it is read in order; the
// answer does not depend on who that is. The bytes are not copied: a job holds
// the chunk that they are in.
type search struct {
	scanner *secret.Scanner
	in      *stream
	queues  []chan job
	done    sync.WaitGroup

	files []found
	cur   int // index in files of the open file
	queue chan job
}

type found struct {
	path    string
	secrets []secret.Candidate
	skipped string
}

type job struct {
	file        int
	path        string
	data        []byte
	chunk       *chunk
	first, last bool // piece of the file
}

const (
	searchJobs    = 64 // waiting for one worker; what bounds memory is the number of chunks
	searchWorkers = 4
)

func newSearch(scanner *secret.Scanner, in *stream) *search {
	s := &search{scanner: scanner, in: in, cur: -1}
	if scanner == nil {
		return s
	}
	for range min(runtime.GOMAXPROCS(0), searchWorkers) {
		q := make(chan job, searchJobs)
		s.queues = append(s.queues, q)
		s.done.Go(func() { s.work(q) })
	}
	return s
}

// open begins a file. It goes to the worker who has least to do.
func (s *search) open(path string) {
	s.files = append(s.files, found{path: path})
	s.cur = len(s.files) - 1
	if s.scanner == nil {
		s.files[s.cur].skipped = "the search for secrets was switched off"
		return
	}
	s.queue = s.queues[0]
	for _, q := range s.queues[1:] {
		if len(q) < len(s.queue) {
			s.queue = q
		}
	}
}

// write takes what the stream's next returned last. A file without content is
// never written: there is nothing to find in it.
func (s *search) write(p []byte, first, last bool) {
	if s.scanner != nil {
		s.queue <- job{s.cur, s.files[s.cur].path, p, s.in.hold(), first, last}
	}
}

// work scans the files of one queue. It writes to s.files only once the queue
// is closed, when the walk has ended and the list no longer grows.
func (s *search) work(q chan job) {
	var file *secret.File
	results := map[int]found{}
	for j := range q {
		var r found
		if j.first && j.last {
			r.secrets, r.skipped = s.scanner.Whole(j.path, j.data)
		} else {
			if j.first {
				file = s.scanner.File(j.path)
			}
			file.Write(j.data)
			if j.last {
				r.secrets, r.skipped = file.Close()
			}
		}
		s.in.release(j.chunk)
		if len(r.secrets) > 0 || r.skipped != "" {
			r.path = j.path
			results[j.file] = r
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
			secrets = append(secrets, Secret{c.Rule, c.Description, f.path, c.Line, c.Column, c.Hash, c.SHA1, c.Doubt, c.Within})
		}
		if f.skipped != "" {
			unscanned = append(unscanned, Unscanned{f.path, f.skipped})
		}
	}
	return secrets, unscanned
}
