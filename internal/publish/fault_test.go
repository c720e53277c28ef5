package publish_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/publish"
)

// The fate of every way a registry can fail: what comes out,
// what the registry has afterwards, how often the document was sent.
func TestFaults(t *testing.T) {
	type want struct {
		published publish.Published
		visible   bool
		puts      int
		stored    bool
		err       string // "", mismatch, unknown, refused, other
	}
	type arm struct {
		fault       string
		skip, times int
	}
	tests := []struct {
		name string
		arms []arm
		want want
	}{
		{"503 then fine", []arm{{"put-503", 0, 1}}, want{publish.Yes, true, 2, true, ""}},
		{"503 twice then fine", []arm{{"put-503", 0, 2}}, want{publish.Yes, true, 3, true, ""}},
		{"503 for ever", []arm{{"put-503", 0, 0}}, want{publish.No, false, 3, false, "other"}},
		{"stored then 503", []arm{{"put-503-stored", 0, 1}}, want{publish.Yes, true, 1, true, ""}},
		{"stored then reset", []arm{{"put-drop-stored", 0, 1}}, want{publish.Yes, true, 1, true, ""}},
		{"reset then fine", []arm{{"put-drop", 0, 1}}, want{publish.Yes, true, 2, true, ""}},
		{"429 then fine", []arm{{"put-429", 0, 1}}, want{publish.Yes, true, 2, true, ""}},
		{"stored, 503, lagging, then 403", []arm{{"put-503-stored", 0, 1}, {"lag", 0, 14}}, want{publish.Yes, true, 2, true, ""}},
		{"401", []arm{{"put-401", 0, 0}}, want{publish.No, false, 1, false, "other"}},
		{"403 without a reason", []arm{{"put-403", 0, 0}}, want{publish.No, false, 1, false, "other"}},
		{"404", []arm{{"put-404", 0, 0}}, want{publish.No, false, 1, false, "other"}},
		{"503 with a wait", []arm{{"put-503-retry=7", 0, 1}}, want{publish.Yes, true, 2, true, ""}},
		{"503 with too long a wait", []arm{{"put-503-retry=99999999999", 0, 0}}, want{publish.No, false, 1, false, "other"}},
		{"422", []arm{{"put-422", 0, 0}}, want{publish.No, false, 1, false, "other"}},
		{"token echoed", []arm{{"put-echo", 0, 0}}, want{publish.No, false, 3, false, "other"}},
		{"403 over, never shown", []arm{{"put-403-over", 0, 0}}, want{publish.No, false, 1, false, "unknown"}},
		{"409 over, never shown", []arm{{"put-409-over", 0, 0}}, want{publish.No, false, 1, false, "unknown"}},
		{"409 busy, then fine", []arm{{"put-409", 0, 3}}, want{publish.Yes, true, 4, true, ""}},
		{"409 busy for ever", []arm{{"put-409", 0, 0}}, want{publish.No, false, 5, false, "other"}},
		{"409 and stored", []arm{{"put-409-stored", 0, 1}}, want{publish.Yes, true, 1, true, ""}},
		{"409, stored, lagging, then 403", []arm{{"put-409-stored", 0, 1}, {"lag", 0, 8}}, want{publish.Yes, true, 2, true, ""}},
		{"another's is staged, for ever", []arm{{"put-409-staged", 0, 0}}, want{publish.No, false, 1, false, "unknown"}},
		{"busy, then down for ever", []arm{{"put-409", 0, 3}, {"put-503", 0, 0}}, want{publish.No, false, 4, false, "other"}},
		{"a later release has the tag", []arm{{"put-tag=1.0.1", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"an older one has the tag", []arm{{"put-tag=0.9.0", 0, 0}}, want{publish.Yes, true, 1, true, "mismatch"}},
		{"something has the tag", []arm{{"put-tag=x", 0, 0}}, want{publish.Yes, true, 1, true, "mismatch"}},
		{"no sha512", []arm{{"get-no-integrity", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"no digest", []arm{{"get-no-digest", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"200 with a page, stored", []arm{{"put-200-html", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"201 with an error, not stored", []arm{{"put-201-error", 0, 0}}, want{publish.Accepted, false, 1, false, "invisible"}},
		{"lag of four reads", []arm{{"lag", 0, 8}}, want{publish.Yes, true, 1, true, ""}},
		{"never visible", []arm{{"lag", 0, 999}}, want{publish.Accepted, false, 1, true, "invisible"}},
		{"other integrity on read-back", []arm{{"get-other-integrity", 1, 0}}, want{publish.Accepted, false, 1, true, "mismatch"}},
		{"other tag on read-back", []arm{{"put-other-tag", 0, 0}}, want{publish.Yes, true, 1, true, "mismatch"}},
		{"dist-tags down", []arm{{"tags-503", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags a page", []arm{{"tags-html", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags {}", []arm{{"tags-empty", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags null", []arm{{"tags-null", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags dropped", []arm{{"tags-drop", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags a bomb", []arm{{"tags-bomb", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"dist-tags down for a while", []arm{{"tags-503", 0, 9}}, want{publish.Yes, true, 1, true, ""}},
		{"dist-tags, no such call", []arm{{"tags-405", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"dist-tags, refused", []arm{{"tags-406", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"access down", []arm{{"visibility-503", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"access a page", []arm{{"visibility-html", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"access says nothing", []arm{{"visibility-empty", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"access dropped", []arm{{"visibility-drop", 0, 0}}, want{publish.Yes, true, 1, true, "unread"}},
		{"access, no such call", []arm{{"visibility-404", 0, 0}}, want{publish.Yes, true, 1, true, ""}},
		{"access down, another dist-tag", []arm{{"visibility-503", 0, 0}, {"put-other-tag", 0, 0}}, want{publish.Yes, true, 1, true, "mismatch"}},
		{"reads down from the start", []arm{{"get-503", 0, 0}}, want{publish.No, false, 0, false, "other"}},
		{"reads html from the start", []arm{{"get-html", 0, 0}}, want{publish.No, false, 0, false, "other"}},
		{"reads {} from the start", []arm{{"get-empty", 0, 0}}, want{publish.No, false, 0, false, "other"}},
		{"reads down after the PUT", []arm{{"get-503", 1, 0}}, want{publish.No, false, 1, true, "unknown"}},
		{"stored then 503, reads down", []arm{{"put-503-stored", 0, 0}, {"get-503", 1, 0}}, want{publish.No, false, 1, true, "unknown"}},
		{"one read fails after the PUT", []arm{{"get-503", 1, 5}}, want{publish.Yes, true, 1, true, ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, a := range test.arms {
				w.Fail(a.fault, a.skip, a.times)
			}
			ball := demo(t)
			out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{Access: "public"}), allow(t, ball), w.waits())
			got := want{out.Published, out.Visible, out.Puts, false, kindOf(err)}
			stored, _ := w.Published("@acme/demo", "1.0.0")
			got.stored = stored != nil
			if got != test.want {
				t.Errorf("got %+v, expected %+v\nerror: %v\n%s", got, test.want, err, w.Log())
			}
			if len(w.Puts()) != test.want.puts {
				t.Errorf("the registry received %d PUTs", len(w.Puts()))
			}
			if got.stored && !bytes.Equal(stored, ball.Bytes) {
				t.Error("other bytes than were judged")
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, out), canary) {
				t.Errorf("the token came out: %v %+v", err, out)
			}
			if w.slept > 30*time.Minute {
				t.Errorf("would have waited %s", w.slept)
			}
			if err == nil && !out.Visible && len(out.Warnings) == 0 {
				t.Error("not visible, and nothing said")
			}
		})
	}
}

func kindOf(err error) string {
	var mismatch *publish.MismatchError
	var unknown *publish.UnknownError
	var invisible *publish.InvisibleError
	var unread *publish.UnreadError
	var blocked *publish.BlockedError
	var refused *publish.RefusedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &mismatch):
		return "mismatch"
	case errors.As(err, &unknown):
		return "unknown"
	case errors.As(err, &invisible):
		return "invisible"
	case errors.As(err, &unread):
		return "unread"
	case errors.As(err, &blocked):
		return "blocked"
	case errors.As(err, &refused):
		return "refused"
	}
	return "other"
}

// A deadline that comes while waiting to send it again ends the run with what
// happened and what helps.
func TestDeadlineWhileBusy(t *testing.T) {
	w := newWorld(t)
	w.Fail("put-409", 0, 0)
	ball := demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := publish.Publish(ctx, w.client, w.plan(t, ball, publish.Options{}), allow(t, ball),
		publish.Wait{Sleep: func(ctx context.Context, d time.Duration) error {
			if d > time.Second { // the wait between two PUTs
				cancel()
			}
			return ctx.Err()
		}})
	if out.Published != publish.No || out.Puts != 1 || kindOf(err) != "other" ||
		!strings.Contains(err.Error(), "no time to send it again") || !strings.Contains(err.Error(), "run again in a few minutes") {
		t.Errorf("%+v, %v", out, err)
	}
}

// A number that was unpublished can never be used again, and npm's own words do
// not say so.
func TestUnpublishedNumber(t *testing.T) {
	w := newWorld(t)
	w.Fail("put-403-over", 0, 0)
	ball := demo(t)
	_, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), w.waits())
	if err == nil || !strings.Contains(err.Error(), "raise the version") {
		t.Error(err)
	}
}
