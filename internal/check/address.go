package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/normal"
	"github.com/publishgate/publishgate/internal/npm"
)

var registryHostRule = finding.Rule{
	ID:    "registry-host",
	Title: "A lockfile entry takes a package from an address that is not allowed.",
	Why: "Whoever can edit the lockfile can point a well-known name at a server of their own, checksum included; " +
		"the package manager installs it without a word.",
	Help: "Restore the address, or add the registry to `dependencies.registries` if it is yours. Without that key " +
		"only the public registry is allowed. An address must be https, name a public host and be written in one way that " +
		"every reader reads alike, unless the policy lists it.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "lockfile"},
}

var resolvedMismatchRule = finding.Rule{
	ID:    "resolved-mismatch",
	Title: "A lockfile entry installs another package or version than it says.",
	Why: "Package managers do not compare the name and version of an entry with what its address serves, and audit " +
		"the one while they install the other.",
	Help: "Delete the entry and let the package manager write it anew, with npm: `npm install --package-lock-only`; " +
		"then find out who changed it.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "lockfile"},
}

// Both rules block in every scope: a false lockfile was written by somebody.
var address = Check{
	Rules: []finding.Rule{registryHostRule, resolvedMismatchRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		l := lockReader{Subject: s, allowed: registries(s.Policy.Dependencies.Registries, s.Graph.Manager)}
		for p := range s.dependencies() {
			if l.plain(p) {
				continue
			}
			rule, problem := &registryHostRule, l.place(p)
			if problem == "" {
				rule, problem = &resolvedMismatchRule, l.mismatch(p)
			}
			if problem == "" {
				continue
			}
			f := s.about(rule, p)
			f.Message = fmt.Sprintf("%s %s.", p.ID(), problem)
			f.Fix = fmt.Sprintf("Delete the entry, run `%s`, and compare.", s.Graph.Tool().Lock)
			if rule == &registryHostRule && mayBeListed(p) {
				f.Fix = fmt.Sprintf("Delete the entry, run `%s`, and compare. If it comes back and you trust that registry, add `https://%s/` to "+
					"`dependencies.registries` of the policy, beside the public one.", s.Graph.Tool().Lock, hostOf(p.Resolved))
			}
			found = append(found, f)
		}
		return found
	},
}

// mayBeListed reports whether the address of an entry could be that of a registry on
// the policy's list: nothing else is wrong with it.
func mayBeListed(p *npm.Package) bool {
	return (p.Source == npm.SourceRegistry || p.Source == npm.SourceURL) && spelling(p.Resolved) == "" && unsafePlace(p.Resolved) == ""
}

// A lockReader compares lockfile entries with what asks for them.
type lockReader struct {
	*Subject
	allowed []string        // addresses that end in a slash
	to      *npm.Dependents // made on first use
}

// registries completes the list of the policy. An empty list means the public
// registry. yarn has its own address for the public registry.
func registries(list []string, manager string) []string {
	if len(list) == 0 {
		list = []string{npm.PublicRegistry}
	}
	allowed := make([]string, len(list), len(list)+1)
	for i, a := range list {
		allowed[i] = strings.TrimSuffix(a, "/") + "/"
	}
	if manager == "yarn" && slices.Contains(allowed, npm.PublicRegistry) {
		allowed = append(allowed, npm.YarnRegistry)
	}
	return allowed
}

// plain reports whether an entry is of the usual kind: installed under its own
// name, from exactly the address at which an allowed registry serves that
// version, written unambiguously. It is a short cut for place and mismatch and
// must not pass what they refuse.
func (l *lockReader) plain(p *npm.Package) bool {
	if p.Source != npm.SourceRegistry || p.Alias != "" && p.Alias != p.Name {
		return false
	}
	registry := npm.PublicRegistry
	if !strings.HasPrefix(p.Resolved, registry) {
		registry = npm.YarnRegistry
	}
	rest, ok := strings.CutPrefix(p.Resolved, registry)
	if !ok || !slices.Contains(l.allowed, registry) || !isPlain(rest) {
		return false
	}
	base := p.Name
	if scope, name, scoped := strings.Cut(p.Name, "/"); scoped {
		if base = name; scope == "" || scope[0] != '@' {
			return false
		}
	}
	if base == "" || base[0] == '.' || p.Version == "" || strings.Contains(base+p.Version, "/") {
		return false
	}
	return rest == p.Name+"/-/"+base+"-"+p.Version+".tgz"
}

