package recorder

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
)

// Proxy is a forward proxy that records what is sent through it, under a name,
// and passes it on. Inside of TLS it answers with certificates of its own, which
// authority signs, and whoever believes that is read. It leads to hosts on
// loopback only.
func (r *Recorder) Proxy(name string, authority *Authority) http.Handler {
	onward := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	forward := r.Host(name, &httputil.ReverseProxy{Transport: onward, Rewrite: func(*httputil.ProxyRequest) {}})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := req.URL.Hostname()
		if req.Method == http.MethodConnect {
			host, _, _ = net.SplitHostPort(req.Host)
			r.record(name, req, nil)
		}
		ip := net.ParseIP(host)
		if host != "localhost" && host != "localhost." && (ip == nil || !ip.IsLoopback() && !ip.IsUnspecified()) {
			http.Error(w, "nobody is reached from here", http.StatusForbidden)
			return
		}
		if req.Method != http.MethodConnect {
			forward.ServeHTTP(w, req)
			return
		}
		// Taken over before it is answered: what the client says after the answer
		// would else be read, in part, by the server that is left behind.
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			return
		}
		target := req.Host
		inside := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			req.URL.Scheme, req.URL.Host = "https", target
			forward.ServeHTTP(w, req)
		})}
		_ = inside.Serve(newOnce(tls.Server(conn, authority.Config(strings.TrimSuffix(host, ".")))))
	})
}

// once is a listener with one connection.
type once struct {
	conn chan net.Conn
	done chan struct{}
	at   net.Addr
}

func newOnce(c net.Conn) *once {
	l := &once{make(chan net.Conn, 1), make(chan struct{}), c.LocalAddr()}
	l.conn <- &closing{Conn: c, done: l.done}
	return l
}

// Accept returns the connection, and then waits until it is closed.
func (l *once) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *once) Close() error   { return nil }
func (l *once) Addr() net.Addr { return l.at }

// closing tells when it is closed.
type closing struct {
	net.Conn
	once sync.Once
	done chan struct{}
}

func (c *closing) Close() error {
	c.once.Do(func() { close(c.done) })
	return c.Conn.Close()
}
