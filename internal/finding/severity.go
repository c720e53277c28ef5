package finding

import "strings"

// Severity is npm's scale. The zero value is Unknown, which counts as the worst.
type Severity int

// The severities in npm's words, the lowest first after Unknown.
const (
	Unknown Severity = iota
	Info
	Low
	Moderate
	High
	Critical
)

var severityNames = [...]string{"unknown", "info", "low", "moderate", "high", "critical"}

// String returns npm's word, or "unknown".
func (s Severity) String() string {
	if s < Unknown || s > Critical {
		return severityNames[Unknown]
	}
	return severityNames[s]
}

// ParseSeverity parses npm's word, or GitHub's MEDIUM, in any letter case. Any
// other text, the empty one included, is Unknown.
func ParseSeverity(word string) Severity {
	switch strings.ToLower(word) {
	case "info", "none":
		return Info
	case "low":
		return Low
	case "moderate", "medium":
		return Moderate
	case "high":
		return High
	case "critical":
		return Critical
	}
	return Unknown
}

// Rank orders severities from 1 (info) to 6 (unknown, the worst).
func (s Severity) Rank() int {
	if s <= Unknown || s > Critical {
		return int(Critical) + 1
	}
	return int(s)
}
