package publish_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
)

var (
	errStaged    = status(409, `Cannot publish over previously staged version "1.0.0".`)
	errPublished = status(409, "Cannot stage previously published version")
	errDropped   = errors.New("connection reset by peer")
	errHidden    = status(403, "Insufficient permissions to access this resource")
)

// What becomes of a document that is staged, by the answers to it and by what
// the credential may see.
func TestStage(t *testing.T) {
	ball := demo(t)
	other := demoOther(t)
	plan, err := publish.New(ball, publish.Options{Registry: there})
	if err != nil {
		t.Fatal(err)
	}
	ours := registry.Staged{ID: stageID, Name: "@acme/demo", Version: "1.0.0", Tag: "latest", Status: "staged", Shasum: plan.Shasum}
	with := func(change func(*registry.Staged)) []registry.Staged {
		s := ours
		change(&s)
		return []registry.Staged{{ID: strings.Replace(stageID, "1", "2", 1), Name: "@acme/demo", Version: "0.9.0"}, s}
	}
	receipt := func(change func(*publish.Receipt)) *publish.Receipt {
		r := plan.Receipt()
		r.Road, r.StageID, r.State, r.Published = "stage", stageID, publish.Done, "staged"
		change(&r)
		return &r
	}
	for _, c := range []struct {
		name    string
		told    told
		earlier *publish.Receipt
		seed    []byte // published before
		late    []byte // published between the look and the POST
		want    publish.Published
		err     string
		says    string
		posts   int
	}{
		{name: "staged", want: publish.Staged, posts: 1},
		{name: "published before", seed: ball.Bytes, want: publish.Already},
		{name: "others published before", seed: other.Bytes, want: publish.No, err: "mismatch"},
		{name: "dropped, and it is there", told: told{stage: []error{errDropped}, list: []registry.Staged{ours}, bytes: ball.Bytes},
			want: publish.Staged, posts: 1},
		{name: "503, unseen, then fine", told: told{stage: []error{status(503, "")}, listErr: errHidden}, want: publish.Staged, posts: 2},
		{name: "503 for ever, unseen", told: told{stage: []error{status(503, ""), status(503, ""), status(503, "")}, listErr: errHidden},
			want: publish.No, err: "unknown", says: "does not see what is staged", posts: 3},
		{name: "503 for ever, seen", told: told{stage: []error{status(503, ""), status(503, ""), status(503, "")}},
			want: publish.No, err: "other", says: "did not arrive", posts: 3},
		{name: "dropped, then 409, unseen", told: told{stage: []error{errDropped, errStaged}, listErr: errHidden},
			want: publish.No, err: "unknown", says: "somebody else's may hold other bytes", posts: 2},
		{name: "dropped, then 409, seen", told: told{stage: []error{errDropped, errStaged}, list: []registry.Staged{ours}, bytes: ball.Bytes},
			want: publish.Staged, posts: 1},
		{name: "409 staged, ours by its digest", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Shasum, s.Integrity = "", ball.Integrity })}, want: publish.Staged, posts: 1},
		{name: "409 staged, ours by its bytes", told: told{stage: []error{errStaged}, list: []registry.Staged{ours}, bytes: ball.Bytes},
			want: publish.Staged, posts: 1},
		{name: "409 staged, ours by SHA-1 alone", told: told{stage: []error{errStaged}, list: []registry.Staged{ours}},
			want: publish.No, err: "unknown", says: "npm stage list", posts: 1},
		{name: "409 staged, others by SHA-512", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Integrity = other.Integrity })}, want: publish.No, err: "mismatch", says: stageID, posts: 1},
		{name: "409 staged, others by SHA-1", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Shasum = strings.Repeat("0", 40) })}, want: publish.No, err: "mismatch", posts: 1},
		{name: "409 staged, others by their bytes", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Shasum = "" }), bytes: other.Bytes}, want: publish.No, err: "mismatch", posts: 1},
		{name: "409 staged, ours under another tag", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Integrity, s.Tag = ball.Integrity, "next" })}, want: publish.No, err: "mismatch", posts: 1},
		{name: "409 staged, ours with another access", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Integrity, s.Access = ball.Integrity, "restricted" })},
			want: publish.No, err: "mismatch", says: `of access "restricted", judged was public`, posts: 1},
		{name: "409 staged, the list does not show it", told: told{stage: []error{errStaged}}, want: publish.No, err: "unknown", posts: 1},
		{name: "409 staged, unseen, our receipt", told: told{stage: []error{errStaged}, listErr: errHidden},
			earlier: receipt(func(*publish.Receipt) {}), want: publish.Staged, posts: 1},
		{name: "409 staged, unseen, a receipt without an id", told: told{stage: []error{errStaged}, listErr: errHidden},
			earlier: receipt(func(r *publish.Receipt) { r.StageID = "" }), want: publish.No, err: "unknown", posts: 1},
		{name: "409 staged, unseen, a receipt of other bytes", told: told{stage: []error{errStaged}, listErr: errHidden},
			earlier: receipt(func(r *publish.Receipt) { r.Integrity = other.Integrity }), want: publish.No, err: "unknown", posts: 1},
		{name: "409 staged, our receipt, and others are seen", told: told{stage: []error{errStaged},
			list: with(func(s *registry.Staged) { s.Integrity = other.Integrity })},
			earlier: receipt(func(*publish.Receipt) {}), want: publish.No, err: "mismatch", posts: 1},
		{name: "409 published, ours", told: told{stage: []error{errPublished}}, late: ball.Bytes, want: publish.Already, posts: 1},
		{name: "409 published, others", told: told{stage: []error{errPublished}}, late: other.Bytes, want: publish.No, err: "mismatch", posts: 1},
		{name: "409 published, never shown", told: told{stage: []error{errPublished}}, want: publish.No, err: "unknown",
			says: "raise the version", posts: 1},
		{name: "409 of the general kind, for ever", told: told{stage: []error{
			status(409, "Conflict"), status(409, "Conflict"), status(409, "Conflict"), status(409, "Conflict"), status(409, "Conflict")}},
			want: publish.No, err: "other", says: "run again in a few minutes", posts: 5},
		{name: "409 of the general kind, then fine", told: told{stage: []error{status(409, "Conflict")}}, want: publish.Staged, posts: 2},
		{name: "201 without an id, unseen", told: told{stage: []error{&registry.AnswerError{What: "no id"}, errStaged}, listErr: errHidden},
			want: publish.No, err: "unknown", posts: 2},
		{name: "201 without an id, seen", told: told{stage: []error{&registry.AnswerError{What: "no id"}},
			list: []registry.Staged{ours}, bytes: ball.Bytes}, want: publish.Staged, posts: 1},
		{name: "403 may not stage", told: told{stage: []error{status(403, "OIDC permission denied for this action")}},
			want: publish.No, err: "other", says: "the trusted publisher may not stage", posts: 1},
		{name: "404 no staging", told: told{stage: []error{status(404, "Not found")}}, want: publish.No, err: "other",
			says: "-publish npm", posts: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.seed != nil {
				w.Seed("@acme/demo", "1.0.0", "latest", c.seed)
			}
			c.told.Client = w.client
			c.told.afterStage = func() {
				if c.late != nil {
					w.Seed("@acme/demo", "1.0.0", "latest", c.late)
				}
			}
			wait := w.waitFor(0)
			if c.earlier != nil {
				wait.Earlier = c.earlier
				wait.Earlier.Registry = w.URL
			}
			out, err := publish.Publish(t.Context(), &c.told, w.plan(t, ball, publish.Options{Road: publish.Staging, Access: "public"}),
				allow(t, ball), wait)
			if out.Published != c.want || kindOf(err) != c.err || c.says != "" && !says(err, c.says) {
				t.Errorf("%s, %v, expected %s, %q", out.Published, err, c.want, c.err)
			}
			if c.told.posts != c.posts || out.Puts != c.posts || len(w.Puts()) != 0 {
				t.Errorf("%d POSTs, %d of them told, expected %d, and\n%s", c.told.posts, out.Puts, c.posts, w.Log())
			}
			if (out.Published == publish.Staged) != (out.StageID == stageID) || (out.Published == publish.Already) != out.Visible {
				t.Errorf("%+v", out)
			}
			if w.slept > time.Minute || out.Published == publish.Staged && c.told.looks > 0 {
				t.Errorf("waited %s, looked %d times", w.slept, c.told.looks)
			}
		})
	}
}

