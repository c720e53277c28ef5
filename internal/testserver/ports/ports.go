// Package ports finds ports for the servers of tests that must be told theirs. It
// is imported by tests only.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// first and last bound what Free returns. They are below the ports that Linux and
// the BSDs give to a listener or a connection that names none (from 32768), so
// nobody is given one of them before its server has it.
const first, last = 20000, 32000

// given are the ports that this process was given, each with a socket for packets:
// to all other processes of the tests it says that the port is taken, from before
// its server listens until this process ends.
var (
	mu    sync.Mutex
	given []net.PacketConn
)

// Free returns n different ports of the loopback interface on which nobody
// listens, and which nobody else is given.
func Free(n int) ([]string, error) {
	mu.Lock()
	defer mu.Unlock()
	var free []string
	for port := first + rand.IntN((last-first)/2); len(free) < n; port++ {
		if port > last {
			return nil, fmt.Errorf("there are no %d free ports below %d", n, last)
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		own, err := net.ListenPacket("udp", address)
		if err != nil {
			continue // given
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			own.Close()
			continue // taken
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		given = append(given, own)
		free = append(free, strconv.Itoa(port))
	}
	return free, nil
}
