package verify

import (
	"errors"
	"fmt"
)

// A State says how a check ended.
type State string

// The states. The zero State is none: the question was not asked.
const (
	Verified State = "verified"
	Failed   State = "failed"  // it is not authentic, or not what is expected
	Unknown  State = "unknown" // it could not be looked
	Skipped  State = "skipped" // there is nothing to look at, which Found explains
)

// A Check is one question and its answer. Expected and Found are foreign text
// in part.
type Check struct {
	Name     string `json:"name"`  // of the question, from a fixed list
	About    string `json:"about"` // the file or attestation that was asked about
	Expected string `json:"expected"`
	Found    string `json:"found"`
	OK       bool   `json:"ok"`
	State    State  `json:"state"`
}

// An answer is the outcome of a question; the zero answer says that it does not
// apply.
type answer struct {
	state           State
	expected, found string
}

func passed(expected, found string) answer { return answer{Verified, expected, found} }
func failed(expected, found string) answer { return answer{Failed, expected, found} }

// compare answers whether two texts are the same, byte for byte.
func compare(expected, found string) answer {
	if expected != found || found == "" {
		return failed(expected, orNone(found))
	}
	return passed(expected, found)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func (a answer) check(name, about string) Check {
	return Check{Name: name, About: about, Expected: a.expected, Found: a.found, OK: a.state == Verified, State: a.state}
}

// Worst returns the state that decides: one failed check is a no, and one that
// could not be looked at is no yes. No check at all is Unknown.
func Worst(checks []Check) State {
	worst, unknown := Unknown, false
	for _, c := range checks {
		switch c.State {
		case Verified:
			worst = Verified
		case Skipped:
		case Failed:
			return Failed
		default:
			unknown = true
		}
	}
	if unknown {
		return Unknown
	}
	return worst
}

// Err returns the first check that is not verified as an error; nil if all are.
func Err(checks []Check) error {
	if len(checks) == 0 {
		return errors.New("nothing was verified")
	}
	for _, c := range checks {
		if c.State != Verified && c.State != Skipped {
			return fmt.Errorf("%s: expected %s, found %s", c.Name, c.Expected, c.Found)
		}
	}
	return nil
}

// Refusal returns the first check that failed as an error; nil: none did.
func Refusal(checks []Check) error {
	for i := range checks {
		if checks[i].State == Failed {
			return Err(checks[i : i+1])
		}
	}
	return nil
}

// Unreadable is the failed check of bundles that cannot be read.
func Unreadable(about string, err error) Check {
	return failed("a bundle that can be read", err.Error()).check("bundle", about)
}

// Missing is the failed check of something that is not there.
func Missing(about, expected string) Check { return failed(expected, "none").check("bundle", about) }

// Unsigned is the failed check of bundles that only the registry signed, where
// somebody else is expected.
func Unsigned(about string) Check {
	return failed("a bundle by whom you named", "only the registry's own, which says nothing of who built it").check("signer", about)
}

// Unsummed is the failed check of bundles without a summary, where something is
// asked that only a summary answers.
func Unsummed(about string) Check {
	return failed("a summary of a verdict (VSA)", "none among the bundles").check("vsa", about)
}
