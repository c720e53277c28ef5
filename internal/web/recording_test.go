package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

// recorded is a server, a recorder of it and what a client of one of them gets.
type recorded struct {
	t    *testing.T
	dir  string
	base string
}

// record lets work have a client whose answers are recorded.
func (r recorded) record(work func(*http.Client)) {
	r.t.Helper()
	transport := web.NewTransport(web.TransportOptions{})
	defer transport.CloseIdleConnections()
	rec, err := web.Record(r.dir, transport)
	if err != nil {
		r.t.Fatal(err)
	}
	work(&http.Client{Transport: rec, CheckRedirect: web.Redirects{}.Check})
	if err := rec.Close(); err != nil {
		r.t.Error(err)
	}
}

// replay lets work have a client that has the recorded answers only.
func (r recorded) replay(work func(*http.Client)) {
	r.t.Helper()
	rep, err := web.Replay(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rep.Close()
	work(&http.Client{Transport: rep, CheckRedirect: web.Redirects{}.Check})
}

// ask sends a request, "METHOD PATH BODY" with header lines after it, and returns
// the answer in short, or the error.
func (r recorded) ask(c *http.Client, what string, header ...string) string {
	r.t.Helper()
	method, rest, _ := strings.Cut(what, " ")
	path, body, _ := strings.Cut(rest, " ")
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, text, err := web.Exchange(c, req, 1<<20)
	if err != nil {
		var recording *web.RecordingError
		if errors.As(err, &recording) {
			if _, _, again := web.Again(err); again {
				r.t.Errorf("%s would be tried again: %v", what, err)
			}
			return "recording: " + err.Error()
		}
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%d %s %s", resp.StatusCode, resp.Header.Get("Link"), text)
}

// TestRecording: what was answered is answered again without a server, and what was
// not recorded is an error that says which.
func TestRecording(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				body, _ = io.ReadAll(z)
			}
		}
		w.Header().Set("Link", "<next>")
		w.Header().Set("Set-Cookie", "secret=1")
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/no":
			w.WriteHeader(http.StatusNotFound)
		case "/lacks":
			w.WriteHeader(http.StatusMethodNotAllowed)
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/refused":
			w.WriteHeader(http.StatusForbidden)
		case "/moved":
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			return
		case "/exchange":
			_, _ = io.WriteString(w, `{"token":"npm_given"}`)
			return
		case "/echo":
			_, _ = io.WriteString(w, strings.Repeat("x", 40_000)+r.Header.Get("Authorization"))
			return
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, "unpacked")
			_ = z.Close()
			return
		}
		_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL, r.Header.Get("Accept"), body)
	})
	r := recorded{t, t.TempDir(), s.URL}
	secret := []string{"Authorization", "Bearer s3cr3t-of-ours"}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"b":1}`)
	_ = z.Close()
	steps := []struct {
		what   string
		header []string
		want   string // in the recorded run and in the replayed one
		gone   bool   // not recorded
	}{
		{"GET /a", nil, "200 <next> GET /a  ", false},
		{"GET /a?q=1", nil, "200 <next> GET /a?q=1  ", false},
		{"GET /a?sig=abc123", nil, "200 <next> GET /a?sig=abc123  ", false},
		{"GET /@acme%2fwidget", nil, "200 <next> GET /@acme%2fwidget  ", false},
		{"GET /a", []string{"Accept", "application/json"}, "200 <next> GET /a application/json ", false},
		{`POST /bulk {"a":1}`, nil, `200 <next> POST /bulk  {"a":1}`, false},
		{`POST /bulk {"a":2}`, nil, `200 <next> POST /bulk  {"a":2}`, false},
		{"POST /bulk " + packed.String(), []string{"Content-Encoding", "gzip"}, `200 <next> POST /bulk  {"b":1}`, false},
		{"GET /packed", nil, "200 <next> unpacked", false},
		{"GET /no", nil, "404 <next> GET /no  ", false},
		{"GET /gone", nil, "410 <next> GET /gone  ", false},
		{"GET /lacks", nil, "405 <next> GET /lacks  ", false},
		{"GET /mine", secret, "200 <next> GET /mine  ", false},
		{"GET /down", nil, "503 <next> GET /down  ", true},
		{"GET /refused", secret, "403 <next> GET /refused  ", true},
		{"GET /moved", nil, "error: 302 Found: redirects, which is not followed", true},
		{"GET /exchange", secret, `200 <next> {"token":"npm_given"}`, true},
		{"POST /mine {}", secret, "200 <next> POST /mine  {}", true},
		{"PUT /a {}", nil, "200 <next> PUT /a  {}", true},
		{"GET /cut", nil, "error: GET " + strings.TrimPrefix(s.URL, "http://") + ": the answer broke off: unexpected EOF", true},
	}
	r.record(func(c *http.Client) {
		for _, step := range steps {
			if got := r.ask(c, step.what, step.header...); got != step.want {
				t.Errorf("%s: %q, expected %q", step.what, got, step.want)
			}
		}
		if got := r.ask(c, "GET /echo", secret...); !strings.Contains(got, "holds the credential") || strings.Contains(got, "s3cr3t") {
			t.Errorf("%s", got)
		}
	})
	s.Close()
	r.replay(func(c *http.Client) {
		for _, step := range steps {
			got := r.ask(c, step.what, step.header...)
			if !step.gone && got != step.want || step.gone && (!strings.HasPrefix(got, "recording: ") || !strings.Contains(got, r.dir)) {
				t.Errorf("%s: %q, expected %q", step.what, got, step.want)
			}
		}
		want := "recording: the answer to GET " + s.URL + "/other?sig=[not kept] is not recorded"
		if got := r.ask(c, "GET /other?sig=abc123"); !strings.HasPrefix(got, want) {
			t.Errorf("%s", got)
		}
	})
	all := r.files()
	for _, word := range []string{"s3cr3t", "npm_given", "abc123\r", "Set-Cookie", "sig=abc123 200"} {
		if strings.Contains(all, word) {
			t.Errorf("%q was recorded", word)
		}
	}
	index, err := os.ReadFile(filepath.Join(r.dir, "index.txt"))
	if err != nil || strings.Count(string(index), "\n") != 13 || !strings.Contains(string(index), "GET "+s.URL+"/no 404 ") {
		t.Errorf("%v\n%s", err, index)
	}
}

// files returns everything that is in the folder.
func (r recorded) files() string {
	list, err := filepath.Glob(filepath.Join(r.dir, "*"))
	if err != nil || len(list) == 0 {
		r.t.Fatal("nothing was recorded")
	}
	var b strings.Builder
	for _, file := range list {
		data, _ := os.ReadFile(file)
		b.Write(data)
	}
	return b.String()
}

// TestRecordingIsOfNow: an answer that is no answer any more is not replayed, and
// the last one counts.
func TestRecordingIsOfNow(t *testing.T) {
	status, said := http.StatusOK, "first"
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	})
	r := recorded{t, t.TempDir(), s.URL}
	for _, c := range []struct {
		status     int
		said, want string
	}{{200, "first", "200  first"}, {200, "", "200  "}, {404, "second", "404  second"}, {500, "", "recording"}, {200, "third", "200  third"}} {
		status, said = c.status, c.said
		r.record(func(client *http.Client) { r.ask(client, "GET /a") })
		r.replay(func(client *http.Client) {
			if got := r.ask(client, "GET /a"); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s, expected %s", got, c.want)
			}
		})
	}
}

// TestRecordingOfMany: several requests at once, also for the same thing.
func TestRecordingOfMany(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Path, 1000))
	})
	r := recorded{t, t.TempDir(), s.URL}
	r.record(func(c *http.Client) {
		var wait sync.WaitGroup
		for i := range 64 {
			wait.Go(func() { r.ask(c, fmt.Sprintf("GET /%d", i%8)) })
		}
		wait.Wait()
	})
	r.replay(func(c *http.Client) {
		for i := range 8 {
			if got := r.ask(c, fmt.Sprintf("GET /%d", i)); got != "200  "+strings.Repeat(fmt.Sprintf("/%d", i), 1000) {
				t.Errorf("%.40s", got)
			}
		}
	})
}

// TestReplayHostile: a recorded file that is cut, long, another's or no answer at
// all is an error, and never "not found".
func TestReplayHostile(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "twelve bytes") })
	r := recorded{t, t.TempDir(), s.URL}
	r.record(func(c *http.Client) { r.ask(c, "GET /a") })
	list, err := filepath.Glob(filepath.Join(r.dir, "*.http"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	whole, err := os.ReadFile(list[0])
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	for name, data := range map[string]string{
		"cut":               text[:len(text)-1],
		"cut in the header": text[:40],
		"empty":             "",
		"more":              text + "x",
		"a page":            "<html>" + strings.Repeat(" ", 100_000),
		"another status":    strings.Replace(text, "200 OK", "301 Moved", 1),
		"another address":   strings.Replace(text, s.URL+"/a", s.URL+"/b", 1),
		"another kind":      strings.Replace(text, "\r\n", "\r\nRecorded-Accept: text/html\r\n", 1),
		"two lengths":       strings.Replace(text, "\r\n", "\r\nContent-Length: 3\r\n", 1),
		"chunks":            strings.Replace(text, "\r\n", "\r\nTransfer-Encoding: chunked\r\n", 1),
		"a long header":     strings.Replace(text, "\r\n", "\r\nX: "+strings.Repeat("x", 70_000)+"\r\n", 1),
	} {
		if err := os.WriteFile(list[0], []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		r.replay(func(c *http.Client) {
			if got := r.ask(c, "GET /a"); !strings.HasPrefix(got, "recording: ") {
				t.Errorf("%s: %.100s", name, got)
			}
		})
	}
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.WriteFile(outside, whole, 0o600), os.Remove(list[0]), os.Symlink(outside, list[0])); err != nil {
		t.Fatal(err)
	}
	r.replay(func(c *http.Client) {
		if got := r.ask(c, "GET /a"); !strings.HasPrefix(got, "recording: ") {
			t.Errorf("a link out of the folder: %.100s", got)
		}
	})
	if _, err := web.Replay(filepath.Join(r.dir, "absent")); err == nil {
		t.Error("a folder that is not there was opened")
	}
	if _, err := web.Replay(outside); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// TestReplayIsNotTriedAgain: what is not recorded is no outage.
func TestReplayIsNotTriedAgain(t *testing.T) {
	r := recorded{t, t.TempDir(), "http://registry.example"}
	r.replay(func(c *http.Client) {
		tries := 0
		again := web.Retry{Attempts: 4, First: time.Second}
		err := again.Do(t.Context(), func(context.Context) error {
			tries++
			_, err := web.Send(c, get(t, r.base+"/a"))
			return err
		})
		if tries != 1 || err == nil || !strings.Contains(err.Error(), "GET http://registry.example/a is not recorded") {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
}
