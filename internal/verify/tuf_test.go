package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/tufrepo"
)

// TestRepository: what comes from a TUF repository is current and whole, or it
// is an error.
func TestRepository(t *testing.T) {
	targets := map[string][]byte{TrustedRoot: []byte("the root"), NPMKeys: []byte("the keys")}
	past := time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		before *tufrepo.State // seen by an earlier run with the same cache
		state  tufrepo.State
		change func(*tufrepo.Repository, *Repository)
		want   string // part of the error; "": none
	}{
		"current":             {nil, tufrepo.State{Targets: targets}, nil, ""},
		"chain of 15 roots":   {nil, tufrepo.State{Targets: targets, Roots: 15}, nil, ""},
		"newer than the last": {&tufrepo.State{Targets: targets, Version: 2}, tufrepo.State{Targets: targets, Version: 3, Roots: 2}, nil, ""},
		"expired timestamp":   {nil, tufrepo.State{Targets: targets, Expires: map[string]time.Time{"timestamp": past}}, nil, "expired"},
		"expired snapshot":    {nil, tufrepo.State{Targets: targets, Expires: map[string]time.Time{"snapshot": past}}, nil, "expired"},
		"expired targets":     {nil, tufrepo.State{Targets: targets, Expires: map[string]time.Time{"targets": past}}, nil, "expired"},
		"expired root":        {nil, tufrepo.State{Targets: targets, Expires: map[string]time.Time{"root": past}}, nil, "expired"},
		"rolled back":         {&tufrepo.State{Targets: targets, Version: 3}, tufrepo.State{Targets: targets, Version: 2}, nil, "version"},
		"missing target":      {nil, tufrepo.State{Targets: map[string][]byte{"other": nil}}, nil, TrustedRoot},
		"changed target": {nil, tufrepo.State{Targets: targets}, func(served *tufrepo.Repository, _ *Repository) {
			served.Change(TrustedRoot, []byte("another "))
		}, TrustedRoot},
		"larger target": {nil, tufrepo.State{Targets: targets}, func(served *tufrepo.Repository, _ *Repository) {
			served.Change(TrustedRoot, make([]byte, 1000))
		}, TrustedRoot},
		"another's root": {nil, tufrepo.State{Targets: targets}, func(_ *tufrepo.Repository, r *Repository) {
			r.Root = PublicGoodRoot()
		}, "root"},
		"down, no cache": {nil, tufrepo.State{Targets: targets}, func(served *tufrepo.Repository, _ *Repository) { served.Close() }, "tuf"},
		"down, fresh cache": {&tufrepo.State{Targets: targets}, tufrepo.State{Targets: targets},
			func(served *tufrepo.Repository, _ *Repository) { served.Close() }, ""},
		"in trouble, fresh cache": {&tufrepo.State{Targets: targets}, tufrepo.State{Targets: targets},
			func(served *tufrepo.Repository, _ *Repository) { served.Fail(http.StatusServiceUnavailable) }, ""},
		"refuses, fresh cache": {&tufrepo.State{Targets: targets}, tufrepo.State{Targets: targets},
			func(served *tufrepo.Repository, _ *Repository) { served.Fail(http.StatusForbidden) }, "403"},
		"offline, fresh cache": {&tufrepo.State{Targets: targets}, tufrepo.State{Targets: targets},
			func(_ *tufrepo.Repository, r *Repository) { r.Offline = true }, ""},
		"offline, no cache": {nil, tufrepo.State{Targets: targets},
			func(_ *tufrepo.Repository, r *Repository) { r.Offline, r.Cache = true, "" }, "offline"},
		"offline, expired cache": {&tufrepo.State{Targets: targets},
			tufrepo.State{Targets: targets, Expires: map[string]time.Time{"timestamp": past}},
			func(served *tufrepo.Repository, r *Repository) { replaceKept(t, served, r.Cache); r.Offline = true }, "offline"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := test.state
			if test.before != nil {
				state = *test.before
			}
			served, err := tufrepo.Start(state)
			if err != nil {
				t.Fatal(err)
			}
			defer served.Close()
			r := Repository{URL: served.URL, Root: served.Root, Transport: &http.Transport{}}
			if test.before != nil {
				r.Cache = t.TempDir()
				if err := get(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if err := served.Set(test.state); err != nil {
					t.Fatal(err)
				}
			}
			if test.change != nil {
				test.change(served, &r)
			}
			asked := len(served.Asked())
			err = get(t.Context(), r)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
			if r.Offline && len(served.Asked()) != asked {
				t.Errorf("offline, %q was asked for", served.Asked()[asked:])
			}
		})
	}
}

// replaceKept puts the timestamp.json that is served now into the cache.
func replaceKept(t *testing.T, served *tufrepo.Repository, cache string) {
	response, err := http.Get(served.URL + "/timestamp.json")
	if err != nil {
		t.Error(err)
		return
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	kept, globErr := filepath.Glob(filepath.Join(cache, "*", "timestamp.json"))
	if err != nil || globErr != nil || len(kept) != 1 || response.StatusCode != http.StatusOK {
		t.Errorf("%v, %v: %q is kept, answered %s", err, globErr, kept, response.Status)
		return
	}
	if err := os.WriteFile(kept[0], data, 0o600); err != nil {
		t.Error(err)
	}
}

// get reads the two targets.
func get(ctx context.Context, r Repository) error {
	targets, err := r.Open(ctx)
	if err != nil {
		return err
	}
	for _, target := range [][2]string{{TrustedRoot, "the root"}, {NPMKeys, "the keys"}} {
		data, err := targets.Get(target[0])
		if err != nil {
			return err
		}
		if string(data) != target[1] {
			return errors.New(target[0] + " is " + string(data))
		}
	}
	return nil
}

// No answer of a TUF repository makes the client panic or is believed.
func FuzzRepository(f *testing.F) {
	served, err := tufrepo.Start(tufrepo.State{Targets: map[string][]byte{TrustedRoot: []byte("the root")}})
	if err != nil {
		f.Fatal(err)
	}
	served.Close()
	f.Add([]byte("{}"))
	f.Add(served.Root)
	f.Add([]byte(`{"signed":{"_type":"timestamp","version":1,"expires":"2100-01-01T00:00:00Z","meta":{}},"signatures":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Repository{URL: "http://tuf.test", Root: served.Root, Transport: answers(func(request *http.Request) (int, []byte) {
			if strings.Contains(request.URL.Path, "root.json") {
				return http.StatusNotFound, nil
			}
			return http.StatusOK, data
		})}
		if err := get(t.Context(), r); err == nil {
			t.Error("believed")
		}
	})
}

// answers is a transport without a network.
type answers func(*http.Request) (int, []byte)

func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	status, body := a(request)
	return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: request,
		ContentLength: int64(len(body))}, nil
}
