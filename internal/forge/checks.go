package forge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Check is a check run or a commit status.
type Check struct {
	ID         int64  // a later attempt has a higher one
	Name       string // as in "build", "test (20)", "ci / test"
	By         string // the app that reports it; of a status, "status"
	Status     string // completed, or how far it is: queued, in_progress, …
	Conclusion string // success, failure, neutral, skipped, cancelled, …
	Run        string // the workflow run that it is of; empty: of none
}

// Newest returns the last attempt of each check, by its name and who reports it,
// in the order of the names. Which of the jobs of one name in several workflow runs
// is meant, a name does not say: it is one that failed, else one that has not ended,
// else one that passed.
func Newest(all []Check) []Check {
	type identity struct{ name, by, run string }
	attempts := map[identity]Check{}
	for _, c := range all {
		id := identity{c.Name, c.By, c.Run}
		if old, known := attempts[id]; !known || c.ID > old.ID {
			attempts[id] = c
		}
	}
	last := map[identity]Check{}
	for _, c := range attempts {
		id := identity{name: c.Name, by: c.By}
		old, known := last[id]
		if weigh := cmp.Or(c.weight()-old.weight(), cmp.Compare(c.ID, old.ID)); !known || weigh > 0 {
			last[id] = c
		}
	}
	var found []Check
	for _, c := range last {
		found = append(found, c)
	}
	slices.SortFunc(found, func(a, b Check) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	return found
}

// Without returns the checks but the one that this very job is: one of its
// workflow run that has not ended and has the job's name, or is the only one of
// that run that has not ended.
func Without(all []Check, run, job string) []Check {
	if run == "" {
		return all
	}
	open := func(c Check) bool { return c.Run == run && c.Status != "completed" }
	own := func(c Check) bool {
		_, called, _ := strings.Cut(c.Name, " / ")
		return open(c) && (named(job, c.Name) || called != "" && named(job, called))
	}
	if !slices.ContainsFunc(all, own) {
		n := 0
		for _, c := range all {
			if open(c) {
				n++
			}
		}
		if n != 1 {
			return all
		}
		own = open
	}
	return slices.DeleteFunc(slices.Clone(all), own)
}

// named reports whether a check is the job of a name, or one of its matrix: of
// "test" also "test (20)".
func named(job, check string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(check), strings.ToLower(job))
	return ok && job != "" && (rest == "" || strings.HasPrefix(rest, " (") && strings.HasSuffix(rest, ")"))
}

// Meant returns the checks that an entry of the policy means: those that the
// pattern matches, or else the jobs of a matrix of that name.
func Meant(all []Check, entry string) (meant []Check) {
	for _, c := range all {
		if Matches(entry, c.Name) {
			meant = append(meant, c)
		}
	}
	if len(meant) > 0 {
		return meant
	}
	for _, c := range all {
		if named(entry, c.Name) {
			meant = append(meant, c)
		}
	}
	return meant
}

// Missing returns why a check is no evidence yet, as a clause: it has not ended,
// or did not run. It returns "" if it ran to its end, however it ended.
func (c *Check) Missing() string {
	switch {
	case c.Status != "completed":
		return fmt.Sprintf("has not ended, it is %s", strings.ReplaceAll(c.Status, "_", " "))
	case c.Conclusion == "skipped":
		return "was skipped: it did not run"
	}
	return ""
}

// Passed reports whether a check ended well. A neutral end is one: it ran, and
// had no objection.
func (c *Check) Passed() bool {
	return c.Status == "completed" && (c.Conclusion == "success" || c.Conclusion == "neutral")
}

// weight orders what jobs of one name came to. One that was skipped, or cancelled as
// by a newer run, says nothing.
func (c *Check) weight() int {
	switch {
	case c.Status != "completed":
		return 2
	case c.Passed():
		return 1
	case c.Conclusion == "skipped" || c.Conclusion == "cancelled" || c.Conclusion == "stale":
		return 0
	}
	return 3
}

// Ended says how a check ended, in words.
func (c *Check) Ended() string {
	if c.Conclusion == "" {
		return "it does not say how it ended"
	}
	return "it ended as " + strings.ReplaceAll(c.Conclusion, "_", " ")
}
