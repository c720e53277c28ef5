package publish

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

// Only one SHA-512 that equals the judged one is equal.
func TestCompare(t *testing.T) {
	sri := func(s string) string {
		sum := sha512.Sum512([]byte(s))
		return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	p := &Plan{Name: "demo", Version: "1.0.0", Integrity: sri("judged"), Shasum: strings.Repeat("a", 40)}
	tests := []struct {
		integrity, shasum string
		want              string // equal, mismatch, unclear
	}{
		{sri("judged"), "", "equal"},
		{sri("judged"), strings.Repeat("b", 40), "equal"}, // SHA-1 does not count beside it
		{"sha1-x " + sri("judged"), "", "equal"},
		{sri("judged") + "?opt", "", "equal"},
		{sri("other"), p.Shasum, "mismatch"},
		{sri("judged") + " " + sri("judged"), "", "mismatch"},
		{sri("other") + " " + sri("judged"), "", "mismatch"},
		{sri("judged") + " " + sri("other"), "", "mismatch"},
		{"sha512-", "", "mismatch"},
		{"sha512-AAAA", "", "mismatch"},
		{"sha512-!!!", p.Shasum, "mismatch"},
		{"sha1-x", p.Shasum, "unclear"},
		{"", p.Shasum, "unclear"},
		{"", strings.ToUpper(p.Shasum), "unclear"},
		{"", strings.Repeat("b", 40), "mismatch"},
		{"", strings.Repeat("b", 39), "unclear"}, // none that counts is no other
		{"", "", "unclear"},
		{"sha256-x sha999-y", "", "unclear"},
	}
	for _, test := range tests {
		err := p.compare(registry.Info{Integrity: test.integrity, Shasum: test.shasum}, true)
		got := "none of them"
		var mismatch *MismatchError
		switch {
		case err == nil:
			got = "equal"
		case errors.As(err, &mismatch):
			got = "mismatch"
		case errors.Is(err, errNoDigest):
			got = "unclear"
		}
		if got != test.want {
			t.Errorf("%q, %q: %s, expected %s: %v", test.integrity, test.shasum, got, test.want, err)
		}
	}
}

func TestFateOf(t *testing.T) {
	status := func(code int, text string) error {
		return fmt.Errorf("x: %w", &registry.StatusError{Status: code, Message: text})
	}
	tests := []struct {
		err  error
		want fate
	}{
		{errors.New("connection reset"), unclear},
		{&registry.RedirectError{}, refused},
		{status(403, `"You cannot publish over the previously published versions: 1.0.0."`), taken},
		{status(403, `"Cannot publish over existing version."`), taken},
		{status(403, `"You do not have permission"`), refused},
		{status(409, `"Cannot publish over existing version"`), taken},           // GitHub
		{status(403, `"403 Forbidden - Package already exists."`), taken},        // GitLab
		{status(409, `"this package is already present"`), taken},                // Verdaccio
		{status(400, `"Repository does not allow updating assets: npm"`), taken}, // Nexus
		{status(403, `"The feed already contains file 'x-1.0.0.tgz'"`), taken},   // Azure
		{status(409, "EPUBLISHCONFLICT"), taken},
		{status(409, ""), busy},
		{status(409, `"Conflict"`), busy},
		{status(409, `"Failed to save packument. A common cause is …"`), busy},
		{status(409, `"Cannot publish over previously staged version \"1.0.0\"."`), pending},
		{status(409, `"Version 1.0.0 was previously staged"`), pending},
		{status(403, `"Cannot publish over previously staged version"`), pending},
		{status(404, `"already exists"`), refused},
		{status(400, ""), refused}, {status(401, ""), refused}, {status(402, ""), refused}, {status(404, ""), refused},
		{status(413, ""), refused}, {status(422, ""), refused},
		{status(408, ""), unclear}, {status(425, ""), unclear}, {status(429, ""), unclear},
		{status(500, ""), unclear}, {status(503, ""), unclear}, {status(504, ""), unclear},
	}
	for _, test := range tests {
		if got := fateOf(test.err); got != test.want {
			t.Errorf("%v: %d, expected %d", test.err, got, test.want)
		}
	}
}

// The waits stay within bounds: five reads to settle, and a look at least every
// half minute until the time is over.
func TestWaits(t *testing.T) {
	sum := func(waits []time.Duration) (total time.Duration) {
		for _, w := range waits {
			total += w
		}
		return total
	}
	if len(settle) > 5 || sum(settle) > time.Minute || slices.Max(steps) > 30*time.Second {
		t.Errorf("settle %s in %d, at most %s between two looks", sum(settle), len(settle), slices.Max(steps))
	}
	for fate, waits := range pauses {
		if len(waits) > 4 || sum(waits) > time.Minute {
			t.Errorf("fate %d: %d more PUTs, %s between them", fate, len(waits), sum(waits))
		}
	}
}
