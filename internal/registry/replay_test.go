package registry_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// look reads all that is read of packages that are watched, through a transport.
func look(t *testing.T, address string, by http.RoundTripper) string {
	t.Helper()
	o := registry.Options{Registry: address, Token: credential.New("login"), Transport: by, Sleep: (&waits{}).sleep,
		Now: func() time.Time { return fake.WidgetEnd }}
	c, err := registry.New(o)
	if err != nil {
		t.Fatal(err)
	}
	count, err := registry.NewCounter(o)
	if err != nil {
		t.Fatal(err)
	}
	h, found, err := c.History(t.Context(), "@acme/widget")
	_, gone, absent := c.History(t.Context(), "@acme/gone")
	scope, alone := c.ScopePackages(t.Context(), "@acme")
	days, _, uncounted := count.Days(t.Context(), "@acme/widget", date("2026-01-01"), date("2026-11-30"))
	stages, unstaged := c.StagedOf(t.Context(), "@acme/widget")
	if err := errors.Join(err, absent, alone, uncounted, unstaged); err != nil || !found || gone {
		t.Fatalf("%v, %v, %v", found, gone, err)
	}
	data, err := c.Tarball(t.Context(), registry.Info{Name: h.Name, Version: "3.3.2", Integrity: h.Releases[44].Integrity,
		Tarball: h.Releases[44].Tarball}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(h, scope, days, stages, data)
}

// TestReplay: a look is the same from what was recorded of it, and what was not
// asked then is no answer.
func TestReplay(t *testing.T) {
	s, dir := widget(t), t.TempDir()
	s.Grant("login", fake.Grant{Kind: "user"})
	if _, err := s.Wait("@acme/widget", fake.Waiting{Version: "4.0.0"}); err != nil {
		t.Fatal(err)
	}
	transport := web.NewTransport(web.TransportOptions{})
	defer transport.CloseIdleConnections()
	plain := look(t, s.URL, transport)
	recorder, err := web.Record(dir, transport)
	if err != nil {
		t.Fatal(err)
	}
	first := look(t, s.URL, recorder)
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	address, before := s.URL, len(s.Requests())
	s.Fail("get-500", 0, 0)
	replayer, err := web.Replay(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer replayer.Close()
	if again := look(t, address, replayer); again != first || first != plain || len(s.Requests()) != before {
		t.Errorf("%d requests; %.300s\nexpected %.300s", len(s.Requests())-before, again, first)
	}
	c, err := registry.New(registry.Options{Registry: address, Transport: replayer, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h, found, err := c.History(t.Context(), "@acme/other")
	var recording *web.RecordingError
	if found || !errors.As(err, &recording) {
		t.Errorf("%v, %v, %v", h, found, err)
	}
}
