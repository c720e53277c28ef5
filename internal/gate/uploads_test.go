package gate

import (
	"context"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
)

// However long each upload takes, every member begins with its equal part of the
// time at least, and half of that is kept for what is no upload.
func TestUploadsShareTheTime(t *testing.T) {
	if got := (*uploads)(nil).share(time.Minute); got != 30*time.Second {
		t.Errorf("a package alone has %s", got)
	}
	for _, members := range []int{1, 2, 10, 1000} {
		u, left := &uploads{left: members}, time.Hour
		for n := members; n > 0; n-- {
			part := time.Hour / time.Duration(members)
			if left < part*time.Duration(n) {
				t.Fatalf("%d members: %s are left for the last %d", members, left, n)
			}
			left -= part/2 + u.share(left-part/2) // judging takes half of the part, the upload all it may
		}
	}
}

// Only what would meet the others too stops them.
func TestUploadsStop(t *testing.T) {
	for _, c := range []struct {
		id   string
		err  *github.NotUploadedError
		stop bool
	}{
		{"", &github.NotUploadedError{Reason: github.Forbidden}, true},
		{"", &github.NotUploadedError{Reason: github.RateLimited}, true},
		{"", &github.NotUploadedError{Reason: github.Unavailable}, true},
		{"", &github.NotUploadedError{Reason: github.Unavailable, Err: context.DeadlineExceeded}, false}, // its share was over
		{"", &github.NotUploadedError{Reason: github.BadAnswer}, true},
		{"6c1f0a52", &github.NotUploadedError{Reason: github.BadAnswer}, false},
		{"6c1f0a52", &github.NotUploadedError{Reason: github.Failed}, false},
		{"", &github.NotUploadedError{Reason: github.Rejected}, false},
		{"", &github.NotUploadedError{Reason: github.TooLarge}, false},
	} {
		u := &uploads{}
		u.ended(c.id, c.err, report.Failed, "why")
		if got := u.stopped() != nil; got != c.stop {
			t.Errorf("%s, id %q: stops the others: %v", c.err.Reason, c.id, got)
		}
	}
	var none *uploads
	none.ended("", &github.NotUploadedError{Reason: github.Forbidden}, report.Failed, "why")
	if none.stopped() != nil {
		t.Error("a package alone is stopped")
	}
}
