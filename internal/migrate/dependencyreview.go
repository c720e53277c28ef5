package migrate

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/license"
)

// dependencyReview converts the configuration of GitHub's dependency review
// action: its file, or the inputs in a workflow. Its defaults are not
// converted, only what the file says.
// https://github.com/actions/dependency-review-action#configuration-options
func dependencyReview(c *conversion, root value) {
	if root.get("jobs").kind != table {
		c.review(root)
		return
	}
	for _, job := range root.get("jobs").members {
		for _, step := range job.value.get("steps").list {
			if strings.Contains(step.get("uses").text, "/dependency-review-action@") {
				c.review(step.get("with"))
			}
		}
	}
}

// review converts one configuration.
func (c *conversion) review(root value) {
	for _, m := range root.members {
		v := m.value
		switch key := strings.ReplaceAll(m.key, "_", "-"); key {
		case "fail-on-severity":
			c.level(v, v.text)
		case "fail-on-scopes":
			c.reviewScopes(key, v)
		case "allow-ghsas":
			for _, e := range c.list(key, v) {
				c.advisory(e.shown(), exception{line: e.line, reason: e.comment})
			}
		case "allow-licenses":
			c.settings.allow = append(c.settings.allow, c.licences(key, v)...)
		case "deny-licenses":
			c.settings.deny = append(c.settings.deny, c.licences(key, v)...)
		case "allow-dependencies-licenses":
			for _, e := range c.list(key, v) {
				c.licenceFree(e)
			}
		case "deny-packages", "deny-groups":
			for _, e := range c.list(key, v) {
				c.lose(e.line, key+" "+e.shown(), "a policy has no list of packages that are refused")
			}
		case "license-check", "vulnerability-check":
			if !c.on(key, v) {
				c.lose(v.line, key+": "+v.shown(), "the check is always made; audit-level: none or licenses.unknown: "+
					"ignore say what comes of it")
			}
		case "warn-only":
			if c.on(key, v) {
				c.lose(v.line, key, "a gate that only warns is none")
			}
		case "config-file":
			c.lose(v.line, key+" "+v.shown(), "what that file says has to be imported from it")
		case "base-ref", "head-ref", "comment-summary-in-pr", "repo-token", "external-repo-token",
			"retry-on-snapshot-warnings", "retry-on-snapshot-warnings-timeout", "show-openssf-scorecard",
			"warn-on-openssf-scorecard-level", "show-patched-versions":
			c.drop(v.line, key, "it says how the action runs, not what it lets pass")
		default:
			c.lose(v.line, m.key, "the key is not known")
		}
	}
}

// reviewScopes sets level none for each scope that the action does not fail on.
// The action has fewer scopes than we have.
func (c *conversion) reviewScopes(key string, v value) {
	ours := map[string][]string{"runtime": {"prod", "optional", "peer"}, "development": {"dev"}}
	var said []string
	for _, e := range c.list(key, v) {
		said = append(said, e.text)
		if ours[e.text] == nil && e.text != "unknown" {
			c.lose(e.line, "fail-on-scopes "+e.shown(), "it is none of runtime, development, unknown")
			return
		}
	}
	if len(said) == 0 {
		c.lose(v.line, "fail-on-scopes", "it names no scope")
		return
	}
	for theirs, scopes := range ours {
		for _, s := range scopes {
			if !slices.Contains(said, theirs) {
				c.scope(s, "none")
			}
		}
	}
	c.converted++
}

// licences returns the ids of a list. Expressions are not converted, nor
// entries with a "*", which is a wildcard in our policy.
func (c *conversion) licences(key string, v value) []string {
	var ids []string
	for _, e := range c.list(key, v) {
		if !e.scalar() || e.text == "" || strings.ContainsAny(e.text, " ()*") {
			c.lose(e.line, key+" "+e.shown(), "it is no id of one licence")
			continue
		}
		if !license.Names(e.text) {
			c.lose(e.line, key+" "+e.shown(), "it is no id on SPDX's list")
			continue
		}
		ids = append(ids, e.text)
		c.converted++
	}
	return ids
}

// licenceFree exempts a package from the licence rule.
func (c *conversion) licenceFree(v value) {
	if strings.HasPrefix(v.text, "pkg:") && !strings.HasPrefix(v.text, "pkg:npm/") {
		c.drop(v.line, "allow-dependencies-licenses "+v.text, "it is about another ecosystem")
		return
	}
	c.except(exception{id: deniedLicense, pkg: v.text, line: v.line, reason: v.comment})
}