// isPlain reports whether a text has only characters that all parsers of URLs
// read alike.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '-' && c <= '9' || c == '@' || c == '_') {
			return false
		}
	}
	return true
}

// place returns what is wrong with the address of an entry, or "".
func (l *lockReader) place(p *npm.Package) string {
	if p.Resolved == "" {
		return ""
	}
	if p.Source == npm.SourceFile || !strings.Contains(p.Resolved, ":") {
		return l.undeclared(p, npm.SpecFile, npm.SpecDirectory)
	}
	if p.Source == npm.SourceGit {
		if problem := gitProblem(p.Resolved); problem != "" {
			return problem
		}
		return l.undeclared(p, npm.SpecGit)
	}
	if problem := spelling(p.Resolved); problem != "" {
		return problem
	}
	if slices.ContainsFunc(l.allowed, func(a string) bool { return strings.HasPrefix(p.Resolved, a) }) {
		return ""
	}
	if problem := unsafePlace(p.Resolved); problem != "" {
		return problem
	}
	if p.Source == npm.SourceRuntime {
		return fmt.Sprintf("is fetched from %s, where those who make %s do not publish it", hostOf(p.Resolved), p.Name)
	}
	if p.Source == npm.SourceURL {
		return l.undeclared(p, npm.SpecURL)
	}
	return fmt.Sprintf("comes from %s, which is not an allowed registry", hostOf(p.Resolved))
}

// undeclared returns a problem if an entry has an address of a kind that no
// declaration has: a range was declared, and only the lockfile turns it into an
// address.
func (l *lockReader) undeclared(p *npm.Package, kinds ...npm.SpecKind) string {
	// catalog: and patch: refer to a line elsewhere, which may be an address.
	of := ""
	if p.Source == npm.SourceURL {
		of = archived(p.Resolved)
	}
	if l.asks(p, func(spec npm.Spec, text string) bool {
		return slices.Contains(kinds, spec.Kind) || spec.Kind == npm.SpecOther ||
			of != "" && spec.Kind == npm.SpecGit && strings.ToLower(normal.Repository(text)) == of
	}) {
		return "" // declared: the rule unauditable-dependency reports it
	}
	return fmt.Sprintf("comes from %s, although nothing in the tree asks for an address", hostOf(p.Resolved))
}

// asks reports whether a declaration of the copy, or an override, is such a
// specifier, with the text that it is read from.
func (l *lockReader) asks(p *npm.Package, such func(npm.Spec, string) bool) bool {
	if l.to == nil {
		l.to = l.Graph.Dependents()
	}
	for _, in := range l.to.Of(p) {
		// Declarations of unreachable packages do not count.
		if (in.From == l.Graph.Root || in.From.Scope != "" || p.Scope == "") && such(npm.ParseSpec(in.Edge.Range), in.Edge.Range) {
			return true
		}
	}
	return slices.ContainsFunc(l.Manifest.Overrides, func(o npm.Override) bool {
		return (o.Name == p.Name || o.Name == p.Alias) && such(npm.ParseSpec(o.Range), o.Range)
	})
}

// mismatch returns where the name and version of an entry differ from those in
// its address, or that it is an alias that is not declared; else "".
func (l *lockReader) mismatch(p *npm.Package) string {
	if p.Alias != "" && p.Alias != p.Name && p.Bundler == nil &&
		!l.asks(p, func(spec npm.Spec, _ string) bool {
			return spec.Kind == npm.SpecAlias && spec.Name == p.Name || isPlace(spec.Kind)
		}) {
		return fmt.Sprintf("is installed under the name %s, although nothing in the tree asks for that alias", p.Alias)
	}
	if p.Source != npm.SourceRegistry || p.Resolved == "" {
		return ""
	}
	u, ok := npm.ParseTarballURL(p.Resolved)
	switch {
	case !ok, strings.ContainsAny(p.Resolved, "?#"):
		return fmt.Sprintf("has the address %s, which is not that of a registry's tarball", p.Resolved)
	case u.Name != p.Name:
		return fmt.Sprintf("has the address of a tarball of %s", u.Name)
	case u.Version != p.Version:
		return fmt.Sprintf("has the address of version %s", u.Version)
	}
	return ""
}

func isPlace(k npm.SpecKind) bool {
	return k == npm.SpecGit || k == npm.SpecURL || k == npm.SpecFile || k == npm.SpecDirectory || k == npm.SpecOther
}
