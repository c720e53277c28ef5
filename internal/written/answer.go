package written

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/markdown"
)

// NotDemand is the reason of a line that asks for nothing.
const NotDemand = "not a demand"

// shortest is how many hex digits of a digest the line file must give: 64 bits,
// which nobody finds a second text for.
const shortest = 16

// An Answer is one line of the line file: what answers a line of the prose.
type Answer struct {
	Line    int      // in the line file
	At      int      // the line of the prose it was written for; people read it, the digest decides
	Digest  string   // at least 16 hex digits that the statement's digest begins with
	Targets []string // what answers it, as written: a key, rule:ID, review:NAME, control:NAME; empty: Reason, or nothing yet
	Reason  string   // why nothing of ours answers it; NotDemand: it asks for nothing
}

// Open reports whether the line file leaves the line without an answer.
func (a *Answer) Open() bool { return len(a.Targets) == 0 && a.Reason == "" }

// said returns the answer as the line file has it.
func (a *Answer) said() string {
	switch {
	case len(a.Targets) > 0:
		return "=> " + strings.Join(a.Targets, ", ")
	case a.Reason != "":
		return "-- " + a.Reason
	}
	return "??"
}

// A Mistake is one error in a line file.
type Mistake struct {
	File string
	Line int
	Text string
}

// Mistakes are all errors of one line file.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	var all []string
	for i, one := range m {
		if i == 20 {
			all = append(all, fmt.Sprintf("%s: %d more mistakes", one.File, len(m)-i))
			break
		}
		all = append(all, fmt.Sprintf("%s:%d: %s", one.File, one.Line, one.Text))
	}
	return strings.Join(all, "\n")
}

// ParseAnswers reads a line file. file is its name, for errors, which are
// Mistakes. One line answers one line of the prose:
//
//	# Tokens live for 90 days at most.
//	L17 sha256:0123456789abcdef => publish.tokens.max-age, review:tokens
//	L18 sha256:0123456789abcdef -- the registry ends sessions by itself
//	L19 sha256:0123456789abcdef ??
//
// Blank lines and lines that begin with # are for people.
func ParseAnswers(data []byte, file string) ([]Answer, error) {
	var wrong Mistakes
	at := func(line int, format string, args ...any) {
		wrong = append(wrong, Mistake{file, line, fmt.Sprintf(format, args...)})
	}
	switch {
	case len(data) > MaxBytes:
		at(1, "the file has %d bytes, more than the %d that are read", len(data), MaxBytes)
		return nil, wrong
	case !utf8.Valid(data):
		at(1, "the file is not UTF-8")
		return nil, wrong
	}
	var all []Answer
	for i, line := range markdown.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		a, problem := parseAnswer(line)
		if problem != "" {
			at(i+1, "%s; a line is L17 sha256:DIGEST => KEY, or -- REASON", problem)
			continue
		}
		a.Line = i + 1
		all = append(all, a)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return all, nil
}

func parseAnswer(line string) (a Answer, problem string) {
	place, rest, _ := strings.Cut(line, " ")
	number, ok := strings.CutPrefix(place, "L")
	if n, err := strconv.Atoi(number); !ok || err != nil || n < 1 {
		return a, fmt.Sprintf("it begins with %+.40q, not with the line it is about", place)
	} else {
		a.At = n
	}
	digest, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	a.Digest, ok = strings.CutPrefix(digest, "sha256:")
	if _, err := hex.DecodeString(a.Digest); !ok || err != nil || len(a.Digest) < shortest || len(a.Digest) > 64 ||
		strings.ToLower(a.Digest) != a.Digest {
		return a, fmt.Sprintf("%+.80q is no digest, sha256: and %d to 64 digits of lower-case hex", digest, shortest)
	}
	rest = strings.TrimSpace(rest)
	if rest == "??" {
		return a, ""
	}
	if reason, ok := strings.CutPrefix(rest, "--"); ok {
		if a.Reason = strings.TrimSpace(reason); a.Reason == "" {
			return a, "no reason follows --"
		}
		return a, ""
	}
	targets, ok := strings.CutPrefix(rest, "=>")
	if !ok {
		return a, fmt.Sprintf("neither =>, -- nor ?? follows the digest, but %+.40q", rest)
	}
	for t := range strings.SplitSeq(targets, ",") {
		if t = strings.TrimSpace(t); t == "" {
			return a, "nothing stands behind =>, or between two commas"
		}
		a.Targets = append(a.Targets, t)
	}
	return a, ""
}
