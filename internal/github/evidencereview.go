package github

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/forge"
)

// A user is who did something; null where the account is gone.
type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

// pulls reads the pull requests that the commit came with, the merged ones with
// their reviews and who wrote them.
func (a asking) pulls() ([]forge.Pull, error) {
	found, more, err := list[struct {
		Number int    `json:"number"`
		User   user   `json:"user"`
		Merged string `json:"merged_at"`
		Base   struct {
			Ref string `json:"ref"`
		} `json:"base"`
		Head struct {
			SHA string `json:"sha"`
		} `json:"head"`
	}](a, ofPulls, "commits/"+a.q.SHA+"/pulls", nil)
	if err != nil {
		return nil, err
	}
	if more {
		return nil, tooMany(ofPulls)
	}
	pulls := []forge.Pull{}
	for _, f := range found {
		p := forge.Pull{Number: f.Number, Author: f.User.Login, Base: f.Base.Ref, Head: f.Head.SHA, Merged: f.Merged != ""}
		if p.Number <= 0 || p.Base == "" || p.Head == "" {
			return nil, aboutEvidence(ofPulls, a.explain(errBadAnswer))
		}
		if p.Merged && len(pulls) < maxPulls {
			if err := a.pull(&p); err != nil {
				return nil, err
			}
			pulls = append(pulls, p)
		}
	}
	return pulls, nil
}

// pull reads the reviews of a pull request, and who wrote its commits.
func (a asking) pull(p *forge.Pull) error {
	at := fmt.Sprintf("pulls/%d/", p.Number)
	reviews, more, err := list[struct {
		User        user   `json:"user"`
		State       string `json:"state"`
		SHA         string `json:"commit_id"`
		Association string `json:"author_association"`
	}](a, ofPulls, at+"reviews", nil)
	if err != nil {
		return err
	}
	if more {
		return tooMany(ofPulls)
	}
	for _, r := range reviews {
		p.Reviews = append(p.Reviews, forge.Review{By: r.User.Login, Person: r.User.Type == "User", State: strings.ToUpper(r.State),
			SHA: r.SHA, Known: slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, strings.ToUpper(r.Association))})
	}
	commits, more, err := list[struct {
		Author    user `json:"author"`
		Committer user `json:"committer"`
	}](a, ofPulls, at+"commits", nil)
	if err != nil {
		return err
	}
	p.Partial = more || len(commits) >= maxPullCommits
	for _, c := range commits {
		for _, u := range []user{c.Author, c.Committer} {
			if u.Login != "" && u.Login != "web-flow" && !slices.Contains(p.Writers, u.Login) {
				p.Writers = append(p.Writers, u.Login)
			}
		}
	}
	return nil
}
