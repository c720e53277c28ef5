package github

import (
	"errors"
	"fmt"
	"net/url"
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
		Merge  string `json:"merge_commit_sha"`
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
		p := forge.Pull{Number: f.Number, Author: f.User.Login, Base: f.Base.Ref, Head: f.Head.SHA, Merged: f.Merged != "",
			Merge: f.Merge}
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
	writers := map[string]bool{}
	for _, r := range reviews {
		person := r.User.Type == "User" && r.User.Login != ""
		if _, asked := writers[r.User.Login]; person && !asked && len(writers) < maxReviewers {
			if writers[r.User.Login], err = a.mayWrite(r.User.Login, strings.ToUpper(r.Association)); err != nil {
				return err
			}
		}
		p.Reviews = append(p.Reviews, forge.Review{By: r.User.Login, Person: person, State: strings.ToUpper(r.State),
			SHA: r.SHA, Writer: writers[r.User.Login]})
	}
	commits, more, err := list[struct {
		SHA       string `json:"sha"`
		Author    user   `json:"author"`
		Committer user   `json:"committer"`
	}](a, ofPulls, at+"commits", nil)
	if err != nil {
		return err
	}
	p.Partial = more || len(commits) >= maxPullCommits
	for _, c := range commits {
		if c.SHA != "" {
			p.Commits = append(p.Commits, c.SHA)
		}
		for _, u := range []user{c.Author, c.Committer} {
			if u.Login != "" && u.Login != "web-flow" && !slices.Contains(p.Writers, u.Login) {
				p.Writers = append(p.Writers, u.Login)
			}
		}
	}
	return nil
}

// mayWrite reports whether a user may write to the repository. What GitHub says
// with a review is not that: a member of the organisation may only read, and who
// is one in private is none to a job's token. It counts where the token may not
// ask.
func (a asking) mayWrite(login, association string) (bool, error) {
	var got struct {
		Permission string `json:"permission"`
	}
	_, err := a.get(ofPulls, "collaborators/"+url.PathEscape(login)+"/permission", nil, &got)
	var why *NotUploadedError
	switch {
	case errors.As(err, &why) && why.Reason == NotFound:
		return false, nil
	case errors.As(err, &why) && why.Reason == Forbidden:
		return slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, association), nil
	}
	return got.Permission == "admin" || got.Permission == "write" || got.Permission == "maintain", err
}
