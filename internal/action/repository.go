package action

import "github.com/publishgate/publishgate/internal/strict"

// Private reports whether the event says that the repository is not public. An
// event that says nothing about it counts as no.
func (r *Runner) Private() bool {
	event, err := r.event()
	return err == nil && event.Get("repository").Get("private").Kind() == strict.True
}

// UsersOwnPrivate reports whether the event says that the repository is private
// and belongs to a user, not to an organisation. An event that says neither
// counts as no.
func (r *Runner) UsersOwnPrivate() bool {
	event, err := r.event()
	return err == nil && r.Private() && event.Get("repository").Get("owner").Get("type").Text() == "User"
}

// DefaultBranch returns the name of the repository's default branch, as the event
// says it; "" if it does not.
func (r *Runner) DefaultBranch() string {
	event, err := r.event()
	if err != nil {
		return ""
	}
	return event.Get("repository").Get("default_branch").Text()
}
