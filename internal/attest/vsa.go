package attest

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// Verifier is verifier.id of a summary, which names who decided.
const Verifier = "https://github.com/publishgate/publishgate"

// Extension is the member of a summary that holds what SLSA has no field for.
const Extension = Verifier + "/verdict/v1"

// A Verdict is what a verification summary says. Only a passed package has one.
type Verdict struct {
	Time     time.Time         // when the package was judged
	Versions map[string]string // of the verifier's components, "publishgate": "v1.2.3"
	Resource string            // the tarball's address at the registry

	Policy       string // its URI
	PolicySHA256 string // of its canonical bytes, lower-case hex

	File        string // SHA-256 of verdict.json
	SBOM        string // SHA-256 of the SBOM
	Commit      string // the checked-out commit, hex; "": there is none
	Sent        *Sent  // how it would be published; nil: the run does not publish
	Sources     []Source
	Exceptions  []Exception // exceptions that waived a finding
	Counts      Counts
	Written     *Written // the policy that people wrote; nil: the policy file names none
	NotLookedAt []Gap
}

// A Written is a policy that people wrote, and how many of its lines are answered
// by what.
type Written struct {
	File, FileSHA256   string // the prose
	Lines, LinesSHA256 string // the line file, which says what answers each line
	Demands            int    // lines that ask for something
	Classes            []Class
}

// A Class is how many lines of a written policy are answered in one way.
type Class struct {
	Name  string // as in verdict.json, e.g. "enforced"
	Lines int
}

// A Sent says how the package would be published, so that whoever approves it
// can compare.
type Sent struct {
	Registry string // its address
	Tag      string // the dist-tag
	Access   string // public or restricted; "": the registry's default
}

// A Source is an advisory source that answered.
type Source struct {
	Name       string
	AsOf       time.Time // when its data was current; zero: unknown
	Advisories int       // number that it knows or returned
	Partial    bool      // it lacks some advisories
	StandIn    bool      // it answered in place of an online source
}

// An Exception is an exception that waived findings.
type Exception struct {
	ID, Package, Owner string
	Expires            time.Time
	Findings           int // number of findings that it waived
}

// Counts are the numbers of findings, and of dependencies looked at.
type Counts struct{ Warn, Waived, Dependencies int }

// A Gap is something that was not looked at.
type Gap struct{ What, Why string }

// VSA returns the verification summary of a passed package (slsa.dev/spec/v1.2,
// verification_summary): the gate looked at the subject and the policy passed
// it.
//
// It claims no SLSA level, because none is verified here, and lists no input
// attestations, because a list must be complete.
func VSA(s Subject, v Verdict) ([]byte, error) {
	if v.Time.IsZero() || v.Resource == "" || v.Policy == "" || len(v.PolicySHA256) != 64 || len(v.File) != 64 {
		return nil, errors.New("a verification summary needs its time, resource, policy and verdict")
	}
	return statement(s, Summary, object{
		{"verifier", object{{"id", Verifier}, {"version", versions(v.Versions)}}},
		{"timeVerified", stamp(v.Time)},
		{"resourceUri", v.Resource},
		{"policy", object{{"uri", v.Policy}, {"digest", sha256(v.PolicySHA256)}}},
		{"verificationResult", "PASSED"},
		{"verifiedLevels", array{}},
		{"slsaVersion", "1.2"},
		{Extension, v.extension()},
	})
}

func (v *Verdict) extension() object {
	e := object{{"verdict", object{{"digest", sha256(v.File)}}}}
	if v.SBOM != "" {
		e = append(e, member{"sbom", object{{"digest", sha256(v.SBOM)}}})
	}
	if v.Commit != "" {
		e = append(e, member{"commit", v.Commit})
	}
	if v.Sent != nil {
		e = append(e, member{"publish", object{{"registry", v.Sent.Registry}, {"tag", v.Sent.Tag}, {"access", v.Sent.Access}}})
	}
	sources := array{}
	for _, s := range v.Sources {
		sources = append(sources, object{{"name", s.Name}, {"asOf", stamp(s.AsOf)}, {"advisories", s.Advisories},
			{"partial", s.Partial}, {"standIn", s.StandIn}})
	}
	exceptions := array{}
	for _, x := range v.Exceptions {
		exceptions = append(exceptions, object{{"id", x.ID}, {"package", x.Package}, {"owner", x.Owner},
			{"expires", stamp(x.Expires)}, {"findings", x.Findings}})
	}
	if v.Written != nil {
		e = append(e, member{"writtenPolicy", v.Written.object()})
	}
	gaps := array{}
	for _, g := range v.NotLookedAt {
		gaps = append(gaps, object{{"what", g.What}, {"why", g.Why}})
	}
	return append(e,
		member{"counts", object{{"block", 0}, {"warn", v.Counts.Warn}, {"waived", v.Counts.Waived},
			{"dependencies", v.Counts.Dependencies}}},
		member{"advisorySources", sources},
		member{"exceptionsUsed", exceptions},
		member{"notLookedAt", gaps})
}

func (w *Written) object() object {
	counts := object{}
	for _, c := range w.Classes {
		counts = append(counts, member{c.Name, c.Lines})
	}
	return object{{"document", object{{"uri", w.File}, {"digest", sha256(w.FileSHA256)}}},
		{"lines", object{{"uri", w.Lines}, {"digest", sha256(w.LinesSHA256)}}},
		{"demands", w.Demands}, {"counts", counts}}
}

func sha256(hex string) object { return object{{"sha256", hex}} }

// versions returns a map as an object with its members in the order of their
// names.
func versions(of map[string]string) object {
	all := object{}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, member{name, of[name]})
	}
	return all
}

// stamp formats a time as RFC 3339 in UTC; "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
