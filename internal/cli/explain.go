package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gate"
)

// runExplain prints what a rule means, or the list of rules.
func runExplain(_ context.Context, p Process) error {
	rules := gate.Rules()
	var b strings.Builder
	switch len(p.Args) {
	case 0:
		for _, r := range rules {
			fmt.Fprintf(&b, "%-28s %s\n", r.ID, r.Title)
		}
	case 1:
		at := slices.IndexFunc(rules, func(r finding.Rule) bool { return r.ID == p.Args[0] })
		if at < 0 {
			return &UsageError{[]string{unknownRule(p.Args[0], rules)}}
		}
		b.WriteString(rules[at].Text())
	default:
		return &UsageError{[]string{"explain takes one rule"}}
	}
	_, err := p.Stdout.Write([]byte(b.String()))
	return err
}

func unknownRule(id string, rules []finding.Rule) string {
	known := make([]option, len(rules))
	for i, r := range rules {
		known[i].name = r.ID
	}
	return unknown("rule", "", id, known)
}
