package verify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

// clockSkew is how far a time may be ahead of ours.
const clockSkew = 5 * time.Minute

// A Summary is what is expected of a verification summary (VSA) besides that the
// gate passed the package.
type Summary struct {
	Policy string        // SHA-256 of the policy's canonical bytes, hex; "": any
	MaxAge time.Duration // since it was judged; 0: any
	Now    time.Time

	Verdict []byte // verdict.json, if it is at hand
	SBOM    []byte // sbom.cdx.json, likewise
	Applied []byte // policy.json, likewise
}

// Asked reports whether anything is asked that only a summary answers.
func (s Summary) Asked() bool { return s.Policy != "" || s.MaxAge > 0 }

// A summaryStep is one question about a verification summary.
type summaryStep struct {
	name string
	ask  func(Summary, strict.Value) answer
}

// summarySteps are the questions about a verification summary.
var summarySteps = []summaryStep{
	{"vsa-verifier", func(_ Summary, p strict.Value) answer {
		return compare(attest.Verifier, p.Get("verifier").Get("id").Text())
	}},
	{"vsa-result", func(_ Summary, p strict.Value) answer {
		return compare("PASSED", p.Get("verificationResult").Text())
	}},
	{"vsa-policy", func(s Summary, p strict.Value) answer {
		if s.Policy == "" {
			return answer{}
		}
		return compare(strings.ToLower(s.Policy), digestIn(p.Get("policy")))
	}},
	{"vsa-age", Summary.age},
	{"vsa-verdict", func(s Summary, p strict.Value) answer { return s.holds(s.Verdict, p, "verdict") }},
	{"vsa-policy-file", func(s Summary, p strict.Value) answer {
		if s.Applied == nil {
			return answer{}
		}
		return compare(sha256Hex(s.Applied), digestIn(p.Get("policy")))
	}},
	{"vsa-written-policy", Summary.written},
	{"vsa-sbom", func(s Summary, p strict.Value) answer { return s.holds(s.SBOM, p, "sbom") }},
}

// judge asks the questions about the predicate of a summary.
func (s Summary) judge(about string, predicate strict.Value, list []summaryStep) []Check {
	var checks []Check
	for _, step := range list {
		if a := step.ask(s, predicate); a.state != "" {
			checks = append(checks, a.check(step.name, about))
		}
	}
	return checks
}

// age: it is no older than is allowed, and not from the future.
func (s Summary) age(p strict.Value) answer {
	at, err := time.Parse(time.RFC3339, p.Get("timeVerified").Text())
	expected := "a time that is not ahead of now"
	if s.MaxAge > 0 {
		expected = fmt.Sprintf("judged %s ago at most", s.MaxAge)
	}
	switch {
	case err != nil:
		return failed(expected, "no time")
	case at.After(s.Now.Add(clockSkew)), s.MaxAge > 0 && s.Now.Sub(at) > s.MaxAge:
		return failed(expected, at.UTC().Format(time.RFC3339))
	}
	return passed(expected, at.UTC().Format(time.RFC3339))
}

// written: what the summary says of the written policy is what verdict.json says,
// if that is at hand, and it counts each line that asks for something once.
func (s Summary) written(p strict.Value) answer {
	said := p.Get(attest.Extension).Get("writtenPolicy")
	if !said.Exists() {
		return answer{}
	}
	document, lines := said.Get("document"), said.Get("lines")
	found, whole := linesAnswered(document.Get("uri").Text(), digestIn(document), digestIn(lines), said)
	expected := "each line of the written policy that asks for something, counted once"
	if s.Verdict != nil {
		verdict, err := strict.ParseWithin(s.Verdict, strict.Limits{Bytes: maxBundle})
		if err != nil {
			return answer{} // vsa-verdict says it
		}
		w := verdict.Get("written_policy")
		expected, _ = linesAnswered(w.Get("file").Text(), w.Get("file_sha256").Text(), w.Get("lines_sha256").Text(), w)
		if expected != found {
			return failed(expected, found)
		}
	}
	if !whole {
		return failed(expected, found)
	}
	return passed(expected, found)
}

// linesAnswered says how many lines of a written policy are answered by what, and
// whether these are as many as ask for something.
func linesAnswered(file, fileSHA256, linesSHA256 string, said strict.Value) (text string, whole bool) {
	if said.Kind() != strict.Object {
		return "no written policy", false
	}
	demands, err := strconv.Atoi(string(said.Get("demands").Raw()))
	if err != nil {
		return "a written policy without the number of its lines", false
	}
	text, sum := fmt.Sprintf("%s (sha256:%s, line file sha256:%s), lines that ask for something: %d", file, fileSHA256, linesSHA256,
		demands), 0
	for name, count := range said.Get("counts").Members() {
		n, err := strconv.Atoi(string(count.Raw()))
		if err != nil || n < 0 {
			return text, false
		}
		if n > 0 {
			text += fmt.Sprintf(", %s: %d", name.Text(), n)
		}
		if name.Text() != "not-a-demand" && name.Text() != "gone" {
			sum += n
		}
	}
	return text, sum == demands
}

// holds: the file at hand is the one that the summary has the digest of.
func (s Summary) holds(file []byte, p strict.Value, member string) answer {
	if file == nil {
		return answer{}
	}
	return compare(sha256Hex(file), digestIn(p.Get(attest.Extension).Get(member)))
}

func digestIn(v strict.Value) string { return strings.ToLower(v.Get("digest").Get("sha256").Text()) }
