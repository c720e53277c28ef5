package check

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/script"
)

var undeclaredHostRule = finding.Rule{
	ID:    "host-undeclared",
	Title: "The shipped code names a host that the policy does not.",
	Why: "Where a package sends to is what it does with what it is given. A host that nobody declared is a service nobody agreed to, " +
		"or where stolen data goes.",
	Help: "If the code is meant to, add the host to `content.hosts`; if not, find out who wrote the line. An address that only " +
		"explains something belongs into a comment, which does not count.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball"},
}

var deniedImportRule = finding.Rule{
	ID:    "import-denied",
	Title: "The shipped code loads a module that the policy denies.",
	Why: "The policy keeps the module out of the package: what it does is to be given by whoever uses the package, or must not be done. " +
		"A type that comes from it binds the package to it as well.",
	Help: "Take what the module does as a parameter, with a type of the package's own, and load it outside; or take the module out of " +
		"`content.imports.deny`.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball"},
}

var effectfulImportRule = finding.Rule{
	ID:    "effectful-import",
	Title: "The shipped code acts on the outside, and the policy says that it only computes.",
	Why: "A package of types and helpers that reads files, opens connections or starts programs is no longer one: " +
		"whoever uses it for what it says does not expect that.",
	Help:     "Move that code to a package of its own, take its result as a parameter, or say `content: {kind: any}` for this package.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball"},
}

// contents holds what the programs use against content.
var contents = Check{
	Rules: []finding.Rule{undeclaredHostRule, deniedImportRule, effectfulImportRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Programs == nil {
			return nil
		}
		r := &contentReport{subject: s, seen: map[string]bool{}}
		asked := s.Policy.Content
		for i := range s.Tarball.Programs.Read {
			p := &s.Tarball.Programs.Read[i]
			if asked.Hosts != nil {
				r.hosts(p, *asked.Hosts)
				r.rest(&undeclaredHostRule, p, len(p.Hosts))
			}
			if len(asked.Deny) > 0 {
				r.imports(p, asked.Deny)
				r.rest(&deniedImportRule, p, len(p.Imports))
			}
			if asked.Pure {
				r.effects(p)
				r.rest(&effectfulImportRule, p, max(len(p.Imports), len(p.Effects)))
			}
		}
		slices.SortStableFunc(r.found, func(a, b finding.Finding) int {
			return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
		})
		return r.found
	},
}

// A contentReport gathers findings, each about one name once, at its first place.
type contentReport struct {
	subject *Subject
	seen    map[string]bool
	found   []finding.Finding
}

func (r *contentReport) add(rule *finding.Rule, level finding.Level, p *script.Program, line int, name, format string, args ...any) {
	if key := rule.ID + " " + name; !r.seen[key] {
		r.seen[key] = true
		f := packed(rule, p.Path)
		f.Line, f.Subject, f.Fix, f.Level = line, name, rule.Help, level
		f.Message = fmt.Sprintf("%s:%d ", inPackage(p.Path), line) + fmt.Sprintf(format, args...)
		r.found = append(r.found, f)
	}
}

// rest tells of a program of whose list, which has n entries, a part was not kept.
func (r *contentReport) rest(rule *finding.Rule, p *script.Program, n int) {
	if p.FullOf(n) {
		r.add(rule, finding.Always, p, 1, restOf(p), "%s", fullText)
	}
}

// restOf is the subject of a finding about what was not kept of a program.
func restOf(p *script.Program) string { return "the rest of " + inPackage(p.Path) }

// fullText says, behind the name of a program, that not all of it was looked at.
var fullText = fmt.Sprintf("names more than the %d hosts, modules or variables that are kept of one file: what it uses beyond them is "+
	"not known. Split the file, or do not ship it.", script.MaxMentions)

func (r *contentReport) hosts(p *script.Program, allowed []string) {
	for _, m := range p.Hosts {
		if !slices.ContainsFunc(allowed, func(a string) bool { return allowsHost(a, m.Name) }) {
			r.add(&undeclaredHostRule, finding.Always, p, m.Line, m.Name, "names the host %s, which content.hosts does not.", m.Name)
		}
	}
	for _, m := range p.Open {
		r.add(&undeclaredHostRule, finding.Advice, p, m.Line, "",
			"makes an address whose host is composed when the program runs: which one it is, is not known.")
	}
}

