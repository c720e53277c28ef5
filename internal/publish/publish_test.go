package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
)

func TestPublish(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{Access: "public"}), allow(t, ball), w.waits())
	if err != nil {
		t.Fatal(err)
	}
	if out.Published != publish.Yes || !out.Visible || out.Integrity != ball.Integrity || out.Tag != "latest" ||
		out.Puts != 1 || len(out.Warnings) != 0 {
		t.Errorf("outcome %+v", out)
	}
	got, manifest := w.Published("@acme/demo", "1.0.0")
	if !bytes.Equal(got, ball.Bytes) {
		t.Error("the registry received other bytes than were judged")
	}
	puts := w.Puts()
	if len(puts) != 1 || puts[0].Method != http.MethodPut || puts[0].Path != "/@acme%2fdemo" ||
		puts[0].Header.Get("Authorization") != "Bearer "+canary {
		t.Fatalf("requests:\n%s", w.Log())
	}
	if strings.Contains(string(puts[0].Body), canary) {
		t.Error("the token is in the document")
	}
	want := `{"name":"@acme/demo","version":"1.0.0","description":"d\u0065mo","main":"index.js",` +
		`"readme":"# demo <b>\n","readmeFilename":"README.md","_id":"@acme/demo@1.0.0","dist":{`
	if !strings.HasPrefix(string(manifest), want) {
		t.Errorf("manifest %s", manifest)
	}
	var doc struct{ Access *string }
	if err := json.Unmarshal(puts[0].Body, &doc); err != nil || doc.Access == nil || *doc.Access != "public" {
		t.Errorf("access: %v, %v", doc.Access, err)
	}
}

// A second run over the same bytes is green and sends nothing; over other
// bytes it is an alarm and sends nothing.
func TestAgain(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	for i, want := range []publish.Published{publish.Yes, publish.Already, publish.Already} {
		out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
		if err != nil || out.Published != want || !out.Visible {
			t.Errorf("run %d: %+v, %v", i, out, err)
		}
	}
	other := demoOther(t)
	out, err := publish.Publish(t.Context(), w.client, w.plan(t, other, publish.Options{}), allow(t, other), w.waits())
	if kindOf(err) != "mismatch" || out.Published != publish.No {
		t.Errorf("other bytes: %+v, %v", out, err)
	}
	if len(w.Puts()) != 1 {
		t.Errorf("received\n%s", w.Log())
	}
}

