package action

import (
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxEvent is the largest event that is read, in bytes: webhooks have no more
// than 25 MB (docs.github.com, "Webhook events and payloads"), and the runner
// may indent them.
const maxEvent = 30 << 20

// Base returns the commit that the change under test would be merged into, 40
// or 64 hex digits; "" if the event is not about a change. It comes from the
// event file, which the runner wrote before the job began, so the change's
// author cannot have set it (earlier steps of the job could, through the
// environment).
func (r *Runner) Base() (string, error) {
	var keys []string
	switch {
	case strings.HasPrefix(r.Event, "pull_request"): // also _target, _review and _review_comment
		keys = []string{"pull_request", "base", "sha"}
	case r.Event == "merge_group":
		keys = []string{"merge_group", "base_sha"}
	default:
		return "", nil
	}
	value, err := r.event()
	if err != nil {
		return "", err
	}
	for _, key := range keys {
		value = value.Get(key)
	}
	sha := value.Text()
	if !isCommit(sha) {
		return "", fmt.Errorf("read the event: %s names no commit", strings.Join(keys, "."))
	}
	return sha, nil
}

// event reads the event file of the runner.
func (r *Runner) event() (strict.Value, error) {
	path := r.getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return strict.Value{}, errors.New("the runner says no GITHUB_EVENT_PATH")
	}
	data, err := disk.ReadNamed(path, maxEvent)
	if err != nil {
		return strict.Value{}, err
	}
	value, err := strict.ParseWithin(data, strict.Limits{Bytes: maxEvent})
	if err != nil {
		return strict.Value{}, fmt.Errorf("read the event %s: %w", path, err)
	}
	return value, nil
}

// isCommit reports whether a text is a full commit name, SHA-1 or SHA-256.
// Zeros alone are how git writes that there is none.
func isCommit(sha string) bool {
	return (len(sha) == 40 || len(sha) == 64) && strings.Trim(sha, "0123456789abcdef") == "" && strings.Trim(sha, "0") != ""
}
