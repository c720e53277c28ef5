package cli

import "testing"

// A value that code scanning cannot have as a ref is a mistake of the user.
func TestSARIFRef(t *testing.T) {
	for ref, want := range map[string]bool{
		"refs/heads/main": true, "refs/heads/release/1.x": true, "refs/tags/v1.0.0": true, "refs/heads/@acme/a": true,
		"refs/pull/1/head": true, "refs/pull/120/merge": true,
		"refs/heads/": false, "refs/tags/": false, "refs/heads": false, "main": false, "refs/remotes/origin/main": false,
		"refs/heads//main": false, "refs/heads/main/": false, "refs/heads/a b": false, "refs/heads/a..b": false, "refs/heads/a\n": false,
		"refs/heads/.a": false, "refs/heads/a.lock": false, "refs/heads/a.": false, "refs/heads/a~1": false,
		"refs/heads/*": false, `refs/heads/a\b`: false, "refs/heads/a@{1}": false,
		"refs/pull/0/head": false, "refs/pull/01/head": false, "refs/pull//head": false, "refs/pull/1": false,
		"refs/pull/1/": false, "refs/pull/x/head": false, "refs/pull/1/head/x": false, "refs/pull/-1/merge": false,
	} {
		if got := isPullRef(ref) || isRef(ref, "refs/heads/") || isRef(ref, "refs/tags/"); got != want {
			t.Errorf("%q: %v", ref, got)
		}
	}
}
