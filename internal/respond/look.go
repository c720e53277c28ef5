// Package respond looks at the registry and at our own files for an incident, and
// does the two acts that may be done for somebody: it deprecates, and it moves
// dist-tags. What follows from a look, package incident says. There is no code here
// that removes a version, an owner, a team or a token.
package respond

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// An Inquiry is one look.
type Inquiry struct {
	Ask    incident.Ask
	Client *registry.Client

	// Suspect talks to the registry with the token that leaked; nil: it was not given.
	Suspect *registry.Client

	Counter *registry.Counter // of downloads; nil: they are not asked for

	Wanted     Wanted   // of an exposure
	Dependents []string // folders to search for lockfiles, and scopes

	Now     func() time.Time
	Observe func(format string, args ...any) // is told what is being done; nil: nobody is
}

// Wanted is what leaked. One of it is enough.
type Wanted struct {
	SHA256 string            // of a file, or of the tarball itself, in lower-case hex
	Path   string            // of a file; without a slash the name of one in any folder
	Bytes  credential.Secret // in any file
}

// Any reports whether something is wanted.
func (w *Wanted) Any() bool { return w.SHA256 != "" || w.Path != "" || w.Bytes.Given() }

// Look looks at everything that the incident asks for. What it cannot look at is in
// Missed; it stops for none of it.
func (q *Inquiry) Look(ctx context.Context, earlier *incident.Record) incident.Look {
	l := incident.Look{At: q.Now().UTC()}
	h, found, err := q.Client.History(ctx, q.Ask.Package)
	switch {
	case err != nil:
		l.Missed = append(l.Missed, fmt.Sprintf("the versions of %s: %v", q.Ask.Package, err))
	case !found:
		l.Missed = append(l.Missed, fmt.Sprintf("%s has no %s, or does not show it without a credential (NODE_AUTH_TOKEN)",
			q.Client.URL(), q.Ask.Package))
	default:
		l.History = h
	}
	if q.Suspect != nil {
		q.lives(ctx, &l)
	}
	if l.History == nil {
		return l
	}
	if q.Ask.Kind == incident.Exposure {
		q.search(ctx, &l, earlier)
	}
	if q.Ask.Kind != incident.Exposure && q.Client.Authenticated() && q.Ask.Registry == npm.PublicRegistry {
		q.stages(ctx, &l)
	}
	if q.Counter != nil {
		q.downloads(ctx, &l, earlier)
	}
	if len(q.Dependents) > 0 {
		q.dependents(ctx, &l, earlier)
	}
	return l
}

// Again looks at the versions alone: everything else is as an earlier look of the
// same run saw it.
func (q *Inquiry) Again(ctx context.Context, l incident.Look) incident.Look {
	l.At = q.Now().UTC()
	h, found, err := q.Client.History(ctx, q.Ask.Package)
	if err == nil && found {
		l.History = h
	}
	return l
}

// lives asks whether the registry still accepts the token that leaked.
func (q *Inquiry) lives(ctx context.Context, l *incident.Look) {
	_, err := q.Suspect.Whoami(ctx)
	switch {
	case err == nil:
		l.Lives = incident.Yes
	case errors.Is(err, registry.ErrToken):
		l.Lives = incident.No
	default:
		l.Missed = append(l.Missed, fmt.Sprintf("whether the token is revoked: %v", err))
	}
}

// stages lists what waits for an approval.
func (q *Inquiry) stages(ctx context.Context, l *incident.Look) {
	list, err := q.Client.StagedOf(ctx, q.Ask.Package)
	if err != nil {
		l.Missed = append(l.Missed, err.Error())
		return
	}
	if l.Staged = list; list == nil {
		l.Staged = []registry.Staged{}
	}
}

func (q *Inquiry) say(format string, args ...any) {
	if q.Observe != nil {
		q.Observe(format, args...)
	}
}
