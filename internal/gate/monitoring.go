package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/support"
)

// A Monitored is what a look at published packages goes by: the policy files, and
// what else of the checkout says something about them.
type Monitored struct {
	Name       string // of the package in the folder; "": it is none
	Repository string // "owner/name" at GitHub, of package.json or of origin; "": neither is there

	Sources  []advisory.Source
	Required advisory.Requirements // what the policy requires of them

	w     Where
	place place
	one   *policy.Policy // where there is no organisation's file
}

// ReadMonitored reads the policy files of a folder and opens the advisory sources. It
// must be closed.
func ReadMonitored(w Where, n Net, specs []SourceSpec, now time.Time) (*Monitored, error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	m := &Monitored{w: w, place: p}
	if err := m.read(n, specs, now); err != nil {
		p.close()
		return nil, err
	}
	return m, nil
}

func (m *Monitored) read(n Net, specs []SourceSpec, now time.Time) error {
	manifest, err := readManifestIfAny(m.place)
	if err != nil {
		return err
	}
	m.Name, m.Repository = manifest.Name, m.place.hosted(manifest)
	read, err := readPolicy(m.w, m.place, gitCheckout{}, manifest.Name)
	if err != nil {
		return err
	}
	if m.w.Organisation == "" {
		m.one = read.parsed
	}
	own := read.parsed.For(manifest.Name, policy.Flags{})
	scopes, err := n.scopes(own)
	if err != nil {
		return err
	}
	m.Required = requirements(own, m.place, now)
	m.Sources, err = openSources(n, scopes, specs)
	return err
}

// Close closes the folder.
func (m *Monitored) Close() { m.place.close() }

// Policy returns the policy for one package.
func (m *Monitored) Policy(name string) (*policy.Effective, error) {
	if m.one != nil {
		return m.one.For(name, policy.Flags{}), nil
	}
	read, err := readPolicy(m.w, m.place, gitCheckout{}, name)
	if err != nil {
		return nil, err
	}
	return read.parsed.For(name, policy.Flags{}), nil
}

// Supported returns which versions of a package are supported, by the file that its
// policy names, else by SECURITY.md; nil: neither says so.
func (m *Monitored) Supported(name string, e *policy.Effective) (*support.Table, error) {
	file := e.Versions.Table()
	names := []string{file}
	if file == "" || slices.Contains(securityFiles, file) {
		names = append(names, securityFiles...)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	text, _, err := m.place.first(names, maxSecurityDoc)
	if err != nil || text == nil {
		return nil, err
	}
	table := support.Read(string(text), name)
	if len(table.Rows) == 0 {
		return nil, nil
	}
	return table, nil
}

// RepositoryOf returns the repository at GitHub that one who watches a package expects
// its verdicts in: that of the folder, for the packages that are made there.
func (m *Monitored) RepositoryOf(name string) string {
	scope, _, scoped := strings.Cut(m.Name, "/")
	if name == m.Name || scoped && strings.HasPrefix(name, scope+"/") {
		return m.Repository
	}
	return ""
}
