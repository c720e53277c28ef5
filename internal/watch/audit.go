package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// Advisories are the sources that say which versions are vulnerable.
type Advisories struct {
	Sources  []advisory.Source
	Required advisory.Requirements
}

// askedOf lists what the sources are asked about bills, each name once.
func askedOf(bills []*bill) []advisory.Asked {
	names := map[string]map[string]npm.Version{}
	whole := map[string]bool{}
	add := func(name, version string) {
		v, err := npm.ParseVersion(version)
		if err != nil {
			return
		}
		if names[name] == nil {
			names[name] = map[string]npm.Version{}
		}
		names[name][v.Canonical()] = v
	}
	for _, b := range bills {
		add(b.name, b.version)
		for _, p := range b.parts {
			add(p.name, p.version)
		}
		for _, r := range b.ranges {
			whole[r.name] = true
			if names[r.name] == nil {
				names[r.name] = map[string]npm.Version{}
			}
			if low, ok := r.admits.Lowest(); ok { // for a source that only knows versions
				names[r.name][low.Canonical()] = low
			}
		}
	}
	var asked []advisory.Asked
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a := advisory.Asked{Name: name}
		if whole[name] {
			a.Versions = append(a.Versions, advisory.AnyVersion)
		}
		sorted := slices.SortedFunc(maps.Values(names[name]), npm.Version.Compare)
		for _, v := range sorted {
			a.Versions = append(a.Versions, v.Canonical())
		}
		asked = append(asked, a)
	}
	return asked
}

// answer is what the sources said about the bills of several packages.
type answer struct {
	known   *advisory.Knowledge
	unasked map[string]bool
	err     error
	partial error // what it says is not all
}

func (a Advisories) ask(ctx context.Context, bills []*bill) answer {
	if len(bills) == 0 {
		return answer{}
	}
	known, statuses, err := advisory.SeekAll(ctx, a.Sources, askedOf(bills), a.Required)
	out := answer{known: known, err: err, unasked: map[string]bool{}}
	if err == nil && !advisory.Complete(statuses) {
		out.partial = errors.New("the advisory data are partial, so that finding nothing means little: name a complete source, as npm, osv or " +
			"a database made of all advisories")
	}
	for _, name := range advisory.Unasked(statuses) {
		out.unasked[name] = true
	}
	return out
}

// vulnerable lists the advisories about what a bill brings, and names what they could
// not be looked up for. By a manifest alone an advisory counts if it affects every
// version that a range admits: else a new install is free of it.
func (a answer) vulnerable(b *bill) (found []monitor.Vulnerable, left []string) {
	g := &npm.Graph{}
	for _, p := range append([]part{{name: b.name, version: b.version}}, b.parts...) {
		g.Packages = append(g.Packages, &npm.Package{Name: p.name, Version: p.version, Source: npm.SourceRegistry,
			Location: p.name + "@" + p.version})
		if a.unasked[p.name] {
			left = append(left, p.name)
		}
	}
	for _, m := range a.known.Match(g) {
		found = append(found, vulnerability(m.Record, m.Package.Name+"@"+m.Package.Version, m.Fixed))
	}
	for _, r := range b.ranges {
		if a.unasked[r.name] || !a.known.Whole(r.name) {
			left = append(left, r.name)
			continue
		}
		for _, hit := range a.known.Admitted(r.name, r.admits) {
			if hit.Every {
				v := vulnerability(hit.Record, r.name+"@"+hit.Version.Canonical(), hit.Fixed())
				v.Title = strings.TrimPrefix(v.Title+"; every version that "+r.text+" admits is affected", "; ")
				found = append(found, v)
			}
		}
	}
	slices.SortFunc(found, func(x, y monitor.Vulnerable) int {
		return cmp.Or(cmp.Compare(x.Package, y.Package), cmp.Compare(x.ID, y.ID))
	})
	slices.Sort(left)
	same := func(x, y monitor.Vulnerable) bool { return x.ID == y.ID && x.Package == y.Package }
	return slices.CompactFunc(found, same), slices.Compact(left)
}

func vulnerability(r *advisory.Record, about, fixed string) monitor.Vulnerable {
	v := monitor.Vulnerable{ID: r.ID, Aliases: r.Aliases, Title: r.Title, Severity: r.Severity.String(), Package: about, Fixed: fixed}
	if at, err := time.Parse(time.RFC3339, r.Published); err == nil {
		v.Published = at.UTC()
	}
	return v
}

// licenses lists the licences of what a bill brings, and which of them the policy
// denies.
func (b *bill) licenses(p *policy.Effective) (all, denied []string) {
	for _, one := range append([]part{{b.name, b.version, []string{b.license}}}, b.parts...) {
		self := &npm.Package{Name: one.name, Version: one.version, Source: npm.SourceRegistry}
		if stated := check.LicenceOf(self, p.Licenses.Overrides); stated != "" {
			one.licenses = []string{stated} // by the policy
		}
		for _, text := range one.licenses {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			canonical, _, _ := license.Expression(text)
			all = append(all, canonical)
			if v := license.Judge(text, p.Licenses.Deny, p.Licenses.Allow); len(v.Denied) > 0 {
				denied = append(denied, fmt.Sprintf("%s@%s: %s", one.name, one.version, canonical))
			}
		}
	}
	slices.Sort(all)
	slices.Sort(denied)
	return slices.Compact(all), slices.Compact(denied)
}
