package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
)

var lfsPointerRule = finding.Rule{
	ID:    "lfs-pointer",
	Title: "The tarball holds a Git LFS pointer in place of the file.",
	Why: "A checkout without Git LFS leaves pointers of some hundred bytes where the files belong; what is packed " +
		"then is broken for everybody who installs it.",
	Help: "Check out with LFS (`actions/checkout` with `lfs: true`, or `git lfs pull`) and pack again. If the " +
		"pointer itself is meant, add the file to `files.allow`.",
	Severity: finding.High,
	Tags:     []string{"tarball"},
}

// lfsPointers makes one finding for all of them: one checkout is the cause.
var lfsPointers = Check{
	Rules: []finding.Rule{lfsPointerRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		allow := gitignore.Compile(s.Policy.Files.Allow...)
		var names []string
		first := ""
		for _, e := range s.Tarball.Entries {
			inner := inPackage(e.Path)
			if e.LFS == "" || allow.Match(inner, false).Ignored {
				continue
			}
			if first == "" {
				first = e.Path
			}
			names = append(names, inner)
		}
		if len(names) == 0 {
			return nil
		}
		f := packed(&lfsPointerRule, first)
		f.Level, f.Fix = finding.Always, lfsPointerRule.Help
		if len(names) == 1 {
			f.Message = fmt.Sprintf("%s is a Git LFS pointer, not the file.", names[0])
		} else {
			f.Message = fmt.Sprintf("%d files are Git LFS pointers, not the files: %s.", len(names), listed(names, 5))
		}
		return []finding.Finding{f}
	},
}
