package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Revision is what a source VSA must say of the commit that is released: a
// summary of somebody who verified how it came about (slsa.dev/spec/v1.2,
// source-requirements and verifying-source).
type Revision struct {
	Commit     string // lower-case hex
	Repository string // its address, "https://github.com/OWNER/REPO"
	Level      int    // of the source track, 1 to 4, at least
	Ref        string // among those that it says the commit was on; "": any
	Verifier   string // verifier.id; "": any
}

const (
	sourceLevel  = "SLSA_SOURCE_LEVEL_" // begins the levels of the source track
	maxSummaries = 64                   // of one commit
)

// A revisionStep is one question about a source VSA.
type revisionStep struct {
	name string
	ask  func(Revision, Statement) answer
}

// revisionSteps are the questions about a source VSA whose signature is verified.
var revisionSteps = []revisionStep{
	{"source-commit", Revision.commit},
	{"source-repository", func(r Revision, s Statement) answer {
		expected, found := plainAddress(r.Repository), s.Predicate.Get("resourceUri").Text()
		if plainAddress(found) != expected {
			return failed(expected, orNone(found))
		}
		return passed(expected, found)
	}},
	{"source-ref", Revision.ref},
	{"source-verifier", func(r Revision, s Statement) answer {
		is := s.Predicate.Get("verifier").Get("id").Text()
		if r.Verifier == "" && is != "" {
			return passed("a verifier", is)
		}
		return compare(r.Verifier, is)
	}},
	{"source-result", func(_ Revision, s Statement) answer {
		return compare("PASSED", s.Predicate.Get("verificationResult").Text())
	}},
	{"source-level", Revision.level},
}

// Verify verifies that the summaries among the bundles are signed by the identity
// and say of the revision what is expected: each of them, but that one on the ref is
// enough, since a commit is summed up for its branch and again for its tag. What is
// no summary is left aside, such as the source provenance that lies beside it. about
// names the file in the checks.
func (r Revision) Verify(about string, bundles []*Bundle, who Identity, roots ...*Root) []Check {
	var summaries []*Bundle
	for _, b := range bundles {
		if b.Summarises() {
			summaries = append(summaries, b)
		}
	}
	if n := len(summaries); n == 0 || n > maxSummaries {
		expected := fmt.Sprintf("1 to %d verification summaries (VSA)", maxSummaries)
		return []Check{failed(expected, fmt.Sprintf("%d among %d bundles", n, len(bundles))).check("bundle", about)}
	}
	var checks, elsewhere []Check
	for _, b := range summaries {
		statement, of := b.examine(about, Want{Identity: &who, PredicateType: attest.Summary}, roots, steps())
		checks = append(checks, of...)
		if statement == nil || Worst(of) != Verified {
			return checks
		}
		for _, step := range revisionSteps {
			a := step.ask(r, *statement)
			switch {
			case a.state == "":
			case a.state != Verified && step.name == "source-ref":
				elsewhere = append(elsewhere, a.check(step.name, about))
			default:
				checks = append(checks, a.check(step.name, about))
			}
		}
	}
	if len(elsewhere) == len(summaries) {
		checks = append(checks, elsewhere...)
	}
	return checks
}

// commit: its one subject is the commit. "sha1" is what statements from before the
// digest set of in-toto named gitCommit have.
func (r Revision) commit(s Statement) answer {
	expected := "commit " + r.Commit + " alone"
	if len(s.Subjects) != 1 {
		return failed(expected, fmt.Sprintf("%d subjects", len(s.Subjects)))
	}
	said := 0
	for _, algorithm := range []string{"gitCommit", "sha1"} {
		is, ok := s.Subjects[0].Digests[algorithm]
		if ok && is != r.Commit {
			return failed(expected, algorithm+":"+is)
		}
		if ok {
			said++
		}
	}
	if said == 0 || r.Commit == "" {
		return failed(expected, "a subject that is no commit")
	}
	return passed(expected, "commit "+r.Commit)
}

// ref: the commit was on the ref. Drafts of the specification had the branches
// alone.
func (r Revision) ref(s Statement) answer {
	if r.Ref == "" || len(s.Subjects) != 1 {
		return answer{} // source-commit tells of the subjects
	}
	refs := s.Subjects[0].Refs
	found := orNone(strings.Join(refs, ", "))
	if !slices.Contains(refs, r.Ref) {
		return failed(r.Ref, found)
	}
	return passed(r.Ref, found)
}

// level: the highest level that it says is verified is high enough.
func (r Revision) level(s Statement) answer {
	expected := fmt.Sprintf("%s%d or higher", sourceLevel, r.Level)
	best, found := 0, "no level of the source track"
	for v := range s.Predicate.Get("verifiedLevels").Elements() {
		for n := 1; n <= 4; n++ {
			if v.Text() == fmt.Sprint(sourceLevel, n) && n > best {
				best, found = n, v.Text()
			}
		}
	}
	if r.Level < 1 || best < r.Level {
		return failed(expected, found)
	}
	return passed(expected, found)
}

// plainAddress returns the address of a repository without what tools write around
// it: git+ and .git, as in an SPDX download location, and a slash behind it.
func plainAddress(address string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(address, "git+"), "/"), ".git")
}

// refsOf returns the refs that a subject of a source VSA was on.
func refsOf(subject strict.Value) (refs []string) {
	for _, name := range []string{"source_refs", "source_branches"} {
		for v := range subject.Get("annotations").Get(name).Elements() {
			refs = append(refs, v.Text())
		}
	}
	return refs
}
