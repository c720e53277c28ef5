// Package ports finds ports for the servers of tests that must be told theirs. It
// is imported by tests only.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// first and last bound what Free returns. They are below the ports that Linux and
// the BSDs give to a listener or a connection that names none (from 32768), so
// nobody is given one of them before its server has it.
const first, last = 20000, 32000

// Free returns n different ports of the loopback interface on which nobody
// listens.
func Free(n int) ([]string, error) {
	var free []string
	for port := first + rand.IntN((last-first)/2); len(free) < n; port++ {
		if port > last {
			return nil, fmt.Errorf("there are no %d free ports below %d", n, last)
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue // taken
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		free = append(free, strconv.Itoa(port))
	}
	return free, nil
}
