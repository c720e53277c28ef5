package check

import (
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestIntegrity(t *testing.T) {
	digest := func(text string) string {
		sum := sha512.Sum512([]byte(text))
		return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	set := func(sri string) func(*Subject) { return func(s *Subject) { pkg(s, "b").Integrity = sri } }
	missing, weak, old := []string{"integrity-missing b always"}, []string{"integrity-weak b always"}, []string{"integrity-weak b severity"}
	other := "sha512-" + strings.Repeat("B", 85) + "A=="
	sha1 := "sha1-" + strings.Repeat("A", 27) + "="
	table(t, integrity, []row{
		{"real", set(digest("a")), nil},
		{"real", set(digest("b")), nil},
		{"two real", set(digest("a") + " " + digest("b")), weak},
		{"in the letters of URLs", set("sha512-" + strings.Repeat("-_", 42) + "AA=="), weak},
		{"every letter", set("sha512-" + strings.Repeat("+/09azAZ", 10) + "abcdeA=="), nil},
		{"missing", set(""), missing},
		{"blank", set(" \t"), missing},
		{"sha1 only", set(sha1), old},
		{"sha256 only", set("sha256-" + strings.Repeat("A", 43) + "="), old},
		{"sha1 and what nobody reads", set("sha999-AAAA " + sha1), old},
		{"sha1 of another length", set("sha1-AAAA"), weak},
		{"two sha1", set(sha1 + " sha1-" + strings.Repeat("B", 26) + "A="), weak},
		{"md5 only", set("md5-" + strings.Repeat("A", 22) + "=="), weak},
		{"unknown algorithm", set("sha999-AAAA"), weak},
		{"no algorithm", set("AAAA"), weak},
		{"two sha512", set(goodIntegrity + " " + other), weak},
		{"the same sha512 twice", set(goodIntegrity + " " + goodIntegrity), nil},
		{"sha1 besides sha512", set(sha1 + " " + goodIntegrity), nil},
		{"upper case", set("SHA512-" + strings.TrimPrefix(goodIntegrity, "sha512-")), weak},
		{"short", set("sha512-AAAA"), weak},
		{"not base64", set("sha512-" + strings.Repeat("!", 86) + "=="), weak},
		{"stray bits at the end", set("sha512-" + strings.Repeat("B", 86) + "=="), weak},
		{"longer", set("sha512-" + strings.Repeat("A", 90) + "=="), weak},
		{"padding missing", set("sha512-" + strings.Repeat("A", 88)), weak},
		{"empty digest", set("sha512-"), weak},
		{"with options", set(goodIntegrity + "?x"), nil},
		{"dev", func(s *Subject) { pkg(s, "tool").Integrity = "" }, []string{"integrity-missing tool severity"}},
		{"bundled", func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Bundled, p.Source = "", true, npm.SourceBundled }, nil},
		{"git", func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Source = "", npm.SourceGit }, nil},
		{"tarball at an address", func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Source = "", npm.SourceURL }, missing},
		{"workspace", func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Source = "", npm.SourceLocal }, nil},
	})
}

// Each letter there is, at the first and at the last place that is looked at.
func TestSHA512Letters(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for c := range 256 {
		for _, at := range []int{0, 84} {
			digest := []byte(strings.Repeat("A", 86) + "==")
			digest[at] = byte(c)
			if got, want := isSHA512(string(digest)), strings.IndexByte(alphabet, byte(c)) >= 0; got != want {
				t.Errorf("%#x at %d: %v, want %v", c, at, got, want)
			}
		}
	}
}
