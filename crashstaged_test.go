package main

import (
	"net/http"
	"strings"
	"testing"
)

// stagedPoints are those of the eleven at which staging differs, for a trusted
// publisher, who may not see what is staged, and for a token that may.
func stagedPoints() (all []crashPoint) {
	posts := func(_ *crashWorld, server string, r *http.Request) bool {
		return server == "registry" && strings.Contains(r.URL.Path, "/-/stage/package/")
	}
	for _, credential := range []string{"oidc", "stage-token"} {
		for _, p := range []crashPoint{
			{name: "POST, not read", meets: posts},
			{name: "POST, half sent", how: half, large: true, meets: posts},
			{name: "POST, stored", how: stored, meets: posts},
			{name: "summary", how: unread},
		} {
			p.staged = credential
			p.name += ", " + credential
			all = append(all, p)
		}
	}
	return all
}

// TestCrashStaged does with a run that stages what TestCrash does with one that
// publishes. In the end what is staged once is approved.
func TestCrashStaged(t *testing.T) {
	crashTable(t, "testdata/crash-staged.txt", stagedPoints(), "TERM", "KILL")
}

// approved lets a third run end, approves what is staged, and runs once more: that
// finds the very bytes.
func (w *crashWorld) approved() string {
	last := w.run(nil)
	w.held("last", "", last)
	staged := w.npm.Staged()
	if len(staged) != 1 {
		w.Fatalf("%d versions are staged\n%s", len(staged), read(w.T, w.dir, "said"))
	}
	if err := w.npm.Approve(staged[0].ID); err != nil {
		w.Fatal(err)
	}
	if after := w.run(nil); after.end != "exit 0" || !strings.Contains(after.outputs, "published already") || after.signing > 0 {
		w.Errorf("approved, and then %s\n%s", after, read(w.T, w.dir, "said"))
	}
	w.published()
	return "last:   " + last.String()
}
