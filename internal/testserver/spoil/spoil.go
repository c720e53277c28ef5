// Package spoil fails an HTTP answer in the ways real servers fail, for the
// servers of tests. It is imported by them only.
package spoil

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Ways lists the ways to fail, by name.
var Ways = []struct{ Name, What string }{
	{"STATUS", "that status, 400 or above, and an error in the body"},
	{"STATUS-retry=VALUE", "that status with Retry-After: VALUE"},
	{"302=URL", "redirected to URL"},
	{"307=URL", "redirected to URL, the body to be sent again"},
	{"drop", "connection reset"},
	{"hang", "no answer"},
	{"slow", "the right answer, one byte a second"},
	{"truncated", "half of the right answer, then the connection ends"},
	{"half", "half of the right answer, as if it were all"},
	{"html", "200 with a page"},
	{"text", "the right answer as text/html"},
	{"empty", "200 with {}"},
	{"null", "200 with null"},
	{"list", "200 with []"},
	{"date=OFFSET", "the right answer, its Date so far from now"},
	{"bomb", "a gzip bomb of 1 GiB"},
}

// Known reports whether a way, without its value, is one of Ways.
func Known(way string) bool {
	if status, _, _ := strings.Cut(way, "-"); len(status) == 3 {
		if n, err := strconv.Atoi(status); err == nil && n >= 400 {
			return way == status || way == status+"-retry"
		}
	}
	for _, w := range Ways {
		if name, _, _ := strings.Cut(w.Name, "="); name == way {
			return true
		}
	}
	return false
}

// Serve fails one answer in a way with a value; answer would give the right
// one, and done ends what hangs. It reports whether it knows the way.
func Serve(w http.ResponseWriter, r *http.Request, way, value string, answer func(http.ResponseWriter), done <-chan struct{}) bool {
	if status, retry, _ := strings.Cut(way, "-"); Known(way) && status[0] >= '4' && status[0] <= '5' {
		if n, err := strconv.Atoi(status); err == nil {
			if retry != "" {
				w.Header().Set("Retry-After", value)
			}
			Fail(w, n, "told to fail")
			return true
		}
	}
	switch way {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		select {
		case <-done:
		case <-r.Context().Done():
		}
	case "307", "302":
		status, _ := strconv.Atoi(way)
		w.Header().Set("Location", value)
		w.WriteHeader(status)
	case "html":
		Page(w)
	case "empty":
		say(w, "{}")
	case "null":
		say(w, "null")
	case "list":
		say(w, "[]")
	case "bomb":
		bomb(w)
	case "date":
		offset, err := time.ParseDuration(value)
		if err != nil {
			panic(err) // a mistake in a test
		}
		w.Header().Set("Date", time.Now().Add(offset).UTC().Format(http.TimeFormat))
		answer(w)
	default:
		return distort(w, way, answer, done)
	}
	return true
}

// distort serves the right answer, spoilt.
func distort(w http.ResponseWriter, way string, answer func(http.ResponseWriter), done <-chan struct{}) bool {
	if !Known(way) {
		return false
	}
	rec := httptest.NewRecorder()
	answer(rec)
	body := rec.Body.Bytes()
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	switch way {
	case "truncated":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case "half":
		_, _ = w.Write(body[:len(body)/2])
	case "text":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(body)
	case "slow":
		for _, b := range body {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-done:
				return true
			case <-time.After(time.Second):
			}
		}
	}
	return true
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, body)
}

// Page answers 200 with the page of a proxy or a status site.
func Page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<html><title>Welcome</title>::error::x</html>")
}

// Fail answers with a status and an error as npm's registry writes it.
func Fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}

func bomb(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	blanks := bytes.Repeat([]byte{' '}, 1<<20)
	for range 1 << 10 {
		if _, err := z.Write(blanks); err != nil {
			return
		}
	}
	_ = z.Close()
}
