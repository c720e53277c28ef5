package upgrade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// An advice is the report's advice on one affected version.
type advice struct {
	text    string
	ends    string // the lowest unaffected version
	through bool   // it continues "Upgrade … to a release that "
}

// Advice returns in a sentence or two how the plan removes an affected version
// from the tree. through names the direct dependencies that bring it in; if
// there is no better advice, it is to upgrade those. Advice is empty for a
// version that the plan is not about.
func (p *Plan) Advice(name, version, through string) string {
	a := p.advice[name+"@"+version]
	if a.through {
		return fmt.Sprintf("Upgrade %s to a release that ", through) + a.text
	}
	return a.text
}

// Ends returns the lowest version that could replace an affected one and is not
// affected; empty if none is known.
func (p *Plan) Ends(name, version string) string { return p.advice[name+"@"+version].ends }

func (m *maker) advise(u *unit) advice {
	var parts []string
	overrides := 0
	for _, c := range u.changes {
		switch c.do {
		case Remove:
			return advice{text: fmt.Sprintf("Remove %s from the tree, and treat every machine that installed it as compromised.", u.name)}
		case Nothing:
			return m.helpless(u)
		case Prune:
			parts = append(parts, fmt.Sprintf("nothing asks for it: run `%s`", m.tool.Prune))
		case Override:
			overrides++
			parts = append(parts, m.overrideAdvice(u, c))
		case Raise:
			if command := m.pnpmCommand(c); command != "" {
				parts = append(parts, fmt.Sprintf("run `%s`, or the like for a later version", command))
				continue
			}
			if t := m.buildTool(c); t != nil {
				parts = append(parts, buildAdvice(t, c.to))
				continue
			}
			text := fmt.Sprintf("raise %s to %s or later in package.json, then run `%s`", c.line, c.to, m.tool.Install)
			if c.name != u.name {
				text += fmt.Sprintf(", which brings in a clean %s", u.name)
			}
			parts = append(parts, text)
		case Update:
			parts = append(parts, m.updateAdvice(u, c))
		}
	}
	text := strings.Join(parts, "; ")
	if text != "" && u.served != "" {
		text += ". But " + u.served
	}
	switch {
	case text == "":
		return m.helpless(u)
	case overrides == len(parts) && m.unlifted(u):
		return advice{text: fmt.Sprintf("asks for %s %s or later; until there is one, %s.", u.name, u.target, text), through: true}
	}
	if u.served != "" {
		text += "; " + u.instead
	}
	return advice{text: strings.ToUpper(text[:1]) + text[1:] + "."}
}

func (m *maker) updateAdvice(u *unit, c *change) string {
	text := m.tool.Update(c.name)
	if m.byHand(c.name) {
		text = fmt.Sprintf("Delete the entries of %s from the lockfile and run `%s`", c.name, m.tool.Install)
	}
	text = strings.ToLower(text[:1]) + text[1:]
	if c.name != u.name {
		return fmt.Sprintf("%s: %s brings in a clean %s", text, c.to, u.name)
	}
	return fmt.Sprintf("%s: %s is fixed and within every range that asks for it", text, u.target)
}

// unlifted reports whether newer releases of the dependents of the unit's
// package were not looked up.
func (m *maker) unlifted(u *unit) bool {
	return slices.ContainsFunc(u.edges, func(in incoming) bool {
		_, asked := m.Releases[in.From.Name]
		return !asked && in.From.Source == npm.SourceRegistry
	})
}

// overrideAdvice describes an edit that the unit needs; the change may be for
// others too.
func (m *maker) overrideAdvice(u *unit, c *change) string {
	edits := c.edits
	if own := c.of(u).edits; len(own) > 0 {
		edits = own
	}
	e := edits[0]
	last := len(e.path) - 1
	inner := fmt.Sprintf("%q: %q", e.path[last], e.value)
	if strings.HasSuffix(e.file, ".yaml") {
		return fmt.Sprintf("add `%s` to `overrides` in %s (up to pnpm 9: to `pnpm.overrides` in package.json)", inner, e.file)
	}
	for _, key := range slices.Backward(e.path[:last]) {
		inner = fmt.Sprintf("%q: {%s}", key, inner)
	}
	if c.old != "" {
		return fmt.Sprintf("set `%s` in %s, where it is %s", inner, e.file, c.old)
	}
	if n := len(edits) - 1; n > 0 {
		return fmt.Sprintf("add `%s` to %s, and the same for others, see the fix plan", inner, e.file)
	}
	return fmt.Sprintf("add `%s` to %s", inner, e.file)
}

func (m *maker) helpless(u *unit) advice {
	switch {
	case slices.Contains(u.copies, m.Graph.Root):
		return advice{text: "Publish a version that the advisory does not affect."}
	case len(u.edges) == 0 && m.edgeless():
		why := m.anew()
		return advice{text: strings.ToUpper(why[:1]) + why[1:] + "."}
	case !u.found && len(u.fixed) == 0:
		return advice{text: fmt.Sprintf("No fixed version is known: %s, or write an exception if it is not reachable.", u.replace())}
	}
	return advice{
		text: fmt.Sprintf("No change of this project's own helps: %s. Else %s, or write an exception if it is not reachable.",
			u.why, u.replace())}
}

// replace returns advice on a replacement for a package without a good version.
func (u *unit) replace() string {
	for _, r := range u.records {
		if r.Instead != "" && r.Instead != u.name {
			return fmt.Sprintf("replace %s (%s names %s in its place)", u.name, r.ID, r.Instead)
		}
	}
	return "replace " + u.name
}
