package gate

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
)

// maxSkew is how far the local clock may be from a server's where a time decides.
const maxSkew = time.Hour

// ErrClock says that a time decides, and that the clocks do not agree on it.
var ErrClock = errors.New("the local clock and the servers' disagree")

// A clock compares the local clock with the dates of the answers that pass
// through it, host by host.
type clock struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	hosts map[string]*skew
}

// A skew is by how much a server's date is ahead of the local clock.
type skew struct {
	server  time.Time
	by      time.Duration
	settled bool // it is of an answer that no cache can give
}

func newClock(next http.RoundTripper, now func() time.Time) *clock {
	if next == nil {
		next = http.DefaultTransport // as an http.Client has it
	}
	return &clock{next: next, now: now, hosts: map[string]*skew{}}
}

// RoundTrip passes a request on and notes the date of the answer.
func (c *clock) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err == nil {
		c.note(req, resp.Header)
	}
	return resp, err
}

// note keeps what tells most about a host's clock. An answer to a GET may be a
// copy that a cache made earlier, with its date of then (RFC 9111): its Age is
// added, and of several the nearest counts. Any other answer was made now, and
// of those the farthest counts.
func (c *clock) note(req *http.Request, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return // a server without a clock sends none
	}
	settled := req.Method != http.MethodGet && req.Method != http.MethodHead
	if age, err := strconv.ParseUint(header.Get("Age"), 10, 31); err == nil && !settled {
		date = date.Add(time.Duration(age) * time.Second)
	}
	told := &skew{server: date.UTC(), by: date.Sub(c.now()), settled: settled}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.hosts[req.URL.Host]
	switch {
	case old == nil, settled && !old.settled, settled && told.by.Abs() > old.by.Abs(), !settled && !old.settled &&
		told.by.Abs() < old.by.Abs():
		c.hosts[req.URL.Host] = told
	}
}

// disagree is an error that names the host whose clock is farthest from the local
// one, where that is too far for what decides.
func (c *clock) disagree(decides string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var worst *skew
	name := ""
	for host, s := range c.hosts {
		if worst == nil || cmp.Or(cmp.Compare(s.by.Abs(), worst.by.Abs()), cmp.Compare(name, host)) > 0 {
			worst, name = s, host
		}
	}
	if worst == nil || worst.by.Abs() <= maxSkew {
		return nil
	}
	side := "ahead of"
	if worst.by < 0 {
		side = "behind"
	}
	return fmt.Errorf("%w: %s says %s, which is %s %s this machine's clock; %s depends on the time: set the clock and run again",
		ErrClock, display.Text(name), worst.server.Format(time.RFC3339), advisory.Span(worst.by.Abs()), side, decides)
}
