package report

import (
	"regexp"
	"strings"
	"testing"
)

// TestIsOther compares the form of ids with the expression that says the same.
func TestIsOther(t *testing.T) {
	want := regexp.MustCompile(`^[A-Z]{2,16}(-[A-Za-z0-9]{1,40}){1,4}$`)
	yes := 0
	for _, prefix := range []string{"", "A", "CV", "MAL", "cve", "C1E", "É", strings.Repeat("A", 16), strings.Repeat("A", 17)} {
		for _, rest := range []string{"", "-", "-1", "-2024-1234", "-a-b-c-d", "-a-b-c-d-e", "-a--b", "-a-", "-a_b", "-a\n", "--a", "-é",
			"-" + strings.Repeat("9", 40), "-" + strings.Repeat("9", 41)} {
			id := prefix + rest
			if got := isOther(id); got != want.MatchString(id) {
				t.Errorf("%q: %v", id, got)
			} else if got {
				yes++
			}
		}
	}
	if yes != 12 {
		t.Errorf("%d are ids, not 12", yes)
	}
}
