package verify

import (
	"crypto/sha1"
	"encoding/hex"

	"github.com/publishgate/publishgate/internal/attest"
)

// A Stage is a version that waits at its registry for approval, as the registry
// tells it, or one that was approved meanwhile. All of it is foreign.
type Stage struct {
	Name, Version, PURL string
	Registry            string // its address
	Tag, Access         string // empty: the registry does not tell
	Shasum, Integrity   string // of the bytes, as the registry says; empty: it does not tell
	Tarball             []byte // as the registry serves them

	// Of a version that was approved: the dist-tags of the package, and whether
	// another version is a later one. Its Tag is empty.
	Public bool
	Tags   map[string]string
	Later  func(version string) bool
}

func (s *Stage) about() string { return s.Name + "@" + s.Version }

// A Judgement is what a verified summary says about the bytes that passed.
type Judgement struct {
	Time   string // when they were judged, RFC 3339
	Commit string // hex; empty: there was none
	Policy string // SHA-256 of the policy, hex

	Sent                  bool // it says how they would be published
	Registry, Tag, Access string

	subject  NamedDigests
	subjects int
}

// judgementOf reads a summary that was verified.
func judgementOf(s *Statement) Judgement {
	own := s.Predicate.Get(attest.Extension)
	sent := own.Get("publish")
	return Judgement{
		Time: s.Predicate.Get("timeVerified").Text(), Commit: own.Get("commit").Text(), Policy: digestIn(s.Predicate.Get("policy")),
		Sent: sent.Exists(), Registry: sent.Get("registry").Text(), Tag: sent.Get("tag").Text(), Access: sent.Get("access").Text(),
		subject: s.Subjects[0], subjects: len(s.Subjects),
	}
}

// A Stored is what a repository has about the bytes of a staged version.
type Stored struct {
	Bundles [][]byte
	Unread  error // it could not be asked; nil: it answered
}

// VerifyEvidence holds a staged version against a folder of evidence, which is
// verified as a whole. tag is the dist-tag that is expected; empty: the one that
// was judged. The judgement is that of the summary; it is zero without one.
func (s *Stage) VerifyEvidence(e *Evidence, tag string, want Want, sum Summary, roots ...*Root) ([]Check, Judgement) {
	in := e.examined(want, sum, roots, evidenceSteps)
	return s.against(in.checks, in.judged, failed(signedVerdict, "none"), tag, stageSteps)
}

// VerifyStored holds a staged version against the attestations that a repository
// stores about its bytes.
func (s *Stage) VerifyStored(stored Stored, tag string, who *Identity, sum Summary, roots ...*Root) ([]Check, Judgement) {
	p := &Package{PURL: s.PURL, Tarball: s.Tarball, AskedStore: true, Stored: stored.Bundles, Unread: map[string]error{}}
	if stored.Unread != nil {
		p.Unread["stored"] = stored.Unread
	}
	a := &audit{who: who, sum: sum, roots: roots, said: map[string]bool{}}
	checks := p.checkStored(a)
	none := failed(signedVerdict, "none among those that the repository stores about these bytes")
	switch {
	case stored.Unread != nil:
		none = answer{Unknown, signedVerdict, oneLine(stored.Unread)}
	case len(stored.Bundles) == 0:
		none.found = "the repository stores none about these bytes; where the run did not store its own, name its folder with -evidence"
	}
	return s.against(checks, a.judged, none, tag, stageSteps)
}

// signedVerdict is what a staged version is held against.
const signedVerdict = "a signed verdict that passed (VSA)"

// A stageStep is one question about a staged version and the judgement.
type stageStep struct {
	name string
	ask  func(s *Stage, j *Judgement, tag string) answer
}

// stageSteps are the questions about a staged version.
var stageSteps = []stageStep{
	{"package", (*Stage).checkPackage},
	{"bytes", (*Stage).checkBytes},
	{"shasum", (*Stage).checkShasum},
	{"integrity", (*Stage).checkIntegrity},
	{"registry", (*Stage).checkRegistry},
	{"tag", (*Stage).checkTag},
	{"access", (*Stage).checkAccess},
}

