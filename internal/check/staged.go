package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Staged returns what must not be committed: the secrets of s.Committed, and new
// files, as paths from the root of the repository, whose name the policy's own
// files.forbid gives and says that they hold credentials. Other names that a
// package must not hold, such as *.config.js, belong into a repository.
func Staged(s *Subject, added []string) []finding.Finding {
	found, _ := s.committedSecrets()
	for _, file := range added {
		names := seen(file, s.Folder)
		pattern := forbiddenName(s.Policy, names)
		for _, h := range s.Committed.Homes {
			if below(file, h.Dir) {
				names = append(names, seen(file, h.Dir)...)
				if pattern == "" {
					pattern = forbiddenName(h.Policy, names)
				}
				if allowedName(h.Policy, names) {
					pattern = ""
					break
				}
			}
		}
		if pattern == "" || allowedName(s.Policy, names) {
			continue
		}
		f := s.inCommit(&forbiddenFileRule, tarball.Secret{Path: file})
		f.Message = fmt.Sprintf("%s matches %q of files.forbid, and such files hold credentials.", file, pattern)
		f.Fix = "Keep it out of the repository: let .gitignore name it. If it holds none, add it to `files.allow`."
		found = append(found, f)
	}
	return found
}

// IsStaged reports whether a finding is one of Staged's.
func IsStaged(f finding.Finding) bool {
	return f.Rule == secretRule.ID || f.Rule == secretDoubtfulRule.ID || f.Rule == forbiddenFileRule.ID
}

// namesCredentials matches a pattern that speaks of credentials.
var namesCredentials = pattern.New(`(?i)secret|credential|passw|private|token`)

// forbiddenName returns the pattern of a policy's own files.forbid that a file
// matches, if the built-in list has its name too or the pattern speaks of
// credentials; or "".
func forbiddenName(p *policy.Effective, names []string) string {
	built, own := p.Forbids()
	list, credentials := gitignore.Compile(own...), gitignore.Compile(built...)
	for _, name := range names {
		if m := list.Match(name, false); m.Ignored && (credentials.Match(name, false).Ignored || namesCredentials.MatchString(m.Pattern)) {
			return m.Pattern
		}
	}
	return ""
}

func allowedName(p *policy.Effective, names []string) bool {
	list := gitignore.Compile(p.Files.Allow...)
	for _, name := range names {
		if list.Match(name, false).Ignored {
			return true
		}
	}
	return false
}
