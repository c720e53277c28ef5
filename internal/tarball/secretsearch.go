package tarball

import (
	"runtime"
	"sync"

	"github.com/publishgate/publishgate/internal/secret"
)

// A secretSearch looks for secrets while files are read, in goroutines of its own.
// Each file goes to one worker, so it is read in order, and the result does not
// depend on which worker that is. The bytes are not copied: a job holds the chunk
// that contains them.
type secretSearch struct {
	scanner *secret.Scanner
	stream  *stream
	queues  []chan searchJob
	workers sync.WaitGroup

	files   []fileSecrets
	current int            // index in files of the open file
	queue   chan searchJob // of the worker that has the open file
}

// A fileSecrets is what was found in one file.
type fileSecrets struct {
	path    string
	secrets []secret.Candidate
	skipped string
}

// A searchJob is one piece of a file to search.
type searchJob struct {
	file        int
	path        string
	data        []byte
	chunk       *chunk
	first, last bool // whether it is the first or last piece of the file
}

const (
	maxQueuedJobs = 64 // for one worker; the number of chunks bounds the memory
	maxWorkers    = 4
)

// newSecretSearch starts the workers. Without a scanner nothing is searched.
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

// open begins a file. It goes to the worker with the shortest queue.
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

// write takes the bytes that the stream's next returned last. It is not called for
// a file without content.
func (s *secretSearch) write(p []byte, first, last bool) {
	if s.scanner != nil {
		s.queue <- searchJob{s.current, s.files[s.current].path, p, s.stream.hold(), first, last}
	}
}

// work scans the files of one queue. It writes to s.files only after the queue is
// closed, when the list no longer grows.
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
		s.files[i] = r // each file has one worker, so no two write to the same place
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
