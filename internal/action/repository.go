package action

import "github.com/publishgate/publishgate/internal/strict"

// UsersOwnPrivate reports whether the event says that the repository is private
// and belongs to a user, not to an organisation. An event that says neither
// counts as no.
func (r *Runner) UsersOwnPrivate() bool {
	event, err := r.event()
	if err != nil {
		return false
	}
	repository := event.Get("repository")
	return repository.Get("private").Kind() == strict.True && repository.Get("owner").Get("type").Text() == "User"
}
