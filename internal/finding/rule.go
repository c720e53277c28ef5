package finding

import (
	"cmp"
	"fmt"
	"strings"
)

// Home is where publishgate is told of, and Manual where its rules are, a
// heading each.
const (
	Home   = "https://github.com/publishgate/publishgate"
	Manual = Home + "/blob/main/docs/rules.md"
)

// Page returns the address of what the manual says about the rule.
func (r Rule) Page() string { return Manual + "#" + r.ID }

// Name returns the rule's ID as one word, "VulnerableDependency": some viewers
// show that. It differs from the ID also for who ignores letter case.
func (r Rule) Name() string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(r.ID, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')
	}) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	name := cmp.Or(b.String(), "Unnamed")
	if strings.EqualFold(name, r.ID) {
		name += "Rule"
	}
	return name
}

// Text returns what the rule means, for people, in plain text.
func (r Rule) Text() string {
	s := r.ID + "\n\n" + cmp.Or(r.Title, r.ID) + "\n\n"
	if r.Why != "" {
		s += "Why: " + r.Why + "\n\n"
	}
	if r.Help != "" {
		s += "What to do: " + r.Help + "\n\n"
	}
	return s + "Severity: " + r.Rated() + "\n"
}

// Rated returns the severity of the rule's findings.
func (r Rule) Rated() string {
	if r.Severity == Unknown {
		return "as the advisory says"
	}
	return r.Severity.String()
}

// Markdown returns the same as Text in GitHub's markdown, without the ID. Only
// our own words are in it.
func (r Rule) Markdown() string {
	s := fmt.Sprintf("**%s**\n\n", cmp.Or(r.Title, r.ID))
	if r.Why != "" {
		s += r.Why + "\n\n"
	}
	if r.Help != "" {
		s += "**What to do:** " + r.Help + "\n\n"
	}
	return s + "Severity: " + r.Rated() + ". `publishgate explain " + r.ID + "` says the same.\n"
}
