package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/display"
	monorepo "github.com/publishgate/publishgate/internal/workspace"
)

// lookedAtOnce is how many members preflight looks at side by side.
const lookedAtOnce = 8

// aheadMembers looks how members of a workspace would be published, each as ahead
// does, and in the order in which they would be. It returns the plan of all in lines.
// Something against one of them stands against all.
func (c Config) aheadMembers(ctx context.Context) ([]string, error) {
	everyone, chosen, leftOut, err := c.chooseMembers()
	if err == nil {
		err = apart(chosen)
	}
	if err != nil {
		return nil, err
	}
	o := newOutcome(c)
	if c.tarballs, err = o.giveTarballs(c.Where, everyone, chosen); err != nil {
		return nil, err
	}
	order, _ := monorepo.Order(chosen)
	plans, errs := make([][]string, len(order)), make([]error, len(order))
	done := c.Log.waitFor("the registry to say what it has of each member")
	sideBySide(lookedAtOnce, len(order), func(i int) {
		one := c.member(order[i])
		one.Log = nil // the lines of all would stand between each other
		plans[i], errs[i] = one.ahead(ctx)
	})
	done()
	var lines []string
	for i := range order {
		lines = append(lines, plans[i]...)
		if errs[i] != nil {
			errs[i] = fmt.Errorf("%s: %w", order[i].Folder, errs[i])
		}
	}
	for _, s := range leftOut {
		lines = append(lines, "left out: "+display.Text(s.What)+": "+s.Why)
	}
	for _, a := range o.Run.Acts {
		lines = append(lines, a.Said()+": "+display.Text(a.Text))
	}
	if err = errors.Join(errs...); err == nil {
		lines = append(lines, fmt.Sprintf("preflight: nothing stands against it: %d members, in this order", len(order)))
	}
	return lines, err
}
