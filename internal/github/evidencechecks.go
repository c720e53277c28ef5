package github

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/forge"
)

// checks reads the check runs and the statuses of the commit.
func (a asking) checks() ([]forge.Check, error) {
	runs, err := a.runs()
	if err != nil {
		return nil, err
	}
	states, err := a.states()
	return append(runs, states...), err
}

// A runsPage is one page of a commit's check runs.
type runsPage struct {
	Total *int `json:"total_count"`
	Runs  []struct {
		ID         int64  `json:"id"`
		SHA        string `json:"head_sha"`
		Name       string `json:"name"`
		Status     string `json:"status"`
		Conclusion string `json:"conclusion"`
		Page       string `json:"details_url"`
		App        struct {
			Slug string `json:"slug"`
		} `json:"app"`
	} `json:"check_runs"`
}

func (p runsPage) counts() (total *int, here int) { return p.Total, len(p.Runs) }

// A statesPage is one page of a commit's statuses.
type statesPage struct {
	Total    *int `json:"total_count"`
	Statuses []struct {
		ID      int64  `json:"id"`
		State   string `json:"state"`
		Context string `json:"context"`
	} `json:"statuses"`
}

func (p statesPage) counts() (total *int, here int) { return p.Total, len(p.Statuses) }

// counted reads all pages of a list that says how many entries it has. Fewer than
// that are a part of them, and an error.
func counted[P interface{ counts() (total *int, here int) }](a asking, s subject, path string, query url.Values) (pages []P, err error) {
	query.Set("per_page", strconv.Itoa(evidencePerPage))
	found := 0
	for page := 1; ; {
		query.Set("page", strconv.Itoa(page))
		var got P
		next, err := a.get(s, path, query, &got)
		if err != nil {
			return nil, err
		}
		total, here := got.counts()
		pages, found = append(pages, got), found+here
		switch {
		case next > maxEvidencePages:
			return nil, tooMany(s)
		case next > page:
			page = next
		case total == nil || *total > found:
			return nil, aboutEvidence(s, a.explain(errBadAnswer))
		default:
			return pages, nil
		}
	}
}

// runs reads the check runs: of each suite the last attempt.
func (a asking) runs() (found []forge.Check, err error) {
	pages, err := counted[runsPage](a, ofChecks, "commits/"+a.q.SHA+"/check-runs", url.Values{"filter": {"latest"}})
	for _, p := range pages {
		for _, r := range p.Runs {
			if r.SHA != a.q.SHA || r.Name == "" || r.Status == "" {
				return nil, aboutEvidence(ofChecks, a.explain(errBadAnswer))
			}
			found = append(found, forge.Check{ID: r.ID, Name: r.Name, By: r.App.Slug, Status: r.Status, Conclusion: r.Conclusion,
				Run: runOf(r.Page)})
		}
	}
	return found, err
}

// runOf returns the number of the workflow run in the page of a job,
// ".../actions/runs/123/job/456"; "" if there is none.
func runOf(page string) string {
	_, rest, _ := strings.Cut(page, "/actions/runs/")
	id, _, _ := strings.Cut(rest, "/")
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}

// states reads the last status of each context.
func (a asking) states() (found []forge.Check, err error) {
	pages, err := counted[statesPage](a, ofStates, "commits/"+a.q.SHA+"/status", url.Values{})
	for _, p := range pages {
		for _, s := range p.Statuses {
			if s.Context == "" || s.State == "" {
				return nil, aboutEvidence(ofStates, a.explain(errBadAnswer))
			}
			one := forge.Check{ID: s.ID, Name: s.Context, By: "status", Status: "completed", Conclusion: s.State}
			if s.State == "pending" {
				one.Status, one.Conclusion = "pending", ""
			}
			found = append(found, one)
		}
	}
	return found, err
}
