package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/web"
)

// A listener keeps what it is told.
type listener struct {
	mu   sync.Mutex
	sent []web.Sent
}

func (l *listener) hear(s web.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, s)
}

// TestObserve tells of each request once: of a redirect and of each attempt too,
// however its body was left, and without what may be a credential.
func TestObserve(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/there":
			http.Redirect(w, r, "/here?token=secret", http.StatusFound)
		case "/broken":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "part")
		case "/gone":
			panic(http.ErrAbortHandler)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		default:
			fmt.Fprint(w, "12345")
		}
	})
	var l listener
	transport := web.NewTransport(web.TransportOptions{Observe: l.hear})
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	for _, c := range []struct {
		path string
		read bool
		want string // of each request: method, path, status, bytes, whether there is an error
	}{
		{"/a%2fb?token=secret", true, "GET /a%2fb 200 5 false"},
		{"/unread", false, "GET /unread 200 0 false"},
		{"/there", true, "GET /there 302 41 false, GET /here 200 5 false"},
		{"/broken", true, "GET /broken 200 4 true"},
		{"/gone", true, "GET /gone 0 0 true"},
		{"/empty", true, "GET /empty 204 0 false"},
	} {
		l.sent = nil
		address := strings.Replace(s.URL, "http://", "http://user:password@", 1) + c.path
		resp, err := client.Do(get(t, address))
		if err == nil {
			if c.read {
				_, _ = io.ReadAll(resp.Body)
			}
			resp.Body.Close()
			resp.Body.Close()
		}
		var got []string
		for _, s := range l.sent {
			got = append(got, fmt.Sprint(s.Method, " ", s.Path, " ", s.Status, " ", s.Bytes, " ", s.Err != nil))
			if told := fmt.Sprintf("%+v", s); strings.Contains(told, "secret") || strings.Contains(told, "password") {
				t.Errorf("%s: it tells %s", c.path, told)
			}
			if s.Host != strings.TrimPrefix(address[:strings.Index(address[7:], "/")+7], "http://user:password@") {
				t.Errorf("%s: host %q", c.path, s.Host)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %s", c.path, got, c.want)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	l.sent = nil
	if _, err := client.Do(get(t, s.URL).WithContext(stopped)); err == nil || len(l.sent) != 1 || l.sent[0].Err == nil {
		t.Errorf("stopped: %v, %+v", err, l.sent)
	}
}
