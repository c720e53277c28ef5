package cli

import (
	"strings"
	"unicode"

	"github.com/publishgate/publishgate/internal/action"
)

// sarifRef reads -sarif-ref. On an event that builds anybody's change for the
// default branch, it may only name a pull request: no setting in a workflow may
// file a stranger's findings under the branch.
func (s *settings) sarifRef(r *action.Runner) string {
	ref := s.text("sarif-ref")
	pull := isPullRef(ref)
	switch {
	case ref == "":
	case !pull && !isRef(ref, "refs/heads/") && !isRef(ref, "refs/tags/"):
		s.mistake("-sarif-ref %q is not refs/heads/NAME, refs/tags/NAME, refs/pull/N/head or refs/pull/N/merge", ref)
	case r != nil && !pull && !r.OwnRef():
		s.mistake("-sarif-ref %q: on the event %s it may only be refs/pull/N/head or refs/pull/N/merge", ref, r.Event)
	}
	return ref
}

func isPullRef(ref string) bool {
	rest, ok := strings.CutPrefix(ref, "refs/pull/")
	number, which, _ := strings.Cut(rest, "/")
	return ok && number != "" && number[0] != '0' && strings.Trim(number, "0123456789") == "" &&
		(which == "head" || which == "merge")
}

// isRef reports whether a ref is below prefix and valid by the rules of
// git-check-ref-format.
func isRef(ref, prefix string) bool {
	name, ok := strings.CutPrefix(ref, prefix)
	if !ok || strings.ContainsAny(name, " ~^:?*[\\") || strings.ContainsFunc(name, unicode.IsControl) ||
		strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.HasSuffix(name, ".") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}
