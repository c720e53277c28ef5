package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/registry"
)

// A reviewRecord is what a review saw. It holds no token and no e-mail address.
type reviewRecord struct {
	Schema   int        `json:"publishgate_review"` // 1
	Review   string     `json:"review"`             // its name in the policy
	Date     string     `json:"date"`
	By       string     `json:"by"` // as the policy has it
	Registry string     `json:"registry"`
	User     string     `json:"user"` // whose login it was
	Package  string     `json:"package"`
	Seen     []seenPart `json:"seen"`
}

// A seenPart is one question to the registry.
type seenPart struct {
	What    string   `json:"what"`
	Told    bool     `json:"told"`
	Why     string   `json:"why"` // why not
	Entries []string `json:"entries"`
}

// An asking asks the registry for all that a record holds.
type asking struct {
	client *registry.Client
	person *person
	seen   []seenPart
	failed error
}

// record asks all of it. A refusal is an answer, which the record holds; anything
// else is an error, and there is no record.
func (a *asking) record(ctx context.Context, about string) (*reviewRecord, error) {
	user := ""
	err := a.again(ctx, func() (err error) { user, err = a.client.Whoami(ctx); return err })
	if err != nil {
		return nil, fmt.Errorf("ask whose login this is: %w; npm login makes a new one", err)
	}
	a.part(ctx, "tokens of "+user, func() ([]string, error) {
		all, err := a.client.Tokens(ctx)
		return tokenLines(all), err
	})
	scope, _, scoped := strings.Cut(about, "/")
	if about != "" {
		a.part(ctx, "collaborators of "+about, func() ([]string, error) { return pairs(a.client.Collaborators(ctx, about)) })
		a.part(ctx, "visibility of "+about, func() ([]string, error) {
			public, told, err := a.client.Visibility(ctx, about)
			return []string{map[bool]string{true: "public", false: "restricted"}[public]}, orUntold(told, err)
		})
		a.part(ctx, "trusted publishers of "+about, func() ([]string, error) {
			all, err := a.client.TrustedPublishers(ctx, about)
			return publisherLines(all), err
		})
	}
	if scoped {
		a.organisation(ctx, strings.TrimPrefix(scope, "@"))
	}
	return &reviewRecord{Schema: 1, User: redacted(user), Package: about, Seen: a.seen}, a.failed
}

// organisation asks about members and teams.
func (a *asking) organisation(ctx context.Context, org string) {
	a.part(ctx, "members of "+org, func() ([]string, error) { return pairs(a.client.Members(ctx, org)) })
	var teams []string
	a.part(ctx, "teams of "+org, func() (_ []string, err error) {
		teams, err = a.client.Teams(ctx, org)
		return slices.Clone(teams), err
	})
	for _, team := range teams {
		a.part(ctx, "members of "+org+":"+team, func() ([]string, error) { return a.client.TeamMembers(ctx, org, team) })
		a.part(ctx, "packages of "+org+":"+team, func() ([]string, error) { return pairs(a.client.TeamPackages(ctx, org, team)) })
	}
}

var errUntold = errors.New("the registry does not tell")

func orUntold(told bool, err error) error {
	if err == nil && !told {
		return errUntold
	}
	return err
}

// part asks one question, unless an earlier one failed.
func (a *asking) part(ctx context.Context, what string, ask func() ([]string, error)) {
	if a.failed != nil {
		return
	}
	var entries []string
	err := a.again(ctx, func() (err error) { entries, err = ask(); return err })
	one := seenPart{What: redacted(what), Told: err == nil, Entries: []string{}}
	switch {
	case err == nil:
		for _, e := range entries {
			one.Entries = append(one.Entries, redacted(e))
		}
	case errors.Is(err, errUntold), registry.Untold(err):
		one.Why = redacted(err.Error())
	default:
		a.failed = fmt.Errorf("ask for the %s: %w", what, err)
	}
	a.seen = append(a.seen, one)
}

// again asks, and once more with each one-time code that the registry wants.
func (a *asking) again(ctx context.Context, ask func() error) error {
	bare := a.client
	defer func() { a.client = bare }() // a code counts once
	coder := registry.Coder{Client: bare, Ask: a.person.code}
	return coder.Do(ctx, func(c *registry.Client) error {
		a.client = c
		return ask()
	})
}

// secretText matches tokens and e-mail addresses.
var secretText = pattern.New(`npm_[A-Za-z0-9]{8,}|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

func redacted(text string) string { return secretText.ReplaceAllString(text, "[redacted]") }

// pairs returns the lines of a list of permissions, sorted.
func pairs(all map[string]string, err error) ([]string, error) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, name+": "+all[name])
	}
	return lines, err
}

func publisherLines(all []registry.Publisher) (lines []string) {
	for _, p := range all {
		parts := []string{"repository " + cmp.Or(p.Repository, "not told")}
		if p.Type == "circleci" {
			parts = append(parts, p.Other...)
			parts = append(parts, "contexts "+cmp.Or(strings.Join(p.Contexts, " "), "any"))
		} else {
			parts = append(parts, "workflow "+cmp.Or(p.Workflow, "any"), "environment "+cmp.Or(p.Environment, "any"))
		}
		may := "may: not told"
		if len(p.May) > 0 {
			may = "may " + strings.Join(p.May, " and ")
		}
		lines = append(lines, p.Type+": "+strings.Join(append(parts, may), ", "))
	}
	slices.Sort(lines)
	return lines
}

// tokenLines says what each token may do, and not its value.
func tokenLines(all []registry.TokenInfo) (lines []string) {
	on := func(t time.Time) string {
		if t.IsZero() {
			return "not told"
		}
		return t.Format(time.DateOnly)
	}
	for _, t := range all {
		parts := []string{"created " + on(t.Created), "expires " + on(t.Expires)}
		for _, list := range []struct {
			word  string
			items []string
		}{{"addresses", t.CIDR}, {"packages", t.Packages}, {"scopes", t.Scopes}, {"organisations", t.Orgs}} {
			if len(list.items) > 0 {
				parts = append(parts, list.word+" "+strings.Join(list.items, " "))
			}
		}
		for _, flag := range []struct {
			set  bool
			word string
		}{{t.ReadOnly, "read only"}, {t.StageOnly, "stages only"}, {t.Bypass2FA, "bypasses the second factor"}} {
			if flag.set {
				parts = append(parts, flag.word)
			}
		}
		if t.Kind != "" {
			parts = append([]string{t.Kind}, parts...)
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	slices.Sort(lines)
	return lines
}