// against asks the questions; none is the answer where there is no judgement. Of
// several about the same bytes the one counts that fits, since a run that was
// repeated judged twice.
func (s *Stage) against(checks []Check, judged []Judgement, none answer, tag string, list []stageStep) ([]Check, Judgement) {
	if len(judged) == 0 {
		return append(checks, none.check("signed-verdict", s.about())), Judgement{}
	}
	checks = append(checks, passed(signedVerdict, "of "+judged[0].Time).check("signed-verdict", s.about()))
	var more []Check
	var chosen Judgement
	for _, j := range judged {
		more, chosen = nil, j
		for _, step := range list {
			if a := step.ask(s, &j, tag); a.state != "" {
				more = append(more, a.check(step.name, s.about()))
			}
		}
		if Worst(more) == Verified {
			break
		}
	}
	return append(checks, more...), chosen
}

// checkPackage: the verdict is about this package and version, and no other.
func (s *Stage) checkPackage(j *Judgement, _ string) answer {
	if j.subjects != 1 {
		return failed(s.PURL, "a verdict about several files")
	}
	return compare(j.subject.Name, s.PURL)
}

// checkBytes: the bytes at the registry are those that were judged.
func (s *Stage) checkBytes(j *Judgement, _ string) answer {
	is := Artifact{Bytes: s.Tarball}.digests()
	return compare("sha512:"+j.subject.Digests["sha512"], "sha512:"+is["sha512"])
}

// checkShasum: what the registry says of the bytes is true of those it serves.
func (s *Stage) checkShasum(*Judgement, string) answer {
	if s.Shasum == "" {
		return answer{Skipped, "the registry's SHA-1 of the bytes", "the registry does not tell it"}
	}
	is := sha1.Sum(s.Tarball)
	return compare(s.Shasum, hex.EncodeToString(is[:]))
}

// checkIntegrity is checkShasum of the SHA-512, which npm does not tell of what
// is staged.
func (s *Stage) checkIntegrity(*Judgement, string) answer {
	if s.Integrity == "" {
		return answer{}
	}
	return integrity(s.Integrity, s.Tarball)
}

// checkRegistry: it was to be published here.
func (s *Stage) checkRegistry(j *Judgement, _ string) answer {
	if !j.Sent {
		return answer{Skipped, "the registry that it was judged for", "the verdict does not say one"}
	}
	return compare(j.Registry, s.Registry)
}

// checkTag: it is staged for the dist-tag that was judged. The tag is a part of
// the stage that whoever staged it has chosen.
func (s *Stage) checkTag(j *Judgement, tag string) answer {
	want := j.Tag
	switch {
	case tag != "" && want != "" && tag != want:
		return failed("dist-tag "+tag, "judged was dist-tag "+want)
	case want == "":
		want = tag
	}
	at := s.Tags[want]
	switch {
	case want == "":
		return answer{Unknown, "the dist-tag that was judged", "the verdict does not say one: name the one that you expect with -tag"}
	case s.Public && at != "" && s.Later(at):
		return answer{Skipped, "dist-tag " + want, "on " + at + " by now, a later version"}
	case s.Public:
		return compare("dist-tag "+want+" on "+s.Version, "dist-tag "+want+" on "+orNone(at))
	case s.Tag == "":
		return answer{Unknown, "dist-tag " + want, "the registry does not tell it"}
	}
	return compare(want, s.Tag)
}

// checkAccess: it would be as public as was judged. npm calls restricted private
// here.
func (s *Stage) checkAccess(j *Judgement, _ string) answer {
	is := s.Access
	if is == "private" {
		is = "restricted"
	}
	switch {
	case j.Access == "":
		return answer{Skipped, "the access that was judged", "the verdict does not say one"}
	case is == "":
		return answer{Skipped, "access " + j.Access, "the registry does not tell it"}
	}
	return compare(j.Access, is)
}
