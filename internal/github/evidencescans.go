package github

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/forge"
)

// scans reads the analyses of the branch, and the newest of any ref: a commit may
// have been analysed on another one. GitHub says with 404 that there is none.
func (a asking) scans(branch string) (found []forge.Scan, err error) {
	refs := []string{""}
	if branch != "" {
		refs = []string{"refs/heads/" + branch, ""}
	}
	for _, ref := range refs {
		query := url.Values{}
		if ref != "" {
			query.Set("ref", ref)
		} else if slices.ContainsFunc(found, func(s forge.Scan) bool { return s.SHA == a.q.SHA }) {
			break
		}
		all, _, err := list[struct {
			Ref      string    `json:"ref"`
			SHA      string    `json:"commit_sha"`
			Category string    `json:"category"`
			Error    string    `json:"error"`
			At       time.Time `json:"created_at"`
			Tool     struct {
				Name string `json:"name"`
			} `json:"tool"`
		}](a, ofScans, "code-scanning/analyses", query)
		if noAnalysis(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if s.SHA == "" || s.At.IsZero() || s.Tool.Name == "" {
				return nil, aboutEvidence(ofScans, a.explain(errBadAnswer))
			}
			found = append(found, forge.Scan{Tool: s.Tool.Name, Category: s.Category, SHA: s.SHA, Ref: s.Ref, Error: s.Error, At: s.At})
		}
	}
	return found, nil
}

// noAnalysis reports whether GitHub says that nothing was ever analysed.
func noAnalysis(err error) bool {
	var why *NotUploadedError
	return errors.As(err, &why) && why.status == 404 && strings.Contains(strings.ToLower(why.said), "no analysis found")
}

// codeAlerts reads the open alerts of the branch; without one, of the default
// branch.
func (a asking) codeAlerts(e *forge.Evidence) error {
	query := url.Values{"state": {"open"}}
	if e.Branch.Name != "" {
		query.Set("ref", "refs/heads/"+e.Branch.Name)
	}
	all, more, err := list[struct {
		Number int    `json:"number"`
		State  string `json:"state"`
		Page   string `json:"html_url"`
		Rule   struct {
			ID          string `json:"id"`
			Description string `json:"description"`
			Severity    string `json:"severity"`
			Security    string `json:"security_severity_level"`
		} `json:"rule"`
		Tool struct {
			Name string `json:"name"`
		} `json:"tool"`
		Instance struct {
			Location struct {
				Path string `json:"path"`
				Line int    `json:"start_line"`
			} `json:"location"`
		} `json:"most_recent_instance"`
	}](a, ofAlerts, "code-scanning/alerts", query)
	if noAnalysis(err) {
		e.Unscanned = true
		return nil
	}
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Number <= 0 {
			return aboutEvidence(ofAlerts, a.explain(errBadAnswer))
		}
		severity := o.Rule.Security
		if severity == "" {
			severity = o.Rule.Severity
		}
		rule := o.Rule.Description
		if rule == "" {
			rule = o.Rule.ID
		}
		e.Alerts = append(e.Alerts, forge.Alert{Kind: "code scanning", Number: o.Number, Tool: o.Tool.Name, Rule: rule, Severity: severity,
			Path: o.Instance.Location.Path, Line: o.Instance.Location.Line, Page: o.Page})
	}
	e.More = more
	return nil
}

// secretAlerts reads the open alerts about secrets, without the secrets.
func (a asking) secretAlerts(e *forge.Evidence) error {
	all, more, err := list[struct {
		Number int    `json:"number"`
		Page   string `json:"html_url"`
		Type   string `json:"secret_type_display_name"`
	}](a, ofSecrets, "secret-scanning/alerts", url.Values{"state": {"open"}, "hide_secret": {"true"}})
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Number <= 0 {
			return aboutEvidence(ofSecrets, a.explain(errBadAnswer))
		}
		e.Alerts = append(e.Alerts, forge.Alert{Kind: "secret scanning", Number: o.Number, Rule: o.Type, Severity: "high", Page: o.Page})
	}
	e.More = e.More || more
	return nil
}
