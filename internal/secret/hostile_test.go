package secret

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// TestHostile searches texts that would cost quadratic time if the search began
// anew at each keyword. Nothing is timed: a quadratic search takes hours.
func TestHostile(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s := mustScanner(t)
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	for _, text := range []string{
		strings.Repeat("curl ", n),
		strings.Repeat("curl ", n) + strings.Repeat("\n", 9) + strings.Repeat("x", n) + " -u a:b -H b",
		strings.Repeat("key=", n),
		strings.Repeat("key=a", n) + "1;",
		strings.Repeat("secret: ", n),
		strings.Repeat("ey", n) + "." + strings.Repeat("ey", n),
		strings.Repeat("-----BEGIN ", n/2),
		strings.Repeat("-----BEGIN PRIVATE "+"KEY-----", n/10),
		strings.Repeat("s.aaaaaaaaaaaaaaaaaaaaaaaa", n/10),
		strings.Repeat("sk", n) + strings.Repeat("hf_", n) + strings.Repeat("ghp_", n),
		strings.Repeat("postgres://", n/4), strings.Repeat("postgres://a:", n/4), strings.Repeat("//a:_authtoken=", n/4),
		strings.Repeat("key \t", n), strings.Repeat("facebook 1234567890", n/4),
	} {
		s.Scan("package/a.js", []byte(text))
	}
}
