package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var unpinnedRule = finding.Rule{
	ID:    "unpinned",
	Title: "A dependency is not pinned as the policy asks.",
	Why:   "Without an exact version or a lockfile entry every install may take another version, one that nobody judged.",
	Help: "Install, so that the lockfile names the version (with npm: `npm install`), or write an exact version in " +
		"package.json; see `dependencies.pinned` in the policy.",
	Severity: finding.High,
	Tags:     []string{"supply-chain"},
}

var wildcardRule = finding.Rule{
	ID:    "wildcard",
	Title: "A dependency accepts any version.",
	Why: "`*`, `latest`, an empty range or another tag takes whatever is published next, a hijacked release " +
		"included, in every place that installs the package.",
	Help:     "Write the range that was tested, such as `^1.2.3`.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var pinning = Check{
	Rules: []finding.Rule{unpinnedRule, wildcardRule},
	Run: func(s *Subject) []finding.Finding {
		locked := map[string]*npm.Package{}
		for _, e := range s.Graph.Root.Deps {
			if e.To != nil && locked[e.Name] == nil { // pnpm's own come last
				locked[e.Name] = e.To
			}
		}
		var found []finding.Finding
		for _, d := range s.Manifest.Dependencies {
			if s.Policy.Omit[scopeOf(d.Kind)] {
				continue
			}
			if f, bad := s.wildcard(d, locked[d.Name]); bad {
				found = append(found, f)
			} else if f, bad := s.unpinned(d, locked[d.Name]); bad {
				found = append(found, f)
			}
		}
		return found
	},
}

// wildcard returns a finding for a range that accepts any version. For peers it
// is advice: the package does not install them. A directory of this checkout
// that only development uses is not reported.
func (s *Subject) wildcard(d npm.Dependency, to *npm.Package) (finding.Finding, bool) {
	spec := npm.ParseSpec(d.Range)
	if spec.Kind != npm.SpecRegistry && spec.Kind != npm.SpecAlias {
		return finding.Finding{}, false
	}
	what := "accepts any version"
	if r, err := npm.ParseRange(spec.Range); err != nil {
		what = "follows a tag, not a version"
	} else if !acceptsAll(r) {
		return finding.Finding{}, false
	}
	// An optional peer brings no package: it says what the package works with.
	if d.Kind == npm.EdgePeerOptional && what == "accepts any version" {
		return finding.Finding{}, false
	}
	if d.Kind == npm.EdgeDev && to != nil && to.Source == npm.SourceLocal {
		return finding.Finding{}, false
	}
	f := s.declared(&wildcardRule, d, to)
	if scopeOf(d.Kind) == npm.Peer {
		f.Level = finding.Advice
	}
	f.Message = fmt.Sprintf("%s is asked for as %q, which %s.", d.Name, d.Range, what)
	f.Fix = "Write the range that was tested."
	if to != nil && to.Version != "" {
		f.Fix = fmt.Sprintf("Write the range that was tested, such as `^%s`.", to.Version)
	}
	return f, true
}

func (s *Subject) unpinned(d npm.Dependency, to *npm.Package) (finding.Finding, bool) {
	// Peers are for the consumer to pin.
	if scopeOf(d.Kind) == npm.Peer || isExact(d.Range) {
		return finding.Finding{}, false
	}
	f := s.declared(&unpinnedRule, d, to)
	switch s.Policy.Dependencies.Pinned {
	case policy.Any:
		return finding.Finding{}, false
	case policy.ExactOrLocked:
		if to != nil {
			return finding.Finding{}, false
		}
		f.Message = fmt.Sprintf("%s is asked for as %q and the lockfile has no version for it.", d.Name, d.Range)
		f.Fix = fmt.Sprintf("Run `%s` and commit the lockfile, or write an exact version.", s.Graph.Tool().Install)
	default:
		f.Message = fmt.Sprintf("%s is asked for as %q; the policy wants an exact version.", d.Name, d.Range)
		f.Fix = "Write an exact version."
		if to != nil && to.Version != "" {
			f.Fix = fmt.Sprintf("Write `%s`, the version that is installed.", to.Version)
		}
	}
	return f, true
}

// isExact reports whether a specifier has only one meaning: a version, a git
// commit, a file or directory of this checkout.
func isExact(value string) bool {
	switch spec := npm.ParseSpec(value); spec.Kind {
	case npm.SpecRegistry, npm.SpecAlias:
		r, err := npm.ParseRange(spec.Range)
		if err != nil {
			return false
		}
		_, err = npm.ParseVersion(r.String()) // "=1.2.3" is written back as "1.2.3"
		return err == nil
	case npm.SpecFile, npm.SpecDirectory:
		return true
	case npm.SpecOther:
		// workspace: and link: are a directory here; catalog: refers to another
		// line.
		return !strings.HasPrefix(strings.TrimSpace(value), "catalog:")
	case npm.SpecGit:
		_, commit, _ := strings.Cut(value, "#")
		return isHex(commit) && (len(commit) == 40 || len(commit) == 64)
	}
	return false
}

// acceptsAll reports whether a range contains both the lowest and the highest
// possible version.
func acceptsAll(r npm.Range) bool {
	for _, text := range []string{"0.0.0", "9007199254740991.9007199254740991.9007199254740991"} {
		if v, err := npm.ParseVersion(text); err != nil || !r.Contains(v, false) {
			return false
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}
