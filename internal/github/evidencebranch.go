package github

import (
	"errors"
	"net/url"

	"github.com/publishgate/publishgate/internal/forge"
)

// branch returns the branch that the commit was released from: that of the run;
// else the default branch, if it has the commit; else a branch whose last commit
// it is, a protected one first. "" means that there is none of these.
func (a asking) branch() (string, error) {
	for _, name := range []string{a.q.Branch, a.q.Default} {
		if name == "" {
			continue
		}
		// The second page of a comparison has no files; the rest is the same.
		var got struct {
			Status string `json:"status"`
		}
		_, err := a.get(ofBranch, "compare/"+url.PathEscape(name)+"..."+a.q.SHA, url.Values{"per_page": {"1"}, "page": {"2"}}, &got)
		var why *NotUploadedError
		switch {
		case errors.As(err, &why) && why.Reason == NotFound && name == a.q.Default:
			continue // the two have no common history, or the default branch is another one by now
		case err != nil:
			return "", err
		case got.Status == "identical" || got.Status == "behind":
			return name, nil
		case got.Status == "":
			return "", aboutEvidence(ofBranch, a.explain(errBadAnswer))
		}
	}
	var heads []struct {
		Name      string `json:"name"`
		Protected bool   `json:"protected"`
	}
	if _, err := a.get(ofBranch, "commits/"+a.q.SHA+"/branches-where-head", nil, &heads); err != nil || len(heads) == 0 {
		return "", err
	}
	for _, b := range heads {
		if b.Protected && b.Name != "" {
			return b.Name, nil
		}
	}
	return heads[0].Name, nil
}

// protection reads what guards a branch: its rules, then, where none of them does,
// its older kind of protection.
func (a asking) protection(b *forge.Branch) error {
	rules, more, err := list[struct {
		Type string `json:"type"`
	}](a, ofBranch, "rules/branches/"+url.PathEscape(b.Name), nil)
	if err != nil {
		return err
	}
	for _, r := range rules {
		b.Rules = append(b.Rules, r.Type)
	}
	if b.Guarded() {
		return nil
	}
	if more {
		return tooMany(ofBranch)
	}
	var got struct {
		Protected  *bool `json:"protected"`
		Protection struct {
			Enabled bool `json:"enabled"`
		} `json:"protection"`
	}
	if _, err := a.get(ofBranch, "branches/"+url.PathEscape(b.Name), nil, &got); err != nil {
		return err
	}
	if got.Protected == nil {
		return aboutEvidence(ofBranch, a.explain(errBadAnswer))
	}
	// A branch with rules counts as protected too, whatever they are about.
	b.Classic = *got.Protected && (len(rules) == 0 || got.Protection.Enabled)
	return nil
}
