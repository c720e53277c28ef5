package sign

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve answers with the statuses one after the other, the last for ever.
func serve(t *testing.T, header http.Header, statuses ...int) (address string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "question" {
			t.Errorf("request %d carries %q, %v", requests.Load()+1, body, err)
		}
		n := int(requests.Add(1))
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(statuses[min(n, len(statuses))-1])
		_, _ = io.WriteString(w, "answer")
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func ask(ctx context.Context, t *testing.T, address string, pass ...int) (int, error) {
	t.Helper()
	client := httpClient(&service{ctx: ctx, name: "test", base: direct(t), pass: pass})
	response, err := client.Post(address, "text/plain", strings.NewReader("question"))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "answer" {
		t.Errorf("answer is %q, %v", body, err)
	}
	return response.StatusCode, nil
}

func TestServiceRepeats(t *testing.T) {
	for name, test := range map[string]struct {
		statuses []int
		pass     []int
		requests int32
		code     int    // of the answer; 0: an error
		want     string // part of the error
	}{
		"success":        {[]int{201}, nil, 1, 201, ""},
		"503 then good":  {[]int{503, 200}, nil, 2, 200, ""},
		"429 twice":      {[]int{429, 429, 200}, nil, 3, 200, ""},
		"400":            {[]int{400, 200}, nil, 1, 0, "400 Bad Request: answer"},
		"401":            {[]int{401, 200}, nil, 1, 0, "401"},
		"redirect":       {[]int{307, 200}, nil, 1, 0, "307"},
		"conflict":       {[]int{409, 200}, nil, 1, 0, "409"},
		"conflict asked": {[]int{409}, []int{409}, 1, 409, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Location": {"http://127.0.0.1:1/elsewhere"}}
			address, requests := serve(t, header, test.statuses...)
			code, err := ask(t.Context(), t, address, test.pass...)
			if code != test.code || requests.Load() != test.requests {
				t.Errorf("code %d after %d requests, want %d after %d: %v", code, requests.Load(), test.code, test.requests, err)
			}
			if test.code == 0 && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
	t.Run("gives up", func(t *testing.T) {
		t.Parallel()
		address, requests := serve(t, nil, 502)
		_, err := ask(t.Context(), t, address)
		var status *statusError
		if !errors.As(err, &status) || status.code != 502 || requests.Load() != attempts {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
}

func TestServiceKeepsTheDeadline(t *testing.T) {
	t.Run("retry-after past it", func(t *testing.T) {
		t.Parallel()
		address, requests := serve(t, http.Header{"Retry-After": {"3000"}}, 429)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		_, err := ask(ctx, t, address)
		if err == nil || !strings.Contains(err.Error(), "past the deadline") || !strings.Contains(err.Error(), "429") {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took > 20*time.Second || requests.Load() != 1 {
			t.Errorf("took %s and %d requests", took, requests.Load())
		}
	})
	t.Run("server that never answers", func(t *testing.T) {
		t.Parallel()
		release := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
		defer server.Close()
		defer close(release)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := ask(ctx, t, server.URL); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestServiceLimitsTheAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := maxAnswer
		if r.URL.Path == "/larger" {
			size++
		}
		_, _ = w.Write(make([]byte, size))
	}))
	defer server.Close()
	client := httpClient(&service{ctx: t.Context(), name: "test", base: direct(t)})
	response, err := client.Get(server.URL + "/edge")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response, err = client.Get(server.URL + "/larger"); err == nil {
		response.Body.Close()
		t.Error("one byte more was read")
	}
}