// What becomes of a staged version that is waited for.
func TestApproval(t *testing.T) {
	ball := demo(t)
	other := []byte("\x1f\x8bother")
	minutes := func(n int) func(*world) bool { // visible after so long
		return func(w *world) bool { return w.slept >= time.Duration(n)*time.Minute }
	}
	never := func(*world) bool { return false }
	for _, c := range []struct {
		name    string
		states  []string
		visible func(*world) bool
		bytes   []byte
		lost    bool // the answer to the document
		readErr error
		warns   string
		gone    int // looks at the stage after which it is not there
		want    publish.Published
		err     string
		says    string
	}{
		{name: "approved", states: []string{"staged", "staged", "validating"}, visible: minutes(3), bytes: ball.Bytes, gone: 2,
			want: publish.Yes},
		{name: "approved, nothing is told", visible: minutes(3), bytes: ball.Bytes, want: publish.Yes},
		{name: "approved, the stage is gone, nothing is told", visible: minutes(20), bytes: ball.Bytes, gone: 1, want: publish.Yes},
		{name: "other bytes", states: []string{"published"}, visible: minutes(1), bytes: other, want: publish.Staged, err: "mismatch"},
		{name: "nobody looks at it", states: []string{"staged"}, visible: never, gone: 999, want: publish.Staged},
		{name: "nobody looks at it, nothing is told", visible: never, want: publish.Staged},
		{name: "the reads are refused in the end", visible: never, readErr: status(401, "expired"), want: publish.Staged,
			warns: "could not be read at last: the registry answered POST with 401"},
		{name: "the state is down", states: []string{"503"}, visible: never, gone: 999, want: publish.Staged},
		{name: "rejected", states: []string{"staged", "staged", "-"}, visible: never, gone: 2, want: publish.No, err: "refused",
			says: "was rejected"},
		{name: "blocked", states: []string{"validating", "blocked"}, visible: never, gone: 999, want: publish.Withheld, err: "blocked"},
		{name: "blocked, after an answer that was lost", lost: true, states: []string{"validating", "blocked"}, visible: never, gone: 999,
			want: publish.Withheld, err: "blocked"},
		{name: "rejected, after an answer that was lost", lost: true, states: []string{"staged", "staged", "-"}, visible: never, gone: 2,
			want: publish.No, err: "refused", says: "was rejected"},
		{name: "deleted", states: []string{"staged", "deleted"}, visible: never, gone: 1, want: publish.No, err: "other",
			says: "raise the version"},
		{name: "an unknown word", states: []string{"staged", "frozen"}, visible: never, gone: 999, want: publish.Staged, err: "other",
			says: `"frozen"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			looks := 0
			r := &told{Client: w.client, states: c.states, readErr: c.readErr, hidden: func() bool { return !c.visible(w) }}
			r.afterStage = func() {
				if c.bytes != nil {
					w.Seed("@acme/demo", "1.0.0", "latest", c.bytes)
				}
			}
			if c.lost {
				r.stage = []error{errDropped}
				r.list = []registry.Staged{{ID: stageID, Name: "@acme/demo", Version: "1.0.0", Integrity: ball.Integrity}}
			}
			r.one = func(id string) (registry.Staged, bool, error) {
				looks++
				return registry.Staged{}, id == stageID && looks <= c.gone, nil
			}
			out, err := publish.Publish(t.Context(), r, w.plan(t, ball, publish.Options{Road: publish.Staging, Tags: []string{"next"}}),
				allow(t, ball), w.waitFor(30*time.Minute))
			if out.Published != c.want || kindOf(err) != c.err || c.says != "" && !says(err, c.says) || out.StageID != stageID {
				t.Errorf("%s, %v, expected %s, %q: %+v", out.Published, err, c.want, c.err, out)
			}
			if c.want == publish.Staged && err == nil && !contains(out.Warnings, cmp.Or(c.warns, "nobody approved it")) {
				t.Errorf("warnings %q", out.Warnings)
			}
			if w.slept > 31*time.Minute || r.looks > 80 {
				t.Errorf("waited %s, looked %d times", w.slept, r.looks)
			}
			if c.want == publish.Staged && len(out.TagsLeft) != 1 {
				t.Errorf("tags: %+v", out)
			}
		})
	}
}

// Told to stop while the document is under way to the stage: what the answer or
// a last look says is what happened.
func TestStageStopped(t *testing.T) {
	ball := demo(t)
	for name, c := range map[string]struct {
		answer error
		list   []registry.Staged
		want   publish.Published
		err    string
	}{
		"the answer came": {nil, nil, publish.Staged, ""},
		"no answer, it shows": {context.Canceled, []registry.Staged{{ID: stageID, Name: "@acme/demo", Version: "1.0.0",
			Integrity: ball.Integrity}}, publish.Staged, ""},
		"no answer": {context.Canceled, nil, publish.No, "unknown"},
	} {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		r := &told{Client: w.client, stage: []error{c.answer}, list: c.list, afterStage: cancel}
		out, err := publish.Publish(ctx, r, w.plan(t, ball, publish.Options{Road: publish.Staging}), allow(t, ball), w.waitFor(time.Hour))
		if out.Published != c.want || kindOf(err) != c.err || r.posts != 1 || w.slept != 0 {
			t.Errorf("%s: %+v, %v, waited %s", name, out, err, w.slept)
		}
	}
}

// What was seen staged before is not staged again.
func TestStagedBefore(t *testing.T) {
	w := newWorld(t)
	ball := demo(t)
	r := &told{Client: w.client}
	wait := w.waitFor(0)
	wait.StageID = stageID
	p := w.plan(t, ball, publish.Options{Road: publish.Staging, Provenance: true})
	out, err := publish.Publish(t.Context(), r, p, allow(t, ball), wait)
	if err != nil || out.Published != publish.Staged || out.StageID != stageID || r.posts != 0 {
		t.Errorf("%+v, %v, %d POSTs", out, err, r.posts)
	}
	// On the direct road it says nothing.
	p = w.plan(t, ball, publish.Options{Provenance: true})
	if out, err = publish.Publish(t.Context(), r, p, allow(t, ball), wait); kindOf(err) != "refused" || len(w.Puts()) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
	p = w.plan(t, ball, publish.Options{})
	if out, err = publish.Publish(t.Context(), w.client, p, allow(t, ball),
		wait); err != nil || out.Published != publish.Yes || len(w.Puts()) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// A person decides while the run waits, at a registry that plays npm's.
func TestDecidedMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		decide func(w *world, id string)
		want   publish.Published
		err    string
	}{
		"approved": {func(w *world, id string) {
			if err := w.Approve(id); err != nil {
				t.Error(err)
			}
		}, publish.Yes, ""},
		"rejected":     {func(w *world, id string) { w.Reject(id) }, publish.No, "refused"},
		"nobody looks": {func(*world, string) {}, publish.Staged, ""},
	} {
		w := newWorld(t)
		ball := demo(t)
		wait := w.waitFor(time.Hour)
		wait.Sleep = func(ctx context.Context, d time.Duration) error {
			if staged := w.Staged(); w.slept > time.Minute && len(staged) > 0 {
				c.decide(w, staged[0].ID)
			}
			return w.sleep(ctx, d)
		}
		p := w.plan(t, ball, publish.Options{Road: publish.Staging, Access: "public"})
		out, err := publish.Publish(t.Context(), w.client, p, allow(t, ball), wait)
		if out.Published != c.want || kindOf(err) != c.err || !registry.IsStageID(out.StageID) || len(w.Puts()) != 1 {
			t.Errorf("%s: %+v, %v\n%s", name, out, err, w.Log())
		}
		if (out.Approver != "") != (c.want == publish.Yes) || c.want != publish.Staged && w.slept > 5*time.Minute {
			t.Errorf("%s: approved by %q, waited %s", name, out.Approver, w.slept)
		}
	}
}
