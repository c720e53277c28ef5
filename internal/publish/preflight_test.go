package publish_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
)

// Whatever the registry says, looking sends nothing; only a clear no to the
// token is one, and only where a token is to be used.
func TestLook(t *testing.T) {
	ball := demo(t)
	for _, c := range []struct {
		name  string
		set   func(w *world)
		token string
		ask   bool
		want  string // words about the preflight and the error
	}{
		{"free", nil, canary, true, "looked"},
		{"ours", func(w *world) { w.Seed("@acme/demo", "1.0.0", "latest", ball.Bytes) }, canary, true, "looked already"},
		{"ours, the tag elsewhere", func(w *world) { w.Seed("@acme/demo", "1.0.0", "next", ball.Bytes) }, canary, true, "looked already warned"},
		{"other bytes", func(w *world) { w.Seed("@acme/demo", "1.0.0", "latest", []byte("x")) }, canary, true, "looked mismatch"},
		{"other bytes, no token", func(w *world) { w.Seed("@acme/demo", "1.0.0", "latest", []byte("x")) }, "", false, "looked mismatch"},
		{"wrong token", nil, "wrong", true, "looked refused"},
		{"wrong token, nobody asked", nil, "wrong", false, "looked"},
		{"no token", nil, "", true, "looked none"},
		{"reads want a token", func(w *world) { w.Fail("get-401", 0, -1) }, "wrong", true, "refused"},
		{"whoami is not there", func(w *world) { w.Fail("get-404", 1, -1) }, canary, true, "looked warned"},
		{"whoami is forbidden", func(w *world) { w.Fail("get-403", 1, -1) }, "wrong", true, "looked warned"},
		{"whoami is down", func(w *world) { w.Fail("get-503", 1, -1) }, canary, true, "looked error"},
		{"whoami is down for a moment", func(w *world) { w.Fail("get-503", 1, 2) }, canary, true, "looked"},
		{"whoami breaks off", func(w *world) { w.Fail("whoami-drop", 0, -1) }, canary, true, "looked error"},
		{"whoami is busy", func(w *world) { w.Fail("whoami-429", 0, -1) }, canary, true, "looked error"},
		{"whoami is cut short", func(w *world) { w.Fail("whoami-truncated", 0, -1) }, canary, true, "looked error"},
		{"whoami is not implemented", func(w *world) { w.Fail("whoami-501", 0, -1) }, canary, true, "looked warned"},
		{"whoami leads elsewhere", func(w *world) { w.Fail("get-302=http://localhost:1/", 1, -1) }, canary, true, "looked warned"},
		{"whoami is a page", func(w *world) { w.Fail("get-html", 1, -1) }, canary, true, "looked warned"},
		{"whoami knows nobody", func(w *world) { w.Fail("get-empty", 1, -1) }, canary, true, "looked refused"},
		{"reads lead elsewhere", func(w *world) { w.Fail("get-302=http://localhost:1/", 0, 1) }, canary, true, "looked"},
		{"down", func(w *world) { w.Fail("get-503", 0, -1) }, canary, true, "error"},
		{"a release is higher", func(w *world) { w.Seed("@acme/demo", "2.0.0", "next", []byte("x")) }, canary, true, "misuse"},
		{"ours, without a digest",
			func(w *world) { w.Seed("@acme/demo", "1.0.0", "latest", ball.Bytes); w.Fail("get-no-digest", 0, -1) }, canary, true, "looked already"},
		{"others, without a digest", func(w *world) {
			w.Seed("@acme/demo", "1.0.0", "latest", []byte("\x1f\x8bx"))
			w.Fail("get-no-digest", 0, -1)
		}, canary, true, "looked mismatch"},
		{"a page, without a digest", func(w *world) {
			w.Seed("@acme/demo", "1.0.0", "latest", []byte("<html>"))
			w.Fail("get-no-digest", 0, -1)
		}, canary, true, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.set != nil {
				c.set(w)
			}
			f, err := publish.Look(t.Context(), w.newClient(t, c.token), w.plan(t, ball, publish.Options{Access: "public"}), c.ask)
			var got []string
			for _, word := range []struct {
				is   bool
				word string
			}{
				{f.Looked, "looked"}, {f.Already, "already"}, {f.Mismatch != nil, "mismatch"}, {len(f.Warnings) > 0, "warned"},
				{f.Token != nil && registry.Unauthorized(f.Token), "refused"}, {errors.Is(f.Token, registry.ErrNoToken), "none"},
				{kindOf(err) == "refused", "misuse"}, {err != nil && kindOf(err) != "refused", "error"},
			} {
				if word.is {
					got = append(got, word.word)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s, expected %s: %+v, %v", s, c.want, f, err)
			}
			if len(w.Puts()) != 0 ||
				strings.Contains(w.Log(), "whoami") != (c.ask && strings.HasPrefix(c.want, "looked") && !f.Already &&
					f.Mismatch == nil && c.token != "") {
				t.Errorf("requests\n%s", w.Log())
			}
			for _, text := range []string{w.Log(), errorText(f.Token), errorText(err)} {
				if strings.Contains(text, canary) {
					t.Errorf("the token is shown: %s", text)
				}
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Who may read the package is known before, and that everybody will is said.
func TestLookAccess(t *testing.T) {
	ball := demo(t)
	yes, no := true, false
	for _, c := range []struct {
		asked  string
		public *bool
		known  bool
		want   string
		warned bool
		atMost int
	}{
		{"public", &no, true, "restricted", true, 2},
		{"public", &yes, true, "public", false, 2},
		{"restricted", &no, true, "restricted", false, 2},
		{"public", nil, true, "", false, 2},
		{"public", &no, false, "", false, 2},
	} {
		w := newWorld(t)
		if c.known {
			w.Seed("@acme/demo", "0.9.0", "latest", []byte("x"))
		}
		f, err := publish.Look(t.Context(), &told{Client: w.client, public: c.public}, w.plan(t, ball, publish.Options{Access: c.asked}), true)
		if err != nil || f.Access != c.want || f.Known != c.known || (len(f.Warnings) > 0) != c.warned || len(w.Requests()) > c.atMost {
			t.Errorf("%+v: %+v, %v\n%s", c, f, err, w.Log())
		}
	}
}

// What waits there with this number is known before anything is signed, where the
// registry tells.
func TestLookAhead(t *testing.T) {
	ball := demo(t)
	ours := []registry.Staged{{ID: stageID, Name: "@acme/demo", Version: "1.0.0", Integrity: ball.Integrity}}
	others := []registry.Staged{{ID: stageID, Name: "@acme/demo", Version: "1.0.0", Integrity: demoOther(t).Integrity}}
	for _, c := range []struct {
		name  string
		road  publish.Road
		told  told
		token bool
		want  string // state, id, then words about the error
		says  string
	}{
		{"nothing is told", publish.Staging, told{}, true, "- -", ""},
		{"nobody asks", publish.Staging, told{states: []string{"staged"}, list: ours}, false, "- -", ""},
		{"ours is staged", publish.Staging, told{states: []string{"staged"}, list: ours}, true, "staged " + stageID, ""},
		{"others are staged", publish.Staging, told{states: []string{"staged"}, list: others}, true, "staged - mismatch", ""},
		{"something is staged", publish.Staging, told{states: []string{"staged"}, listErr: errHidden}, true, "staged - warned", ""},
		{"ours is staged, and is to be published", publish.Direct, told{states: []string{"staged"}, list: ours}, true, "staged - other",
			"approve or reject it"},
		{"others are staged, and it is to be published", publish.Direct, told{states: []string{"staged"}, list: others}, true,
			"staged - mismatch", ""},
		{"validating", publish.Direct, told{states: []string{"validating"}}, true, "validating -", ""},
		{"blocked", publish.Direct, told{states: []string{"blocked"}}, true, "blocked - refused", "its validation did not let the version pass"},
		{"deleted", publish.Staging, told{states: []string{"deleted"}}, true, "deleted - other", "raise the version"},
		{"an unknown word", publish.Staging, told{states: []string{"frozen"}}, true, "frozen - other", "does not know"},
		{"the state is down", publish.Staging, told{states: []string{"503"}}, true, "- -", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.told.Client = w.client
			w.Seed("@acme/demo", "0.9.0", "latest", []byte("x"))
			f, err := publish.Look(t.Context(), &c.told, w.plan(t, ball, publish.Options{Access: "public", Road: c.road}), c.token)
			got := cmp.Or(f.State, "-") + " " + cmp.Or(f.StageID, "-")
			for _, word := range []struct {
				is   bool
				word string
			}{{f.Mismatch != nil, "mismatch"}, {len(f.Warnings) > 0, "warned"}, {err != nil, kindOf(err)}} {
				if word.is {
					got += " " + word.word
				}
			}
			if got != c.want || c.says != "" && !says(err, c.says) || len(w.Puts()) != 0 {
				t.Errorf("%s, expected %s: %+v, %v", got, c.want, f, err)
			}
		})
	}
}

// What was looked at counts for the same plan and for a moment. Whoever took the
// version meanwhile is found in each case; where it was looked at again, before
// anything was sent.
func TestLookedAhead(t *testing.T) {
	for name, c := range map[string]struct {
		age   time.Duration
		other bool
		sent  int
	}{
		"a moment ago":    {0, false, 1},
		"a minute ago":    {time.Minute, false, 0},
		"of another plan": {0, true, 0},
	} {
		w := newWorld(t)
		ball := demo(t)
		p := w.plan(t, ball, publish.Options{Access: "public"})
		looked := p
		if c.other {
			looked = w.plan(t, ball, publish.Options{Access: "public"})
		}
		f, err := publish.Look(t.Context(), w.client, looked, true)
		if err != nil || !f.Looked || f.Already {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
		f.Age(c.age)
		w.Seed("@acme/demo", "1.0.0", "latest", []byte("other bytes"))
		wait := w.waits()
		wait.Ahead = &f
		out, err := publish.Publish(t.Context(), w.client, p, allow(t, ball), wait)
		if kindOf(err) != "mismatch" || out.Published != publish.No || len(w.Puts()) != c.sent {
			t.Errorf("%s: %+v, %v\n%s", name, out, err, w.Log())
		}
	}
}