// allowsHost reports whether an item of content.hosts allows a host. "*." stands
// for one name or more in front of what follows it, not for none.
func allowsHost(allowed, host string) bool {
	allowed = strings.TrimSuffix(strings.ToLower(allowed), ".")
	if below, ok := strings.CutPrefix(allowed, "*."); ok {
		return strings.HasSuffix(host, "."+below)
	}
	return allowed == host
}

func (r *contentReport) imports(p *script.Program, deny []string) {
	for _, m := range p.Imports {
		if m.Name == "" {
			r.add(&deniedImportRule, finding.Advice, p, m.Line, "", "loads a module whose name is computed: which one it is, is not known.")
			continue
		}
		for _, name := range r.subject.meant(m.Name) {
			i := slices.IndexFunc(deny, func(d string) bool { return deniesImport(d, name) })
			if i < 0 {
				continue
			}
			what := "loads " + m.Name
			if m.Type {
				what = "takes types from " + m.Name
			}
			r.add(&deniedImportRule, finding.Always, p, m.Line, m.Name, "%s, which content.imports.deny has as %s.", what, deny[i])
		}
	}
}

// meant returns what a specifier may name: itself, what Deno's prefixes and a path
// into node_modules say, and the package behind an alias of package.json.
func (s *Subject) meant(specifier string) []string {
	name := specifier
	for _, prefix := range []string{"npm:", "jsr:"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = strings.TrimPrefix(rest, "/")
			if at := strings.Index(name[min(1, len(name)):], "@"); at >= 0 {
				version, rest, _ := strings.Cut(name[at+1:], "/")
				if name = name[:at+1]; version != "" && rest != "" {
					name += "/" + rest
				}
			}
		}
	}
	if at := strings.LastIndex(name, "node_modules/"); at >= 0 {
		name = name[at+len("node_modules/"):]
	}
	all := []string{name}
	m := s.Tarball.Manifest
	if m == nil {
		m = s.Manifest
	}
	if m == nil {
		return all
	}
	for _, d := range m.Dependencies {
		real, ok := strings.CutPrefix(d.Range, "npm:")
		if rest, of := strings.CutPrefix(name, d.Name); ok && of && (rest == "" || rest[0] == '/') {
			if at := strings.LastIndex(real, "@"); at > 0 {
				real = real[:at]
			}
			all = append(all, real+rest)
		}
	}
	return all
}

// deniesImport reports whether an item of content.imports.deny denies a module: it
// names the module, what is above it, as openai is above openai/resources, or a
// pattern of one, in which * stands for any characters but a slash. "node:" makes
// no difference to a module of Node.
func deniesImport(deny, name string) bool {
	if script.Builtin(name) {
		name, deny = strings.TrimPrefix(name, "node:"), strings.TrimPrefix(deny, "node:")
	}
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
		return false
	}
	parts, pattern := strings.Split(strings.ToLower(name), "/"), strings.Split(strings.ToLower(deny), "/")
	if len(pattern) > len(parts) {
		return false
	}
	for i, p := range pattern {
		if ok, err := path.Match(p, parts[i]); p != parts[i] && (!ok || err != nil) {
			return false
		}
	}
	return true
}

func (r *contentReport) effects(p *script.Program) {
	for _, m := range p.Imports {
		switch {
		case m.Type:
		case m.Name == "":
			r.add(&effectfulImportRule, finding.Always, p, m.Line, "", "loads a module whose name is computed, which may be any.")
		case slices.ContainsFunc(r.subject.meant(m.Name), script.Acts):
			r.add(&effectfulImportRule, finding.Always, p, m.Line, m.Name, "loads %s, which acts on the outside.", m.Name)
		}
	}
	for _, m := range p.Effects {
		r.add(&effectfulImportRule, finding.Always, p, m.Line, m.Name, "uses %s, which acts on the outside.", m.Name)
	}
}
