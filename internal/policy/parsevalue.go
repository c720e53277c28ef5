package policy

import (
	"fmt"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxSpan is ten years, in hours: it keeps time.Duration from overflowing.
const maxSpan = 10 * 365 * 24

// parseSpan reads 24h, 90d or 2w. A day has 24 hours whatever the calendar
// says. The unit m is refused: some read minutes, others months.
func parseSpan(s string) (time.Duration, error) {
	hours := map[byte]int{'h': 1, 'd': 24, 'w': 7 * 24}
	if s == "" || hours[s[len(s)-1]] == 0 || !digits(s[:len(s)-1]) {
		return 0, fmt.Errorf("%s is no time span; write hours, days or weeks: 24h, 90d, 2w", quote(s))
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n > maxSpan/hours[s[len(s)-1]] {
		return 0, fmt.Errorf("%s is more than ten years", quote(s))
	}
	return time.Duration(n*hours[s[len(s)-1]]) * time.Hour, nil
}

// parseSize reads 20MB. B, kB, MB and GB are powers of 1000 as in SI; KiB, MiB
// and GiB are powers of 1024. KB is read as kB.
func parseSize(s string) (int64, error) {
	units := map[string]int64{"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20,
		"GiB": 1 << 30}
	number := strings.TrimRight(s, "BkKMGi")
	unit, ok := units[s[len(number):]]
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || !digits(number) || err != nil || n == 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%s is no size; write a number and B, kB, MB, GB, KiB, MiB or GiB: 20MB", quote(s))
	}
	return n * unit, nil
}

// parseDay reads 2026-12-31 as the start of that day, UTC.
func parseDay(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no date; write year-month-day: 2026-12-31", quote(s))
	}
	return t, nil
}

func parseDeadline(s string) (Deadline, error) {
	switch s {
	case "next-release":
		return Deadline{NextRelease: true}, nil
	case "next-minor":
		return Deadline{NextMinor: true}, nil
	}
	d, err := parseSpan(s)
	if err != nil {
		if hint := didYouMean(s, []string{"next-release", "next-minor"}); hint != "" {
			return Deadline{}, fmt.Errorf("%s is no deadline; %s", quote(s), hint)
		}
		return Deadline{}, fmt.Errorf("%w, or next-release, or next-minor", err)
	}
	return Deadline{Within: d}, nil
}

// insideFolder returns an error for a path that leaves the package's directory:
// the policy may come from a pull request.
func insideFolder(p string) error {
	switch {
	case strings.TrimSpace(p) != p || p == "" || p == ".":
		return fmt.Errorf("%s is no path of a file", quote(p))
	case path.IsAbs(p) || strings.ContainsAny(p, "\\:\x00") || path.Clean(p) != p || p == ".." ||
		strings.HasPrefix(p, "../"):
		return fmt.Errorf("%s must be a relative path inside the folder, with /", quote(p))
	}
	return nil
}

// parseFallback reads a value of advisories.fallback; none becomes "".
func parseFallback(s string) (string, error) {
	if s == "none" {
		return "", nil
	}
	if path, ok := strings.CutPrefix(s, "file:"); ok {
		return s, insideFolder(path)
	}
	return s, oneOf(s, []string{"none", "snapshot", "file:PATH"})
}

// addresses replaces "npm" by the public registry and requires https of all
// others: the list says which hosts a lockfile may name.
func addresses(list []string) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s == "npm" {
			out = append(out, npm.PublicRegistry)
			continue
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("%s is neither npm nor an https address", quote(s))
		}
		out = append(out, s)
	}
	return out, nil
}

// rangeError returns nil for a range of versions that every copy can be
// required to satisfy.
func rangeError(s string) error {
	if _, err := npm.Satisfies("1.0.0", s, true); err != nil {
		return fmt.Errorf("%s is no range of versions", quote(s))
	}
	return nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
