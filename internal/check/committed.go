package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Committed is what looks like a credential in the files of a commit, or in
// those that the next commit brings. All paths are slash paths from the root of
// the repository.
type Committed struct {
	Files     int // that were searched
	Secrets   []tarball.Secret
	Unscanned []tarball.Unscanned
	Homes     []Home // packages of the repository that some of Secrets belong to

	Staged bool // the commit is not made yet

	// Elsewhere names the member of a workspace with which the same commit's files
	// outside this package's directory are told; empty: they are told here.
	Elsewhere string
}

// A Home is another package of the same repository: what its policy says is no
// secret is none in its files.
type Home struct {
	Dir    string // slash path from the root of the repository
	Policy *policy.Effective
}

// below reports whether a file is in a directory of the repository.
func below(file, dir string) bool {
	return dir == "." || dir == "" || strings.HasPrefix(file, dir+"/")
}

// fromFolder returns the path of a file of the repository as seen from the
// package's directory.
func (s *Subject) fromFolder(file string) string {
	up := ""
	for dir := path.Clean(s.Folder); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if below(file, dir) {
			return up + file[len(dir)+1:]
		}
		up += "../"
	}
	return up + file
}

// committedSecrets returns the findings about the files of the commit. Those that
// the tarball has at the same place are left out: they are told there. known is
// the number of candidates that the policy knows.
func (s *Subject) committedSecrets() (found []finding.Finding, known int) {
	c := s.Committed
	if c == nil {
		return nil, 0
	}
	told := map[tarball.Secret]bool{}
	if s.Tarball != nil {
		for _, p := range s.Tarball.Secrets {
			told[tarball.Secret{Rule: p.Rule, Hash: p.Hash, Path: path.Join(s.Folder, inPackage(p.Path))}] = true
		}
	}
	values, inDoubt := alike{}, alike{}
	outside := 0
	for _, one := range c.Secrets {
		switch {
		case told[tarball.Secret{Rule: one.Rule, Hash: one.Hash, Path: one.Path}]:
		case s.knowsCommitted(one):
			known++
		case one.Doubt != "":
			if c.Elsewhere == "" || below(one.Path, s.Folder) {
				inDoubt.add(one.Rule+"\x00"+one.Doubt, one)
			}
		case c.Elsewhere != "" && !below(one.Path, s.Folder):
			outside++
		default:
			values.add(one.Rule+"\x00"+one.Hash, one)
		}
	}
	perFile := alike{}
	for _, list := range values.lists {
		perFile.add(list[0].Rule+"\x00"+list[0].Path, list[0])
	}
	for _, list := range perFile.lists {
		if len(list) > manySecrets {
			found = append(found, s.committedTable(list))
			continue
		}
		for _, one := range list {
			found = append(found, s.oneCommitted(values.of(one.Rule+"\x00"+one.Hash)))
		}
	}
	for _, list := range inDoubt.lists {
		f := s.inCommit(&secretDoubtfulRule, list[0])
		f.Level, f.Subject = finding.Advice, list[0].Rule+" "+list[0].Doubt
		f.Message = fmt.Sprintf("%s holds %s that looks like a credential (%s%s), but %s.", inThe(list[0].Path), howMany(list),
			list[0].Rule, within(list[0]), list[0].Doubt)
		f.Fix = doubtfulFix
		found = append(found, f)
	}
	if outside > 0 {
		f := finding.Finding{Rule: secretRule.ID, Severity: secretRule.Severity, File: s.Manifest.File, Subject: "commit"}
		f.Message = fmt.Sprintf("The commit that is released holds %s outside this package; they are told with %s.",
			counted(outside, "credential"), c.Elsewhere)
		f.Fix = "Mend what is told there."
		found = append(found, f)
	}
	return append(found, s.uncommittedScan()...), known
}

// inThe names a file of the commit.
func inThe(file string) string { return file + ", a file of the commit," }

// inCommit returns a finding at the place of a candidate in the commit.
func (s *Subject) inCommit(rule *finding.Rule, c tarball.Secret) finding.Finding {
	return finding.Finding{Rule: rule.ID, Severity: rule.Severity, File: s.fromFolder(c.Path), Line: c.Line, Column: c.Column}
}

// oneCommitted returns one finding for one value, wherever in the commit it stands.
func (s *Subject) oneCommitted(list []tarball.Secret) finding.Finding {
	c := list[0]
	f := s.inCommit(&secretRule, c)
	f.Subject = c.Rule + " " + c.Hash
	also := ""
	if len(list) > 1 {
		var places []string
		for _, other := range list[1:] {
			places = append(places, fmt.Sprintf("%s:%d", other.Path, other.Line))
		}
		also = ", and so do " + listed(places, 3)
	}
	f.Message = fmt.Sprintf("%s looks like it holds a credential (%s%s)%s: %s. Who can read the repository can read it.", inThe(c.Path),
		c.Rule, within(c), also, strings.TrimRight(c.Description, ". "))
	f.Fix = "Renew the credential: taking it out of the file leaves it in the history."
	if s.Committed.Staged {
		f.Fix = "Take it out before it is committed: afterwards it stays in the history."
	}
	f.Fix += " If it is none, allow `" + c.Hash + "` under `secrets.allow`."
	return f
}

// committedTable returns one finding for all candidates of a detector in a file.
func (s *Subject) committedTable(list []tarball.Secret) finding.Finding {
	c := list[0]
	f := s.inCommit(&secretRule, c)
	f.Subject = c.Rule + " table"
	f.Message = fmt.Sprintf("%s looks like it holds %d credentials (%s), the first of them here%s: %s.", inThe(c.Path), len(list), c.Rule,
		within(c), strings.TrimRight(c.Description, ". "))
	f.Fix = tableFix(c)
	return f
}

// knowsCommitted is knows for a file of the commit, which the policy of the package
// it belongs to may know too. A path is matched as seen from the package's
// directory and from the root of the repository.
func (s *Subject) knowsCommitted(c tarball.Secret) bool {
	if knows(s.Policy, c, seen(c.Path, s.Folder)...) {
		return true
	}
	return slices.ContainsFunc(s.Committed.Homes, func(h Home) bool {
		return below(c.Path, h.Dir) && knows(h.Policy, c, seen(c.Path, h.Dir)...)
	})
}

// seen returns the paths by which patterns of a package's policy may name a file.
func seen(file, dir string) []string {
	if dir = path.Clean(dir); dir != "." && below(file, dir) {
		return []string{file[len(dir)+1:], file}
	}
	return []string{file}
}

// uncommittedScan returns one finding for all that the search of the commit left
// out.
func (s *Subject) uncommittedScan() []finding.Finding {
	var parts []string
	first := ""
	for _, u := range s.Committed.Unscanned {
		if s.Committed.Elsewhere != "" && !below(u.Path, s.Folder) {
			continue
		}
		if first == "" {
			first = u.Path
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", u.Path, u.Why))
	}
	if len(parts) == 0 {
		return nil
	}
	f := s.inCommit(&secretUnscannedRule, tarball.Secret{Path: first})
	f.Level, f.Subject = finding.Advice, "commit"
	f.Message = fmt.Sprintf("Not searched for secrets in the commit: %s.", listed(parts, 5))
	return []finding.Finding{f}
}
