// Package license judges what a package says about its licence against the
// lists of a policy: SPDX expressions, npm's own words and the free text of old
// packages.
//
// It reads names of licences, and recognises the texts of common ones; it gives
// no legal advice. What it cannot read is unknown, never allowed.
package license

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// A Verdict reports whether a licence is allowed. The zero value says that it
// is not.
type Verdict struct {
	Allowed bool     // at least one choice in the expression is allowed
	Denied  []string // the licences that prevent it, sorted; empty if Allowed
	Unknown bool     // the result depends on something that cannot be judged
	Read    string   // the expression that was judged; empty: none could be parsed
	Why     string   // one clause for a message; may quote foreign text
}

// Judge compares a licence with a policy. deny and allow hold SPDX ids in which
// * matches any run of characters, in any letter case. An empty allow list
// allows everything that is not denied. OR is a choice: one allowed branch
// suffices. AND requires both. An exception (WITH) does not lift a denial,
// unless allow names licence and exception together.
func Judge(text string, deny, allow []string) Verdict {
	trimmed := strings.TrimSpace(text)
	if v, done := npmWord(trimmed, deny, allow); done {
		return v
	}
	n := parse(trimmed)
	guess := ""
	if n == nil || !n.listed() {
		if read := correct(trimmed); read != "" {
			n, guess = parse(read), " (written "+quote(trimmed)+")"
		}
	}
	if n == nil {
		return Verdict{Unknown: true, Why: "the licence " + quote(trimmed) + " is no SPDX expression"}
	}
	j := judge{deny: deny, allow: allow}
	v := Verdict{Read: n.text()}
	g, hindrances := j.node(n)
	hindrances = unique(hindrances)
	names := strings.Join(hindrances, ", ")
	switch g {
	case allowed:
		v.Allowed = true
		v.Why = "the licence is " + v.Read + guess
	case denied:
		v.Denied = hindrances
		v.Why = "the policy does not accept " + names + guess
	case unknown:
		v.Unknown = true
		v.Why = "nothing is known about " + names + guess
	}
	return v
}

// npmWord judges words with a meaning in npm only (docs.npmjs.com,
// package.json, "license").
func npmWord(text string, deny, allow []string) (Verdict, bool) {
	upper := strings.ToUpper(text)
	switch {
	case text == "":
		return Verdict{Unknown: true, Why: "no licence is stated"}, true
	case upper == "UNLICENSED":
		if matchAny(deny, "UNLICENSED") {
			return Verdict{Denied: []string{"UNLICENSED"}, Why: "it is UNLICENSED: no right to use it is granted"}, true
		}
		if matchAny(allow, "UNLICENSED") {
			return Verdict{Allowed: true, Read: "UNLICENSED", Why: "it is UNLICENSED, which the policy allows"}, true
		}
		return Verdict{Unknown: true, Why: "it is UNLICENSED: no right to use it is granted to the public"}, true
	case upper == "NOASSERTION", upper == "NONE", upper == "UNKNOWN":
		return Verdict{Unknown: true, Why: "the licence is stated as " + upper}, true
	case strings.HasPrefix(upper, "SEE LICEN"):
		return Verdict{Unknown: true, Why: "it says " + quote(text) + ": a person has to read that file"}, true
	}
	return Verdict{}, false
}

// Expression reads a licence for an SBOM. For a listed SPDX id it returns the
// canonical spelling and that id; for any other valid expression its canonical
// text, its ids in order, and true; for free text the text itself and no ids,
// which is a licence name in CycloneDX.
func Expression(text string) (canonical string, ids []string, isExpression bool) {
	trimmed := strings.TrimSpace(text)
	n := parse(trimmed)
	if n == nil || !n.listed() {
		return trimmed, nil, false
	}
	n.leaves(func(l *node) { ids = append(ids, l.id) })
	canonical = n.text()
	// An id with "+" that is not itself listed needs the expression form.
	return canonical, ids, n.op != "" || n.plus || n.exception != "" || isRef(n.id)
}

// listed reports whether every leaf is on the SPDX list or is a reference.
func (n *node) listed() bool {
	ok := true
	n.leaves(func(l *node) {
		_, exception := canonicalException(l.exception)
		ok = ok && (l.known || isRef(l.id) && (l.exception == "" || exception))
	})
	return ok
}

type grade int

const (
	denied grade = iota
	unknown
	allowed
)

type judge struct{ deny, allow []string }

// node grades an expression and names the leaves with that grade, unless it is
// allowed. OR takes the better branch, AND the worse.
func (j *judge) node(n *node) (grade, []string) {
	if n.op == "" {
		return j.leaf(n), []string{n.leafText()}
	}
	left, leftNames := j.node(n.left)
	right, rightNames := j.node(n.right)
	switch {
	case left == right:
		return left, append(leftNames, rightNames...)
	case (left < right) == (n.op == "AND"):
		return left, leftNames
	}
	return right, rightNames
}

func (j *judge) leaf(n *node) grade {
	for _, name := range n.names() {
		if n.exception != "" && matchAny(j.allow, name+" WITH "+n.exception) {
			return allowed
		}
	}
	allow := len(j.allow) == 0 && n.known
	for _, name := range n.names() {
		if matchAny(j.deny, name) || n.exception != "" && matchAny(j.deny, name+" WITH "+n.exception) {
			return denied
		}
		allow = allow || matchAny(j.allow, name)
	}
	switch {
	case allow:
		return allowed
	case !n.known:
		return unknown
	}
	return denied // there is an allow list, and the licence is not on it
}

// matchAny reports whether one of the patterns matches the whole name.
func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return match(strings.ToLower(strings.TrimSpace(p)), strings.ToLower(name))
	})
}

// match reports whether a pattern matches, where * stands for any run; both are
// in lower case. A * costs a scan, not a branch, so the time is never
// exponential.
func match(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

func unique(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// quote truncates and quotes foreign text for a message; outputs escape it.
func quote(s string) string {
	return `"` + display.Clip(s, 80) + `"`
}
