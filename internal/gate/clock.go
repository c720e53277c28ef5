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
	"github.com/publishgate/publishgate/internal/web"
)

// maxSkew is how far the local clock may be from a server's clock when the
// verdict depends on the time.
const maxSkew = time.Hour

// ErrClock means that the verdict depends on the time and the clocks disagree
// about it.
var ErrClock = errors.New("the local clock and the servers' disagree")

// A clock is a transport that compares the local clock with the Date header of
// each answer, host by host.
type clock struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	hosts map[string]*skew
}

// A skew is how far a server's date is ahead of the local clock.
type skew struct {
	server  time.Time
	by      time.Duration
	settled bool // the answer cannot come from a cache
}

func newClock(next http.RoundTripper, now func() time.Time) *clock {
	if next == nil {
		next = web.NewTransport(web.TransportOptions{}) // and not Go's, which takes a proxy from the environment
	}
	return &clock{next: next, now: now, hosts: map[string]*skew{}}
}

// RoundTrip sends the request on and notes the date of the answer.
func (c *clock) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err == nil {
		c.note(req, resp.Header)
	}
	return resp, err
}

// note keeps the date that says most about a host's clock. An answer to a GET or
// HEAD may be a cached copy with an old date (RFC 9111), so its Age is added, and
// the date nearest to the local clock counts. Any other answer was made just now:
// it replaces a cached one, and the date farthest from the local clock counts.
func (c *clock) note(req *http.Request, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return // a server without a clock sends no date
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

// disagree returns an error if a host's clock is more than maxSkew from the local
// one. The error names the host that is farthest off. decides is what depends on
// the time.
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
		ErrClock, name, worst.server.Format(time.RFC3339), advisory.Span(worst.by.Abs()), side, decides)
}
