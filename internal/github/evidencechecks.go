package github

import (
	"fmt"
	"net/url"
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

// runs reads the check runs: of each suite the last attempt.
func (a asking) runs() (found []forge.Check, err error) {
	query := url.Values{"filter": {"latest"}, "per_page": {fmt.Sprint(evidencePerPage)}}
	for page := 1; ; {
		query.Set("page", fmt.Sprint(page))
		var got struct {
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
		next, err := a.get(ofChecks, "commits/"+a.q.SHA+"/check-runs", query, &got)
		if err != nil {
			return nil, err
		}
		for _, r := range got.Runs {
			if r.SHA != a.q.SHA || r.Name == "" || r.Status == "" {
				return nil, aboutEvidence(ofChecks, a.explain(errBadAnswer))
			}
			found = append(found, forge.Check{ID: r.ID, Name: r.Name, By: r.App.Slug, Status: r.Status, Conclusion: r.Conclusion,
				Run: runOf(r.Page)})
		}
		switch {
		case next > maxEvidencePages:
			return nil, tooMany(ofChecks)
		case next > page:
			page = next
		case got.Total == nil || *got.Total > len(found):
			return nil, aboutEvidence(ofChecks, a.explain(errBadAnswer)) // fewer than it says: a part of them
		default:
			return found, nil
		}
	}
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
	query := url.Values{"per_page": {fmt.Sprint(evidencePerPage)}}
	for page := 1; ; {
		query.Set("page", fmt.Sprint(page))
		var got struct {
			Total    *int `json:"total_count"`
			Statuses []struct {
				ID      int64  `json:"id"`
				State   string `json:"state"`
				Context string `json:"context"`
			} `json:"statuses"`
		}
		next, err := a.get(ofStates, "commits/"+a.q.SHA+"/status", query, &got)
		if err != nil {
			return nil, err
		}
		for _, s := range got.Statuses {
			if s.Context == "" || s.State == "" {
				return nil, aboutEvidence(ofStates, a.explain(errBadAnswer))
			}
			one := forge.Check{ID: s.ID, Name: s.Context, By: "status", Status: "completed", Conclusion: s.State}
			if s.State == "pending" {
				one.Status, one.Conclusion = "pending", ""
			}
			found = append(found, one)
		}
		switch {
		case next > maxEvidencePages:
			return nil, tooMany(ofStates)
		case next > page:
			page = next
		case got.Total == nil || *got.Total > len(found):
			return nil, aboutEvidence(ofStates, a.explain(errBadAnswer))
		default:
			return found, nil
		}
	}
}
