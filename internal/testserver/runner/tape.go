package runner

import (
	"io"
	"math/rand/v2"
	"strings"
	"sync"
)

// A Tape records what a process writes, each write by itself.
type Tape struct {
	mu     sync.Mutex
	writes [2][]string
}

type stream struct {
	tape *Tape
	n    int
}

func (s stream) Write(p []byte) (int, error) {
	s.tape.mu.Lock()
	defer s.tape.mu.Unlock()
	s.tape.writes[s.n] = append(s.tape.writes[s.n], string(p))
	return len(p), nil
}

// Stdout is the standard output to record.
func (t *Tape) Stdout() io.Writer { return stream{t, 0} }

// Stderr is the standard error to record.
func (t *Tape) Stderr() io.Writer { return stream{t, 1} }

// Text returns what was written to each of them.
func (t *Tape) Text() (stdout, stderr string) {
	return strings.Join(t.writes[0], ""), strings.Join(t.writes[1], "")
}

// ByLine returns the lines in an order in which the runner may get them: it
// reads the two streams apart, a line at a time.
func (t *Tape) ByLine(seed uint64) []string {
	stdout, stderr := t.Text()
	return mixed([2][]string{Lines(stdout), Lines(stderr)}, seed)
}

// ByWrite returns the lines of one pipe that gets both streams ("2>&1"), where
// one may write between two writes of the other.
func (t *Tape) ByWrite(seed uint64) []string {
	return Lines(strings.Join(mixed(t.writes, seed), ""))
}

// mixed merges two lists at random, each in its order.
func mixed(lists [2][]string, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []string
	for len(lists[0])+len(lists[1]) > 0 {
		from := 0
		if random.IntN(len(lists[0])+len(lists[1])) >= len(lists[0]) {
			from = 1
		}
		all, lists[from] = append(all, lists[from][0]), lists[from][1:]
	}
	return all
}