// What somebody else published under the name in between decides: 403, then
// their bytes.
func TestOvertaken(t *testing.T) {
	for _, same := range []bool{true, false} {
		w := newWorld(t)
		ball := demo(t)
		theirs := ball.Bytes
		if !same {
			theirs = []byte("other bytes")
		}
		// Between the look and the PUT.
		r := &meddler{Client: w.client, before: func() { w.Seed("@acme/demo", "1.0.0", "latest", theirs) }}
		out, err := publish.Publish(t.Context(), r, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
		if same && (err != nil || out.Published != publish.Already) || !same && (kindOf(err) != "mismatch" || out.Published != publish.No) {
			t.Errorf("same bytes %v: %+v, %v", same, out, err)
		}
	}
}

// meddler does something just before a PUT.
type meddler struct {
	*registry.Client
	before func()
}

func (m *meddler) Put(ctx context.Context, name string, size int64, open func() io.ReadCloser) error {
	m.before()
	return m.Client.Put(ctx, name, size, open)
}

// Two gates at once, both past their look before either sends: one version, both
// green, and one of them published it.
func TestParallel(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	p, permit := w.plan(t, ball, publish.Options{}), allow(t, ball)
	var all, looked sync.WaitGroup
	looked.Add(2)
	outs := make([]publish.Outcome, 2)
	for i := range outs {
		r := &meddler{Client: w.newClient(t, canary), before: sync.OnceFunc(func() { looked.Done(); looked.Wait() })}
		all.Go(func() {
			var err error
			if outs[i], err = publish.Publish(t.Context(), r, p, permit, publish.Wait{}); err != nil {
				t.Errorf("%+v, %v", outs[i], err)
			}
		})
	}
	all.Wait()
	if outs[0].Published+outs[1].Published != publish.Yes+publish.Already || outs[0].Published*outs[1].Published == 0 {
		t.Errorf("%s and %s", outs[0].Published, outs[1].Published)
	}
	if got, _ := w.Published("@acme/demo", "1.0.0"); !bytes.Equal(got, ball.Bytes) || len(w.Puts()) != 2 {
		t.Errorf("other bytes than were judged, or other requests:\n%s", w.Log())
	}
}

// A redirected PUT is refused, and its target receives nothing.
func TestRedirect(t *testing.T) {
	w, elsewhere := newWorld(t), newWorld(t)
	w.Fail("put-307="+elsewhere.URL+"@acme%2fdemo", 0, 0)
	ball := demo(t)
	out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
	if kindOf(err) != "other" || out.Published != publish.No || elsewhere.Log() != "" || len(w.Puts()) != 1 {
		t.Errorf("%+v, %v, the target received %q", out, err, elsewhere.Log())
	}
}

// Without a passing verdict about these very bytes nothing is sent, not even a
// question.
func TestPermit(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	p := w.plan(t, ball, publish.Options{})
	other := pack(t, map[string]string{"package.json": demoManifest})
	swapped := allow(t, ball)
	for name, permit := range map[string]publish.Permit{"zero": {}, "other bytes": allow(t, other)} {
		if _, err := publish.Publish(t.Context(), w.client, p, permit, w.waits()); kindOf(err) != "refused" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := publish.Publish(t.Context(), w.client, nil, swapped, w.waits()); kindOf(err) != "refused" {
		t.Errorf("no plan: %v", err)
	}
	if _, err := publish.Publish(t.Context(), w.client, &publish.Plan{}, swapped, w.waits()); kindOf(err) != "refused" {
		t.Errorf("zero plan: %v", err)
	}
	// The bytes are swapped in memory after the verdict.
	ball.Bytes[len(ball.Bytes)-1]++
	if _, err := publish.Publish(t.Context(), w.client, p, swapped, w.waits()); kindOf(err) != "refused" {
		t.Errorf("swapped bytes: %v", err)
	}
	for _, v := range []policy.Verdict{{}, {Result: policy.Pass}, {Result: policy.Block}} {
		if _, err := publish.Allow(v, demo(t)); kindOf(err) != "refused" {
			t.Errorf("verdict %v: %v", v.Result, err)
		}
	}
	if got := w.Log(); got != "" {
		t.Errorf("received\n%s", got)
	}
}

func TestNoToken(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	_, err := publish.Publish(t.Context(), w.newClient(t, ""), w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
	var refused *publish.RefusedError
	if !errors.As(err, &refused) || !refused.Misuse() || w.Log() != "" {
		t.Errorf("%v, sent %q", err, w.Log())
	}
}

func TestPlanForAnotherRegistry(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	p, err := publish.New(ball, publish.Options{Registry: "https://elsewhere.example/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publish.Publish(t.Context(), w.client, p, allow(t, ball), w.waits()); err == nil || w.Log() != "" {
		t.Errorf("%v, sent %q", err, w.Log())
	}
}

// Told to stop before the PUT: nothing is sent. While it is under way: a few
// seconds to find out what became of it.
func TestStopped(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := publish.Publish(ctx, w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits()); err == nil ||
		len(w.Puts()) != 0 {
		t.Errorf("before: %v\n%s", err, w.Log())
	}
	for fault, want := range map[string]struct {
		published publish.Published
		err       string
	}{"put-hang-stored": {publish.Yes, ""}, "put-hang": {publish.No, "unknown"}} {
		w := newWorld(t)
		w.Fail(fault, 0, 0)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for len(w.Puts()) == 0 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond) // so that it is stored
			cancel()
		}()
		out, err := publish.Publish(ctx, w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
		cancel()
		if out.Published != want.published || kindOf(err) != want.err || len(w.Puts()) != 1 {
			t.Errorf("%s: %+v, %v, %d PUTs", fault, out, err, len(w.Puts()))
		}
	}
	// Between the look and the PUT.
	w = newWorld(t)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	late := &lateLook{Client: w.client, after: cancel}
	out, err := publish.Publish(ctx, late, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
	if kindOf(err) != "other" || out.Puts != 0 || len(w.Puts()) != 0 {
		t.Errorf("between: %+v, %v\n%s", out, err, w.Log())
	}
}

// lateLook does something after the last read before a PUT.
type lateLook struct {
	*registry.Client
	after func()
}

func (l *lateLook) Brief(ctx context.Context, name, version string) (registry.Brief, bool, error) {
	defer l.after()
	return l.Client.Brief(ctx, name, version)
}

// The deadline of the run ends the waiting; accepted stays accepted.
func TestDeadlineWhileInvisible(t *testing.T) {
	w := newWorld(t)
	w.Fail("lag", 0, 1000)
	ball := demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := publish.Publish(ctx, w.client, w.plan(t, ball, publish.Options{}), allow(t, ball),
		publish.Wait{For: time.Hour, Sleep: func(ctx context.Context, d time.Duration) error {
			cancel()
			return ctx.Err()
		}})
	if kindOf(err) != "invisible" || out.Published != publish.Accepted || out.Visible {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestPreview(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	preview := w.plan(t, ball, publish.Options{}).Preview()
	if preview.Method != "PUT" || preview.URL != w.URL+"@acme%2fdemo" {
		t.Errorf("%s %s", preview.Method, preview.URL)
	}
	text, err := json.Marshal(preview)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{ball.Integrity, `"length":` + fmt.Sprint(len(ball.Bytes)), `"dist-tags":{"latest":"1.0.0"}`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	if len(w.Requests()) != 0 {
		t.Errorf("received\n%s", w.Log())
	}
}

// The document is as long as it says, however it is read, and twice the same.
func TestDocument(t *testing.T) {
	w := newWorld(t)
	for _, size := range []int{0, 1, 2, 3, 24575, 24576, 24577, 100_000} {
		ball := pack(t, map[string]string{"package.json": demoManifest})
		ball.Bytes = append(ball.Bytes, make([]byte, size)...)
		ball = rehash(ball)
		p := w.plan(t, ball, publish.Options{})
		one, err := io.ReadAll(p.Open())
		if err != nil || int64(len(one)) != p.Size() || !json.Valid(one) {
			t.Errorf("%d: %d bytes of %d, %v", size, len(one), p.Size(), err)
		}
		two, _ := io.ReadAll(io.MultiReader(io.LimitReader(p.Open(), 0), p.Open()))
		if !bytes.Equal(one, two) {
			t.Errorf("%d: not twice the same", size)
		}
	}
}

var _ publish.Registry = (*registry.Client)(nil)

// blind does not see the package before it sends, like a stale replica.
type blind struct {
	*registry.Client
}

func (b *blind) Brief(ctx context.Context, name, version string) (registry.Brief, bool, error) {
	return registry.Brief{}, false, nil
}
