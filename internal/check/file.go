package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/policy"
)

var forbiddenFileRule = finding.Rule{
	ID:    "forbidden-file",
	Title: "The tarball holds a file that the policy forbids.",
	Why: "Credentials and private files get into packages because `files` or .npmignore forgot them; once published " +
		"they are copied within minutes.",
	Help: "Leave the file out with the `files` field or .npmignore. If it belongs there, add it to `files.allow`. If " +
		"it holds a credential, renew the credential.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball"},
}

var discouragedFileRule = finding.Rule{
	ID:       "discouraged-file",
	Title:    "The tarball holds a file that the policy would rather not ship.",
	Why:      "Sources, logs and reports that nobody runs make the package larger and tell more than they should.",
	Help:     "Leave the file out with the `files` field or .npmignore, or add it to `files.allow`.",
	Severity: finding.Low,
	Tags:     []string{"tarball"},
}

var fileTooLargeRule = finding.Rule{
	ID:       "file-too-large",
	Title:    "A file in the tarball is larger than the policy allows.",
	Why:      "Such a file is most often a build leftover, a dump or a binary; everybody who installs the package downloads it.",
	Help:     "Leave the file out, or raise `files.max-size`.",
	Severity: finding.Moderate,
	Tags:     []string{"tarball"},
}

var files = Check{
	Rules: []finding.Rule{forbiddenFileRule, discouragedFileRule, fileTooLargeRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		w := newFileWalk(s.Policy)
		limit := s.Policy.Files.MaxSize
		for _, e := range s.Tarball.Entries {
			if e.Dir {
				continue
			}
			w.look(e.Path)
			if limit > 0 && e.Size > limit {
				f := packed(&fileTooLargeRule, e.Path)
				f.Message = fmt.Sprintf("%s has %d bytes, the policy allows %d.", inPackage(e.Path), e.Size, limit)
				f.Fix = fileTooLargeRule.Help
				w.found = append(w.found, f)
			}
		}
		return w.finish()
	},
}

// A fileWalk matches the patterns with each file. Files that one pattern
// matches by their directory are one finding.
type fileWalk struct {
	forbid, warn, allow *gitignore.List
	found               []finding.Finding
	count               []int          // of files, for each of found that has a pattern
	at                  map[string]int // rule and directory → index in found
}

func newFileWalk(p *policy.Effective) *fileWalk {
	return &fileWalk{
		forbid: gitignore.Compile(p.Files.Forbid...),
		warn:   gitignore.Compile(p.Files.Warn...),
		allow:  gitignore.Compile(p.Files.Allow...),
		at:     map[string]int{},
	}
}

// forbids matches the forbidding patterns, with the name in lower case as well:
// .ENV has the same content as .env, and is the same file on many machines.
// Patterns that allow or warn match case-sensitively.
func (w *fileWalk) forbids(inner string) gitignore.Match {
	m := w.forbid.Match(inner, false)
	if m.Ignored || isLower(inner) {
		return m
	}
	m = w.forbid.Match(lowerASCII(inner), false)
	m.Path = inner[:len(m.Path)]
	return m
}

// judges reports whether a pattern of the policy matches a file.
func (w *fileWalk) judges(inner string) bool {
	return w.allow.Match(inner, false).Ignored || w.forbids(inner).Ignored || w.warn.Match(inner, false).Ignored
}

func isLower(s string) bool { return !strings.ContainsFunc(s, isUpper) }

func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }

// lowerASCII keeps the length, so that offsets in the result are those in the
// text.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if isUpper(rune(c)) {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (w *fileWalk) look(path string) {
	inner := inPackage(path)
	if alwaysPacked(inner) || w.allow.Match(inner, false).Ignored {
		return
	}
	rule := &forbiddenFileRule
	m := w.forbids(inner)
	if !m.Ignored {
		rule = &discouragedFileRule
		if m = w.warn.Match(inner, false); !m.Ignored {
			return
		}
	}
	key := rule.ID + "\x00" + m.Path
	if i, ok := w.at[key]; ok && m.Path != inner {
		w.count[i]++
		return
	}
	f := packed(rule, path)
	f.Message = fmt.Sprintf("%s matches %q of %s.", m.Path, m.Pattern, listOf(rule))
	f.Fix = rule.Help
	if rule == &discouragedFileRule {
		f.Level = finding.Advice
	}
	if m.Path != inner {
		f.Subject = m.Path
	}
	w.at[key] = len(w.found)
	w.found = append(w.found, f)
	for len(w.count) < len(w.found) {
		w.count = append(w.count, 0)
	}
	w.count[len(w.found)-1] = 1
}

// finish adds to each finding about a directory how many files it holds.
func (w *fileWalk) finish() []finding.Finding {
	for i, n := range w.count {
		if f := &w.found[i]; f.Subject != "" && n > 0 {
			f.Message = strings.Replace(f.Message, f.Subject+" matches", fmt.Sprintf("%s/ (%d packed files) matches", f.Subject, n), 1)
		}
	}
	return w.found
}

func listOf(rule *finding.Rule) string {
	if rule == &forbiddenFileRule {
		return "files.forbid"
	}
	return "files.warn"
}

// alwaysPacked reports whether npm packs a file in any case. No pattern of a
// policy may then make a package unpublishable. Source: npm-packlist.
func alwaysPacked(path string) bool {
	if path == "package.json" {
		return true
	}
	if strings.Contains(path, "/") {
		return false
	}
	stem, _, _ := strings.Cut(strings.ToLower(path), ".")
	return slices.Contains([]string{"readme", "license", "licence", "copying"}, stem)
}
