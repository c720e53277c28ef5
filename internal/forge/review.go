package forge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Pull is a pull request that the commit came with.
type Pull struct {
	Number  int
	Author  string
	Base    string // the branch that it was to be merged into
	Head    string // its last commit
	Merge   string // the commit that the branch got when it was merged; empty: the host does not say
	Commits []string
	Merged  bool
	Writers []string // who wrote or committed its commits
	Partial bool     // the host does not list all of its commits
	Reviews []Review // in order of time
}

// A Review is what somebody said about a pull request.
type Review struct {
	By     string
	Person bool   // no bot
	Writer bool   // may write to the repository
	State  string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
	SHA    string // the last commit at that time
}

// Unreviewed returns why the commit counts as unreviewed, as a clause. It returns
// "" if a pull request that was merged into the branch brought it, and somebody
// else approved its last commit.
func (e *Evidence) Unreviewed() string {
	why := "no merged pull request brought it"
	if e.Branch.Name != "" {
		why += " to " + e.Branch.Name
	}
	for _, p := range e.Pulls {
		if !p.Merged || e.Branch.Name != "" && p.Base != e.Branch.Name {
			continue
		}
		if why = p.unapproved(); why == "" {
			if why = p.unlike(e.SHA); why == "" {
				return ""
			}
		}
	}
	return why
}

// unlike returns why a commit that a pull request brought is not what was reviewed
// of it: one of several, before the last. What a later one takes back, nobody saw
// who looked at the end.
func (p *Pull) unlike(sha string) string {
	if sha == p.Head || sha == p.Merge || p.Merge == "" && !slices.Contains(p.Commits, sha) {
		return ""
	}
	return fmt.Sprintf("it is one commit of several of pull request %d, and what was approved is the last one, %s", p.Number, short(p.Head))
}

// unapproved returns why a pull request counts as not approved; "" if it does.
//
// The last word of each reviewer counts: an approval that was taken back is none,
// and a comment takes nothing back. It counts if it is of the last commit, and of
// a person who may write to the repository, did not open the pull request and
// wrote none of its commits. Such a person who asked for changes, and did not take
// that back, keeps it unreviewed.
func (p *Pull) unapproved() string {
	said := fmt.Sprintf("pull request %d, which brought it, ", p.Number)
	if p.Partial {
		return said + "has more commits than GitHub lists, so that who wrote them is not known"
	}
	last := map[string]Review{}
	for _, r := range p.Reviews {
		if r.State != "COMMENTED" && r.State != "PENDING" && r.By != "" {
			last[strings.ToLower(r.By)] = r
		}
	}
	why, approved := "was approved by nobody", false
	for _, name := range slices.Sorted(maps.Keys(last)) {
		r := last[name]
		own := strings.EqualFold(r.By, p.Author) ||
			slices.ContainsFunc(p.Writers, func(w string) bool { return strings.EqualFold(w, r.By) })
		switch {
		case r.State == "CHANGES_REQUESTED" && r.Writer && r.Person:
			return said + "was merged although " + r.By + " asked for changes"
		case r.State != "APPROVED":
		case own:
			why = "was approved by " + r.By + " alone, who wrote a part of it"
		case !r.Person:
			why = "was approved by " + r.By + " alone, which is no person"
		case !r.Writer:
			why = "was approved by " + r.By + " alone, who may not write to it"
		case r.SHA != p.Head:
			why = fmt.Sprintf("was changed after %s approved it: the approval is of commit %s, and its last one is %s", r.By,
				short(r.SHA), short(p.Head))
		default:
			approved = true
		}
	}
	if approved {
		return ""
	}
	return said + why
}
