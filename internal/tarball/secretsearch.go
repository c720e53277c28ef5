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
type secretSearch struct {
	scanner *secret.Scanner
	stream  *stream
	queues  []chan searchJob
	workers sync.WaitGroup

	files   []fileSecrets
	current int // index in files of the open file
	queue   chan searchJob
}

type fileSecrets struct {
	path    string
	secrets []secret.Candidate
	skipped string
}

type searchJob struct {
	file        int
	path        string
	data        []byte
	chunk       *chunk
	first, last bool // piece of the file
}

const (
	maxQueuedJobs = 64 // waiting for one worker; what bounds memory is the number of chunks
	maxWorkers    = 4
)

func newSecretSearch(scanner *secret.Scanner, in *stream) *secretSearch {
	s := &secretSearch{scanner: scanner, stream: in, current: -1}
	if scanner == nil {
		return s
	}
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		q := make(chan searchJob, maxQueuedJobs)
		s.queues = append(s.queues, q)
		s.workers.Go(func() { s.work(q) })
	}
	return s
}

// open begins a file. It goes to the worker who has least to do.
func (s *secretSearch) open(path string) {
	s.files = append(s.files, fileSecrets{path: path})
	s.current = len(s.files) - 1
	if s.scanner == nil {
		s.files[s.current].skipped = "the search for secrets was switched off"
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
func (s *secretSearch) write(p []byte, first, last bool) {
	if s.scanner != nil {
		s.queue <- searchJob{s.current, s.files[s.current].path, p, s.stream.hold(), first, last}
	}
}

// work scans the files of one queue. It writes to s.files only once the queue
// is closed, when the walk has ended and the list no longer grows.
func (s *secretSearch) work(q chan searchJob) {
	var file *secret.File
	results := map[int]fileSecrets{}
	for j := range q {
		var r fileSecrets
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
		s.stream.release(j.chunk)
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
func (s *secretSearch) close() ([]Secret, []Unscanned) {
	for _, q := range s.queues {
		close(q)
	}
	s.workers.Wait()
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
